//! From the text of a pattern to its tree. Source: ECMA-262, sections 22.2.1 and B.1.2.

mod class;
mod escape;

use super::PatternError;
pub use class::{Class, is_word};

/// How deep groups may be nested.
const DEEPEST: usize = 100;
/// Of a pattern, in UTF-16 units.
const LONGEST: usize = 16 * 1024;

/// A part of a pattern.
#[derive(Debug)]
pub enum Node {
    /// One unit.
    Unit(Class),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Group(Box<Node>, usize),
    Repeat(Repeat),
    Begin,
    End,
    Boundary {
        negative: bool,
    },
    Look(Look),
    /// What a group has matched.
    Back(usize),
}

#[derive(Debug)]
pub struct Repeat {
    pub node: Box<Node>,
    pub min: usize,
    pub max: usize,
    pub greedy: bool,
    /// The groups within, which each repetition begins anew.
    pub groups: std::ops::Range<usize>,
}

#[derive(Debug)]
pub struct Look {
    pub node: Box<Node>,
    pub behind: bool,
    pub negative: bool,
}

/// A whole pattern; its groups count from 1.
#[derive(Debug)]
pub struct Tree {
    pub node: Node,
    pub groups: usize,
}

pub fn parse(units: &[u16]) -> Result<Tree, PatternError> {
    if units.len() > LONGEST {
        return Err(PatternError);
    }
    let (groups, named) = count_groups(units);
    let mut parser =
        Parser { units, at: 0, depth: 0, opened: 0, groups, named, names: Vec::new(), wanted: Vec::new() };
    let mut node = parser.choice()?;
    if parser.at < units.len() {
        return Err(PatternError);
    }
    let (names, wanted) = (parser.names, parser.wanted);
    let resolved: Option<Vec<usize>> =
        wanted.iter().map(|name| Some(names.iter().find(|(known, _)| known == name)?.1)).collect();
    resolve(&mut node, groups, &resolved.ok_or(PatternError)?);
    Ok(Tree { node, groups })
}

/// A reference by name is first numbered behind all groups: a name may be referred to before its group.
fn resolve(node: &mut Node, groups: usize, resolved: &[usize]) {
    match node {
        Node::Back(group) if *group > groups => *group = resolved[*group - groups - 1],
        Node::Sequence(nodes) | Node::Choice(nodes) => {
            nodes.iter_mut().for_each(|node| resolve(node, groups, resolved));
        }
        Node::Group(node, _) => resolve(node, groups, resolved),
        Node::Repeat(repeat) => resolve(&mut repeat.node, groups, resolved),
        Node::Look(look) => resolve(&mut look.node, groups, resolved),
        _ => {}
    }
}

/// How many groups there are, and whether one has a name: both decide what an escape means, also before them.
fn count_groups(units: &[u16]) -> (usize, bool) {
    let unit = |at: usize| units.get(at).and_then(|unit| u8::try_from(*unit).ok());
    let (mut groups, mut named, mut in_class, mut at) = (0, false, false, 0);
    while at < units.len() {
        match unit(at) {
            Some(b'\\') => at += 1,
            Some(b'[') => in_class = true,
            Some(b']') => in_class = false,
            Some(b'(') if !in_class => {
                let is_name = unit(at + 1) == Some(b'?')
                    && unit(at + 2) == Some(b'<')
                    && !matches!(unit(at + 3), Some(b'=' | b'!'));
                named |= is_name;
                groups += usize::from(is_name || unit(at + 1) != Some(b'?'));
            }
            _ => {}
        }
        at += 1;
    }
    (groups, named)
}

