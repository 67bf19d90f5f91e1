//! How many exchanges were checked, of which operation and with which status.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Counts, and what was never seen.
#[derive(Debug, Clone, Default)]
pub struct Tally(BTreeMap<(String, u16), u64>);

impl Tally {
    pub fn count(&mut self, operation: &str, status: u16) {
        *self.0.entry((operation.to_owned(), status)).or_default() += 1;
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// One line for each operation and status, the sum in front.
    pub fn to_text(&self) -> String {
        let mut text = format!("{} answers held against docs/openapi.json\n", self.total());
        for ((operation, status), count) in &self.0 {
            let _ = writeln!(text, "{count:>8} {status} {operation}");
        }
        text
    }
}
