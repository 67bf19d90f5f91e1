//! Dates.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

/// `Date.prototype.toISOString`.
#[must_use]
pub fn iso(date: DateTime<Utc>) -> String {
    match date.year() {
        0..=9999 => date.to_rfc3339_opts(SecondsFormat::Millis, true),
        year => format!(
            "{}{:06}{}",
            if year < 0 { '-' } else { '+' },
            year.abs(),
            date.format("-%m-%dT%H:%M:%S%.3fZ")
        ),
    }
}
