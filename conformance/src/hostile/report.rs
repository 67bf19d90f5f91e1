//! What came back, counted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::connection::Ended;
use super::request::Hostile;

const EXAMPLES: usize = 20;

/// The counts of one run.
#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub requests: u64,
    pub seconds: f64,
    /// By status, and `hung up`, `silence`, `nobody listens`.
    pub answers: BTreeMap<String, u64>,
    /// By kind of request.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Answers of 500 and above, other than 503 and the one that old versions give to a broken payload.
    pub failures: u64,
    /// Some of those, with the number of the request.
    pub examples: Vec<String>,
    /// How many of the users could change their profile afterwards, of how many.
    pub healthy: (usize, usize),
    /// Resident bytes: idle, peak, afterwards.
    pub memory: Option<(u64, u64, u64)>,
    /// Lines of the log that tell of a panic.
    pub panics: Option<usize>,
}

impl Report {
    pub fn new(seed: u64, requests: u64) -> Report {
        Report { seed, requests, ..Report::default() }
    }

    pub(super) fn count(&mut self, number: u64, hostile: &Hostile, ended: &Ended) {
        *self.kinds.entry(hostile.kind).or_default() += 1;
        let (name, failed, answer) = match ended {
            Ended::Answered { status, answer } => {
                // `docs/behaviour/http-api.md` 1.5: the original's answer to a payload that is no JSON.
                let is_documented = *status == 500 && answer.ends_with("\r\n\r\nServer error.");
                (status.to_string(), *status >= 500 && *status != 503 && !is_documented, answer.as_str())
            }
            Ended::HungUp => ("hung up".to_owned(), false, ""),
            Ended::Silence => ("silence".to_owned(), hostile.is_whole, ""),
            Ended::NobodyListens => ("nobody listens".to_owned(), true, ""),
        };
        *self.answers.entry(name.clone()).or_default() += 1;
        if failed {
            self.failures += 1;
            if self.examples.len() < EXAMPLES {
                let sent =
                    String::from_utf8_lossy(&hostile.bytes[..hostile.bytes.len().min(600)]).into_owned();
                self.examples
                    .push(format!("request {number} ({}): {name} {answer:?} to {sent:?}", hostile.kind));
            }
        }
    }

    /// No failure, no panic, everybody served, memory back within a tenth.
    pub fn is_well(&self) -> bool {
        let memory_is_back =
            self.memory.is_none_or(|(idle, _, after)| after * 100 <= idle * super::NEAR_IDLE);
        let panics = self.panics.unwrap_or_default();
        self.failures == 0 && panics == 0 && self.healthy.0 == self.healthy.1 && memory_is_back
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} requests of seed {} in {:.0} s; answers {:?}; kinds {:?}\n",
            self.requests, self.seed, self.seconds, self.answers, self.kinds
        );
        self.examples.iter().for_each(|example| text.push_str(&format!("FAILED {example}\n")));
        text.push_str(&format!(
            "{} failures, {} of {} users served afterwards",
            self.failures, self.healthy.0, self.healthy.1
        ));
        if let Some((idle, peak, after)) = self.memory {
            let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
            text.push_str(&format!(
                "; memory {:.1} MiB idle, {:.1} peak, {:.1} after",
                mib(idle),
                mib(peak),
                mib(after)
            ));
        }
        if let Some(panics) = self.panics {
            text.push_str(&format!("; {panics} panics"));
        }
        text.push('\n');
        text
    }

    /// For comparing.
    pub fn json(&self) -> Value {
        let memory =
            self.memory.map(|(idle, peak, after)| json!({"idle": idle, "peak": peak, "after": after}));
        json!({
            "seed": self.seed, "requests": self.requests, "answers": self.answers, "kinds": self.kinds,
            "failures": self.failures, "examples": self.examples, "healthy": self.healthy.0, "memory": memory,
            "panics": self.panics,
        })
    }
}
