//! `new RegExp(source).test(text)`: ECMAScript patterns without flags, over UTF-16 units, in bounded time and memory.
//!
//! A matcher of our own because no library with these rules bounds what a search costs: one pattern of a setting such as
//! `(a+)+` and one name would hold a thread for hours. The grammar is that of ECMA-262 with Annex B, as of Node.js 20.

mod parse;
mod program;
mod run;

use program::Program;
use run::Run;

/// Steps of one test. A name of ordinary length costs some hundred; so many cost a few hundredths of a second.
const STEPS: usize = 2_000_000;

/// What a pattern matches, found or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tested {
    Matches,
    Differs,
    /// The search was given up.
    TooCostly,
}

/// `new RegExp(source)` would throw, or is larger than a pattern may be here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternError;

/// A pattern that can be tested again and again.
#[derive(Debug)]
pub struct Pattern(Program);

impl Pattern {
    /// # Errors
    /// [`PatternError`].
    pub fn parse(source: &str) -> Result<Pattern, PatternError> {
        let units: Vec<u16> = source.encode_utf16().collect();
        parse::parse(&units).and_then(|tree| Program::of(&tree)).map(Pattern)
    }

    /// Whether the pattern matches anywhere in the text.
    #[must_use]
    pub fn test(&self, text: &str) -> Tested {
        let units: Vec<u16> = text.encode_utf16().collect();
        Run::new(&self.0, &units, STEPS).search()
    }
}

#[cfg(test)]
mod tests;
