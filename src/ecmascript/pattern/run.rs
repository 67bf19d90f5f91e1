//! One search: backtracking, with all that is to be undone on a stack of its own.

use super::Tested;
use super::parse::is_word;
use super::program::{Program, REGISTERS_OF_GROUP, Step};

/// What the stack may hold.
const DEEPEST: usize = 256 * 1024;
const UNSET: usize = usize::MAX;

/// Where the search is.
#[derive(Debug, Clone, Copy)]
struct Place {
    step: usize,
    at: usize,
}

#[derive(Debug)]
enum Undo {
    /// Try there.
    Try(Place),
    /// Try with one unit less, down to this place in the text.
    Fewer {
        step: usize,
        at: usize,
        least: usize,
    },
    Register(usize, usize),
}

/// The search costs more than it may.
struct TooCostly;

pub struct Run<'a> {
    program: &'a Program,
    text: &'a [u16],
    registers: Vec<usize>,
    stack: Vec<Undo>,
    steps_left: usize,
}

impl<'a> Run<'a> {
    pub fn new(program: &'a Program, text: &'a [u16], steps: usize) -> Run<'a> {
        let registers = vec![UNSET; program.registers];
        Run { program, text, registers, stack: Vec::new(), steps_left: steps }
    }

    pub fn search(mut self) -> Tested {
        for at in 0..=self.text.len() {
            match self.run(Place { step: 0, at }) {
                Ok(true) => return Tested::Matches,
                Ok(false) => {}
                Err(TooCostly) => return Tested::TooCostly,
            }
        }
        Tested::Differs
    }

    /// Goes on until `Found`. What is to be undone stays on the stack, unless nothing is found.
    fn run(&mut self, mut place: Place) -> Result<bool, TooCostly> {
        let base = self.stack.len();
        loop {
            self.pay(1)?;
            if let Step::Found = self.program.steps[place.step] {
                return Ok(true);
            }
            place = match self.step(place)? {
                Some(next) => next,
                None => match self.back(base) {
                    Some(next) => next,
                    None => return Ok(false),
                },
            };
        }
    }

    fn pay(&mut self, steps: usize) -> Result<(), TooCostly> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(TooCostly)?;
        if self.stack.len() > DEEPEST { Err(TooCostly) } else { Ok(()) }
    }

    fn set(&mut self, register: usize, value: usize) {
        let old = std::mem::replace(&mut self.registers[register], value);
        self.stack.push(Undo::Register(register, old));
    }

    /// Undoes up to the last choice. `None`: there was none.
    fn back(&mut self, base: usize) -> Option<Place> {
        while self.stack.len() > base {
            match self.stack.pop()? {
                Undo::Try(place) => return Some(place),
                Undo::Fewer { step, at, least } => {
                    let at = if at > least { at - 1 } else { at + 1 };
                    if at != least {
                        self.stack.push(Undo::Fewer { step, at, least });
                    }
                    return Some(Place { step, at });
                }
                Undo::Register(register, value) => self.registers[register] = value,
            }
        }
        None
    }

    /// `None`: it does not match here.
    fn step(&mut self, Place { step, at }: Place) -> Result<Option<Place>, TooCostly> {
        let next = |at: usize| Place { step: step + 1, at };
        let program = self.program;
        Ok(match &program.steps[step] {
            Step::Unit { class, behind } => self
                .unit(at, *behind)
                .filter(|unit| class.contains(*unit))
                .map(|_| next(moved(at, 1, *behind))),
            Step::Units { class, min, max, behind } => {
                let mut units = 0;
                while units < *max
                    && self.unit(moved(at, units, *behind), *behind).is_some_and(|unit| class.contains(unit))
                {
                    units += 1;
                }
                self.pay(units)?;
                if units < *min {
                    return Ok(None);
                }
                let (furthest, least) = (moved(at, units, *behind), moved(at, *min, *behind));
                if furthest != least {
                    self.stack.push(Undo::Fewer { step: step + 1, at: furthest, least });
                }
                Some(next(furthest))
            }
            Step::Or(other) => {
                self.stack.push(Undo::Try(Place { step: *other, at }));
                Some(next(at))
            }
            Step::Go(to) => Some(Place { step: *to, at }),
            Step::Open(group) => {
                self.set(group * REGISTERS_OF_GROUP, at);
                Some(next(at))
            }
            Step::Close { group, behind } => {
                let opened = self.registers[group * REGISTERS_OF_GROUP];
                let (first, last) = if *behind { (at, opened) } else { (opened, at) };
                self.set(group * REGISTERS_OF_GROUP + 1, first);
                self.set(group * REGISTERS_OF_GROUP + 2, last);
                Some(next(at))
            }
            Step::Begin(register) => {
                self.set(*register, 0);
                Some(next(at))
            }
            Step::Loop { register, min, max, greedy, exit } => {
                let (times, more, out) = (self.registers[*register], next(at), Place { step: *exit, at });
                Some(match (times < *min, times < *max) {
                    (true, _) => more,
                    (false, false) => out,
                    (false, true) => {
                        let (first, second) = if *greedy { (more, out) } else { (out, more) };
                        self.stack.push(Undo::Try(second));
                        first
                    }
                })
            }
            Step::Enter { register, groups } => {
                self.pay(groups.len())?;
                self.set(*register, self.registers[*register] + 1);
                self.set(register + 1, at);
                for group in groups.clone() {
                    for bound in [1, 2].map(|bound| group * REGISTERS_OF_GROUP + bound) {
                        if self.registers[bound] != UNSET {
                            self.set(bound, UNSET);
                        }
                    }
                }
                Some(next(at))
            }
            Step::Again { register, min, start } => {
                let is_empty = self.registers[register + 1] == at;
                (!is_empty || self.registers[*register] <= *min).then_some(Place { step: *start, at })
            }
            Step::AtBegin => (at == 0).then(|| next(at)),
            Step::AtEnd => (at == self.text.len()).then(|| next(at)),
            Step::AtBoundary { negative } => {
                let [before, after] = [true, false].map(|behind| self.unit(at, behind).is_some_and(is_word));
                ((before != after) != *negative).then(|| next(at))
            }
            Step::Look { negative, exit } => {
                let base = self.stack.len();
                let found = self.run(next(at))?;
                if *negative {
                    self.undo(base)
                } else {
                    self.forget_choices(base)
                }
                (found != *negative).then_some(Place { step: *exit, at })
            }
            Step::Back { group, behind } => self.back_reference(*group, at, *behind)?.map(next),
            Step::Found => None,
        })
    }

    /// The unit before or behind a place of the text.
    fn unit(&self, at: usize, behind: bool) -> Option<u16> {
        let index = if behind { at.checked_sub(1)? } else { at };
        self.text.get(index).copied()
    }

    /// As if nothing had been tried.
    fn undo(&mut self, base: usize) {
        for undo in self.stack.drain(base..).rev() {
            if let Undo::Register(register, value) = undo {
                self.registers[register] = value;
            }
        }
    }

    /// What has been found is kept; what else could be tried is not.
    fn forget_choices(&mut self, base: usize) {
        let mut kept = base;
        for n in base..self.stack.len() {
            if let Undo::Register(..) = self.stack[n] {
                self.stack.swap(kept, n);
                kept += 1;
            }
        }
        self.stack.truncate(kept);
    }

    fn back_reference(&mut self, group: usize, at: usize, behind: bool) -> Result<Option<usize>, TooCostly> {
        let [first, last] = [1, 2].map(|bound| self.registers[group * REGISTERS_OF_GROUP + bound]);
        if first == UNSET || last == UNSET {
            return Ok(Some(at));
        }
        let length = last - first;
        self.pay(length)?;
        let begin = if behind { at.checked_sub(length) } else { Some(at) };
        let here = begin.and_then(|begin| self.text.get(begin..begin + length));
        Ok((here == Some(&self.text[first..last])).then(|| moved(at, length, behind)))
    }
}

fn moved(at: usize, units: usize, behind: bool) -> usize {
    if behind { at - units } else { at + units }
}
