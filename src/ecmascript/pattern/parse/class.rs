//! Sets of UTF-16 units, and the classes in brackets that name them.

use super::Parser;
use super::escape::Escaped;
use crate::ecmascript::pattern::PatternError;

/// A set of UTF-16 units.
#[derive(Debug, Clone)]
pub struct Class {
    /// In order, and apart from each other, once the class is read.
    ranges: Vec<(u16, u16)>,
    negative: bool,
}

const DIGITS: &[(u16, u16)] = &[(0x30, 0x39)];
const WORDS: &[(u16, u16)] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const LINE_ENDS: &[(u16, u16)] = &[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];
/// What `trim` takes away.
const SPACES: &[(u16, u16)] = &[
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];

impl Class {
    pub fn of(unit: u16) -> Class {
        Class { ranges: vec![(unit, unit)], negative: false }
    }

    /// `.`: all but line ends.
    pub fn any() -> Class {
        Class { ranges: LINE_ENDS.to_vec(), negative: true }
    }

    /// `\d`, `\s`, `\w` and their opposites.
    pub fn named(letter: u8) -> Option<Class> {
        let ranges = match letter.to_ascii_lowercase() {
            b'd' => DIGITS,
            b's' => SPACES,
            b'w' => WORDS,
            _ => return None,
        };
        Some(Class { ranges: ranges.to_vec(), negative: letter.is_ascii_uppercase() })
    }

    pub fn contains(&self, unit: u16) -> bool {
        let at = self.ranges.partition_point(|(_, last)| *last < unit);
        self.ranges.get(at).is_some_and(|(first, _)| *first <= unit) != self.negative
    }

    fn put_in_order(&mut self) {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|(first, last), (_, end)| {
            let overlaps = *first <= *end;
            if overlaps {
                *end = (*end).max(*last);
            }
            overlaps
        });
    }

    fn add(&mut self, other: &Class) {
        let mut next = Some(0);
        for (first, last) in &other.ranges {
            if !other.negative {
                self.ranges.push((*first, *last));
            } else if let Some(begin) = next {
                self.ranges.extend(first.checked_sub(1).filter(|end| *end >= begin).map(|end| (begin, end)));
                next = last.checked_add(1);
            }
        }
        if other.negative {
            self.ranges.extend(next.map(|begin| (begin, u16::MAX)));
        }
    }
}

/// Whether the unit belongs to a word, for `\b`.
pub fn is_word(unit: u16) -> bool {
    WORDS.iter().any(|(first, last)| (*first..=*last).contains(&unit))
}

impl Parser<'_> {
    /// Behind `[`.
    pub(super) fn class(&mut self) -> Result<Class, PatternError> {
        let negative = self.takes("^");
        let mut class = Class { ranges: Vec::new(), negative: false };
        while !self.takes("]") {
            let first = self.class_atom()?;
            let begin = self.at;
            if !self.takes("-") {
                class.add(&first.class());
                continue;
            }
            if self.takes("]") {
                // A hyphen at the end stands for itself.
                self.at = begin;
                class.add(&first.class());
                continue;
            }
            match (first, self.class_atom()?) {
                (Escaped::Unit(first), Escaped::Unit(last)) if first > last => return Err(PatternError),
                (Escaped::Unit(first), Escaped::Unit(last)) => class.ranges.push((first, last)),
                (first, last) => {
                    class.add(&first.class());
                    class.add(&Class::of(b'-'.into()));
                    class.add(&last.class());
                }
            }
        }
        class.put_in_order();
        class.negative = negative;
        Ok(class)
    }

    fn class_atom(&mut self) -> Result<Escaped, PatternError> {
        if self.takes("\\") {
            return self.class_escape();
        }
        let unit = self.peek().ok_or(PatternError)?;
        self.at += 1;
        Ok(Escaped::Unit(unit))
    }
}
