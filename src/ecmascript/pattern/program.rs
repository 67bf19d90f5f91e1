//! From a pattern's tree to the steps of its search.

use super::PatternError;
use super::parse::{Class, Look, Node, Repeat, Tree};
use std::ops::Range;

/// Steps that a pattern may have.
const LONGEST: usize = 64 * 1024;

/// A step of the search.
#[derive(Debug)]
pub enum Step {
    Unit {
        class: Class,
        behind: bool,
    },
    /// As many units as possible, within these numbers; then fewer.
    Units {
        class: Class,
        min: usize,
        max: usize,
        behind: bool,
    },
    /// Goes on with the next step, or else with that one.
    Or(usize),
    Go(usize),
    Open(usize),
    Close {
        group: usize,
        behind: bool,
    },
    /// No repetition yet.
    Begin(usize),
    /// One repetition more, which is the next step, or on behind the loop.
    Loop {
        register: usize,
        min: usize,
        max: usize,
        greedy: bool,
        exit: usize,
    },
    /// Before each repetition.
    Enter {
        register: usize,
        groups: Range<usize>,
    },
    /// After each repetition.
    Again {
        register: usize,
        min: usize,
        start: usize,
    },
    AtBegin,
    AtEnd,
    AtBoundary {
        negative: bool,
    },
    /// The steps up to `Found` are searched by themselves; then it goes on at `exit`.
    Look {
        negative: bool,
        exit: usize,
    },
    Back {
        group: usize,
        behind: bool,
    },
    Found,
}

/// What a group remembers: where it was opened last, and where it begins and ends since it was closed.
pub const REGISTERS_OF_GROUP: usize = 3;
/// What a loop remembers: its repetitions, and where the present one began.
const REGISTERS_OF_LOOP: usize = 2;

#[derive(Debug)]
pub struct Program {
    pub steps: Vec<Step>,
    pub registers: usize,
}

impl Program {
    pub fn of(tree: &Tree) -> Result<Program, PatternError> {
        let registers = (tree.groups + 1) * REGISTERS_OF_GROUP;
        let mut program = Program { steps: Vec::new(), registers };
        program.add(&tree.node, false)?;
        program.push(Step::Found)?;
        Ok(program)
    }

    fn push(&mut self, step: Step) -> Result<usize, PatternError> {
        self.steps.push(step);
        if self.steps.len() > LONGEST { Err(PatternError) } else { Ok(self.steps.len() - 1) }
    }

    fn add(&mut self, node: &Node, behind: bool) -> Result<(), PatternError> {
        match node {
            Node::Unit(class) => self.push(Step::Unit { class: class.clone(), behind }).map(drop),
            Node::Sequence(nodes) if behind => nodes.iter().rev().try_for_each(|node| self.add(node, behind)),
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.add(node, behind)),
            Node::Choice(nodes) => self.add_choice(nodes, behind),
            Node::Group(node, group) => {
                self.push(Step::Open(*group))?;
                self.add(node, behind)?;
                self.push(Step::Close { group: *group, behind }).map(drop)
            }
            Node::Repeat(repeat) => self.add_repeat(repeat, behind),
            Node::Begin => self.push(Step::AtBegin).map(drop),
            Node::End => self.push(Step::AtEnd).map(drop),
            Node::Boundary { negative } => self.push(Step::AtBoundary { negative: *negative }).map(drop),
            Node::Look(look) => self.add_look(look),
            Node::Back(group) => self.push(Step::Back { group: *group, behind }).map(drop),
        }
    }

    fn add_choice(&mut self, nodes: &[Node], behind: bool) -> Result<(), PatternError> {
        let Some((last, others)) = nodes.split_last() else { return Ok(()) };
        let mut ends = Vec::new();
        for node in others {
            let or = self.push(Step::Or(0))?;
            self.add(node, behind)?;
            ends.push(self.push(Step::Go(0))?);
            self.steps[or] = Step::Or(self.steps.len());
        }
        self.add(last, behind)?;
        let end = self.steps.len();
        ends.into_iter().for_each(|go| self.steps[go] = Step::Go(end));
        Ok(())
    }

    fn add_repeat(&mut self, repeat: &Repeat, behind: bool) -> Result<(), PatternError> {
        let Repeat { node, min, max, greedy, groups } = repeat;
        let (min, max, greedy) = (*min, *max, *greedy);
        if let (Node::Unit(class), true) = (&**node, greedy) {
            return self.push(Step::Units { class: class.clone(), min, max, behind }).map(drop);
        }
        let register = self.registers;
        self.registers += REGISTERS_OF_LOOP;
        self.push(Step::Begin(register))?;
        let start = self.push(Step::Go(0))?;
        self.push(Step::Enter { register, groups: groups.clone() })?;
        self.add(node, behind)?;
        self.push(Step::Again { register, min, start })?;
        let exit = self.steps.len();
        self.steps[start] = Step::Loop { register, min, max, greedy, exit };
        Ok(())
    }

    fn add_look(&mut self, look: &Look) -> Result<(), PatternError> {
        let start = self.push(Step::Go(0))?;
        self.add(&look.node, look.behind)?;
        self.push(Step::Found)?;
        self.steps[start] = Step::Look { negative: look.negative, exit: self.steps.len() };
        Ok(())
    }
}
