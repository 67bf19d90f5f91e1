//! How many exchanges were checked, of which operation and with which status.

use crate::document::Operation;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The counts.
#[derive(Debug, Clone, Default)]
pub struct Tally(BTreeMap<(String, u16), u64>);

impl Tally {
    pub fn count(&mut self, operation: &str, status: u16) {
        *self.0.entry((operation.to_owned(), status)).or_default() += 1;
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    fn has(&self, operation: &str, status: u16) -> bool {
        self.0.contains_key(&(operation.to_owned(), status))
    }

    /// The sum; one line for each operation and status; and what the operations may answer and nobody has seen.
    pub fn to_text(&self, operations: &[Operation]) -> String {
        let mut text = format!("{} answers held against docs/openapi.json\n", self.total());
        for ((operation, status), count) in &self.0 {
            let _ = writeln!(text, "{count:>8} {status} {operation}");
        }
        for operation in operations {
            let statuses = operation.value["responses"].as_object().into_iter().flatten();
            let statuses = statuses.filter_map(|(status, _)| status.parse().ok());
            for status in statuses.filter(|status| !self.has(operation.id(), *status)) {
                let _ = writeln!(text, "   never {status} {}", operation.id());
            }
        }
        text
    }
}
