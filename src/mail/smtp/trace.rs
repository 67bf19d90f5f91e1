//! What happened, step by step, for a person who looks for a fault. Nothing is written down unless somebody asks.

use super::error::Step;
use super::reply::Reply;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much is kept of one step, in characters.
const LONGEST_TEXT: usize = 300;

/// One step that led on, or the answer that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTaken {
    pub step: Step,
    /// What was said on both sides, without secrets.
    pub told: String,
    pub took: Duration,
}

/// Of one dialogue. Clones write into the same list.
#[derive(Clone, Default)]
pub struct Trace(Option<Arc<Mutex<Notes>>>);

struct Notes {
    steps: Vec<StepTaken>,
    last: Instant,
    /// What is masked wherever it shows.
    secrets: Vec<String>,
}

impl Trace {
    /// Writes everything down. `secrets` are masked wherever a server repeats them.
    pub fn recording(secrets: Vec<String>) -> Trace {
        Trace(Some(Arc::new(Mutex::new(Notes { steps: Vec::new(), last: Instant::now(), secrets }))))
    }

    pub fn steps(&self) -> Vec<StepTaken> {
        let Some(notes) = &self.0 else { return Vec::new() };
        notes.lock().unwrap_or_else(PoisonError::into_inner).steps.clone()
    }

    /// A step that is no reply.
    pub(super) fn note(&self, step: Step, told: impl FnOnce() -> String) {
        let Some(notes) = &self.0 else { return };
        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        let told = notes.secrets.iter().fold(told(), |told, secret| told.replace(secret.as_str(), "…"));
        let told = told.chars().take(LONGEST_TEXT).collect();
        let took = notes.last.elapsed();
        notes.steps.push(StepTaken { step, told, took });
        notes.last = Instant::now();
    }

    /// A command and what was answered. Of the answer to a login only the codes are kept.
    pub(super) fn note_reply(&self, step: Step, command: &str, reply: &Reply) {
        self.note(step, || {
            let text = match step {
                Step::Login => reply.enhanced().unwrap_or_default().to_owned(),
                _ => reply.lines.join(" / "),
            };
            format!("{command} → {} {text}", reply.code).trim_end().to_owned()
        });
    }
}

/// Shows how many steps there are, and nothing of them.
impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.steps().len()).finish()
    }
}
