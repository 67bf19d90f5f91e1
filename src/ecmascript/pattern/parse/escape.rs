//! What stands behind a backslash.

use super::class::Class;
use super::{Node, Parser, digit};
use crate::ecmascript::pattern::PatternError;

/// One unit, or a set of them.
pub enum Escaped {
    Unit(u16),
    Set(Class),
}

impl Escaped {
    pub fn class(self) -> Class {
        match self {
            Escaped::Unit(unit) => Class::of(unit),
            Escaped::Set(class) => class,
        }
    }
}

impl Parser<'_> {
    /// Outside of a class, behind the backslash.
    pub(super) fn escape(&mut self) -> Result<Node, PatternError> {
        let begin = self.at;
        if let Some(group) = self.peek().filter(|unit| *unit != u16::from(b'0')).and(self.number())
            && (1..=self.groups).contains(&group)
        {
            return Ok(Node::Back(group));
        }
        self.at = begin;
        if self.named && self.takes("k<") {
            let name = self.name()?;
            self.wanted.push(name);
            return Ok(Node::Back(self.groups + self.wanted.len()));
        }
        let letters = |unit: u8| unit.is_ascii_alphabetic();
        self.character(letters).map(|escaped| Node::Unit(escaped.class()))
    }

    /// Inside of a class, behind the backslash.
    pub(super) fn class_escape(&mut self) -> Result<Escaped, PatternError> {
        if self.takes("b") {
            return Ok(Escaped::Unit(8));
        }
        self.character(|unit| unit.is_ascii_alphanumeric() || unit == b'_')
    }

    /// `controls`: what may follow `\c`.
    fn character(&mut self, controls: impl Fn(u8) -> bool) -> Result<Escaped, PatternError> {
        let unit = self.peek().ok_or(PatternError)?;
        let Ok(letter) = u8::try_from(unit) else {
            self.at += 1;
            return Ok(Escaped::Unit(unit));
        };
        if let Some(class) = Class::named(letter) {
            self.at += 1;
            return Ok(Escaped::Set(class));
        }
        if let b'0'..=b'7' = letter {
            return Ok(Escaped::Unit(self.octal()));
        }
        if letter == b'k' && self.named {
            return Err(PatternError);
        }
        if letter == b'c' {
            let control = self.units.get(self.at + 1).and_then(|unit| u8::try_from(*unit).ok());
            return Ok(match control.filter(|control| controls(*control)) {
                Some(control) => {
                    self.at += 2;
                    Escaped::Unit(u16::from(control % 32))
                }
                // The backslash stands for itself, and so does the letter.
                None => Escaped::Unit(b'\\'.into()),
            });
        }
        self.at += 1;
        Ok(Escaped::Unit(match letter {
            b'f' => 0x0C,
            b'n' => 0x0A,
            b'r' => 0x0D,
            b't' => 0x09,
            b'v' => 0x0B,
            b'x' => self.hex(2).unwrap_or(unit),
            b'u' => self.hex(4).unwrap_or(unit),
            _ => unit,
        }))
    }

    /// Up to three octal digits, at most 255.
    fn octal(&mut self) -> u16 {
        let mut number = 0;
        for _ in 0..3 {
            let Some(digit) = self.peek().and_then(|unit| digit(unit, 8)) else { break };
            let longer = number * 8 + digit;
            if longer > 0xFF {
                break;
            }
            number = longer;
            self.at += 1;
        }
        u16::try_from(number).unwrap_or_default()
    }

    fn hex(&mut self, digits: usize) -> Option<u16> {
        let digits = self.units.get(self.at..self.at + digits)?;
        let number = digits.iter().try_fold(0, |number, unit| Some(number * 16 + digit(*unit, 16)?))?;
        self.at += digits.len();
        u16::try_from(number).ok()
    }

    /// The name of a group and the `>` behind it.
    pub(super) fn name(&mut self) -> Result<String, PatternError> {
        let mut units = Vec::new();
        while !self.takes(">") {
            if self.takes("\\u{") {
                let begin = self.at;
                while self.peek().and_then(|unit| digit(unit, 16)).is_some() {
                    self.at += 1;
                }
                let digits = String::from_utf16_lossy(&self.units[begin..self.at]);
                let character = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                let character = character.filter(|_| self.takes("}")).ok_or(PatternError)?;
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            } else if self.takes("\\u") {
                units.push(self.hex(4).ok_or(PatternError)?);
            } else {
                units.push(self.peek().ok_or(PatternError)?);
                self.at += 1;
            }
        }
        let name = String::from_utf16(&units).map_err(|_| PatternError)?;
        let begins = |c: char| c.is_alphabetic() || c == '$' || c == '_';
        let continues = |c: char| begins(c) || c.is_alphanumeric() || matches!(c, '\u{200C}' | '\u{200D}');
        let is_name = name.starts_with(begins) && name.chars().all(continues);
        if is_name { Ok(name) } else { Err(PatternError) }
    }
}
