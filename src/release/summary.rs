//! What a version's column consists of, in a line for people.

use super::table::{ROWS, Row};
use super::version::Version;

/// The rows that have changed up to this version, under the versions that changed them, the newest first:
/// `6.10.1: name_characters_checked; 6.5.1: email_codes Object; all else as in 6.4.0`.
#[must_use]
pub fn summary(version: Version) -> String {
    let mut changed: Vec<(Version, String)> =
        ROWS.iter().filter_map(|row| Some((row.changed(version)?, shown(row, version)))).collect();
    changed.sort_by(|(one, _), (other, _)| other.cmp(one));
    let mut text = String::new();
    for rows in changed.chunk_by(|(one, _), (other, _)| one == other) {
        let names: Vec<&str> = rows.iter().map(|(_, name)| name.as_str()).collect();
        if let Some((since, _)) = rows.first() {
            text.push_str(&format!("{since}: {}; ", names.join(", ")));
        }
    }
    format!("{text}all else as in {}", Version::OLDEST)
}

fn shown(row: &Row, version: Version) -> String {
    match row.at(version) {
        "true" => row.name.to_owned(),
        "false" => format!("no {}", row.name),
        value => {
            let value = value.rsplit("::").next().unwrap_or(value);
            format!("{} {}", row.name, value.split('{').next().unwrap_or(value).trim())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_under_the_version_that_changed_them() {
        assert_eq!(summary(Version::OLDEST), "all else as in 6.4.0");
        assert_eq!(
            summary(Version::DOCUMENTED),
            "6.13.0: email_codes_for_oauth_setting; 6.10.1: name_characters_checked; 6.5.1: email_codes Object; \
             all else as in 6.4.0"
        );
        let nine = summary(Version::new(9, 0, 0));
        assert!(nine.starts_with("9.0.0: unauthorized SuccessAndError, not_allowed Forbidden, "), "{nine}");
        assert!(nine.contains("; 8.3.0: rate_limit Own, no user_limits, "), "{nine}");
        assert!(nine.contains("; 8.7.0: scalar_body LacksProperty, "), "{nine}");
        for row in ROWS {
            assert!(nine.contains(row.name), "{} is not in {nine}", row.name);
        }
    }
}
