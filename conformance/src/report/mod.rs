//! Results for people ([`text`]), for comparing ([`json`]) and for build servers ([`junit`]). None holds a time or
//! anything else that differs from run to run, so that results can be kept and compared.

pub mod json;
pub mod junit;
pub mod text;

use crate::run::{Outcome, Results};

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// Counts the outcomes; what could not be carried out has failed.
pub fn counts(results: &Results) -> Counts {
    let mut counts = Counts::default();
    for (_, outcome) in &results.cases {
        match outcome {
            Outcome::Passed => counts.passed += 1,
            Outcome::Failed(_) | Outcome::Broken(_) => counts.failed += 1,
            Outcome::Skipped(_) => counts.skipped += 1,
        }
    }
    counts
}