struct Parser<'a> {
    units: &'a [u16],
    at: usize,
    depth: usize,
    /// Groups that have begun.
    opened: usize,
    groups: usize,
    named: bool,
    names: Vec<(String, usize)>,
    /// The names that are referred to.
    wanted: Vec<String>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u16> {
        self.units.get(self.at).copied()
    }

    fn takes(&mut self, text: &str) -> bool {
        let is_there = self.units[self.at..].iter().copied().take(text.len()).eq(text.encode_utf16());
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    fn choice(&mut self) -> Result<Node, PatternError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(PatternError);
        }
        let mut choices = vec![self.sequence()?];
        while self.takes("|") {
            choices.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(match choices.pop() {
            Some(only) if choices.is_empty() => only,
            last => {
                choices.extend(last);
                Node::Choice(choices)
            }
        })
    }

    fn sequence(&mut self) -> Result<Node, PatternError> {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|unit| unit != u16::from(b'|') && unit != u16::from(b')')) {
            let opened = self.opened;
            let node = self.term()?;
            let repeats = match node {
                Node::Begin | Node::End | Node::Boundary { .. } => None,
                Node::Look(Look { behind: true, .. }) => None,
                _ => self.quantifier()?,
            };
            nodes.push(match repeats {
                None => node,
                Some((min, max)) => {
                    let greedy = !self.takes("?");
                    let groups = opened + 1..self.opened + 1;
                    Node::Repeat(Repeat { node: Box::new(node), min, max, greedy, groups })
                }
            });
        }
        Ok(Node::Sequence(nodes))
    }

    fn term(&mut self) -> Result<Node, PatternError> {
        let marks = [
            ("^", Node::Begin),
            ("$", Node::End),
            ("\\b", Node::Boundary { negative: false }),
            ("\\B", Node::Boundary { negative: true }),
            (".", Node::Unit(Class::any())),
        ];
        if let Some((_, node)) = marks.into_iter().find(|(mark, _)| self.takes(mark)) {
            return Ok(node);
        }
        if self.takes("(") {
            return self.group();
        }
        if self.takes("[") {
            return self.class().map(Node::Unit);
        }
        if self.takes("\\") {
            return self.escape();
        }
        if self.takes("*") || self.takes("+") || self.takes("?") || self.quantifier()?.is_some() {
            return Err(PatternError);
        }
        let unit = self.peek().ok_or(PatternError)?;
        self.at += 1;
        Ok(Node::Unit(Class::of(unit)))
    }

    /// Behind `(`.
    fn group(&mut self) -> Result<Node, PatternError> {
        const LOOKS: [(&str, bool, bool); 4] =
            [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)];
        let look = LOOKS.into_iter().find(|(mark, _, _)| self.takes(mark));
        let group = if look.is_some() || self.takes("?:") {
            None
        } else {
            self.opened += 1;
            if self.takes("?<") {
                let name = self.name()?;
                if self.names.iter().any(|(known, _)| *known == name) {
                    return Err(PatternError);
                }
                self.names.push((name, self.opened));
            }
            Some(self.opened)
        };
        let node = self.choice()?;
        if !self.takes(")") {
            return Err(PatternError);
        }
        Ok(match (look, group) {
            (Some((_, behind, negative)), _) => Node::Look(Look { node: Box::new(node), behind, negative }),
            (None, Some(group)) => Node::Group(Box::new(node), group),
            (None, None) => node,
        })
    }

    /// `*`, `+`, `?` or braces; what only looks like braces is text.
    fn quantifier(&mut self) -> Result<Option<(usize, usize)>, PatternError> {
        for (mark, min, max) in [("*", 0, usize::MAX), ("+", 1, usize::MAX), ("?", 0, 1)] {
            if self.takes(mark) {
                return Ok(Some((min, max)));
            }
        }
        let begin = self.at;
        if let Some((min, max)) = self.braces() {
            return if min <= max { Ok(Some((min, max))) } else { Err(PatternError) };
        }
        self.at = begin;
        Ok(None)
    }

    fn braces(&mut self) -> Option<(usize, usize)> {
        if !self.takes("{") {
            return None;
        }
        let min = self.number()?;
        let max = match self.takes(",") {
            false => min,
            true => self.number().unwrap_or(usize::MAX),
        };
        self.takes("}").then_some((min, max))
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|unit| digit(unit, 10)) {
            number = Some(number.unwrap_or(0_usize).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }
}

fn digit(unit: u16, radix: u32) -> Option<usize> {
    char::from_u32(unit.into())?.to_digit(radix).map(|digit| digit as usize)
}
