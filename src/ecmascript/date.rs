//! Dates.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

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

/// `new Date(text)` for the forms of ISO 8601 that JavaScript defines. A time without a zone is taken as UTC, where JavaScript
/// takes the server's, which in Rocket.Chat's container is the same.
#[must_use]
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let text = super::trim(text);
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.to_utc());
    }
    let with_day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if let Ok(day) = NaiveDate::parse_from_str(&with_day, "%Y-%m-%d").map(|day| day.and_hms_opt(0, 0, 0)) {
        return day.map(|day| day.and_utc());
    }
    let local = text.strip_suffix('Z').unwrap_or(text);
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(local, form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_of_iso_8601() {
        for (text, expected) in [
            ("2030-01-02T03:04:05.678Z", "2030-01-02T03:04:05.678Z"),
            ("2030-01-02T03:04:05+01:00", "2030-01-02T02:04:05.000Z"),
            ("2030-01-02T03:04", "2030-01-02T03:04:00.000Z"),
            ("2030-01-02T03:04Z", "2030-01-02T03:04:00.000Z"),
            ("2030-01-02T03:04:05", "2030-01-02T03:04:05.000Z"),
            ("2030-01-02", "2030-01-02T00:00:00.000Z"),
            ("2030-02", "2030-02-01T00:00:00.000Z"),
            ("2030", "2030-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(parse_date(text).map(iso).as_deref(), Some(expected), "{text}");
        }
        for none in ["", "tomorrow", "2030-13-01", "2030-01-02T25:00"] {
            assert_eq!(parse_date(none), None, "{none}");
        }
    }
}
