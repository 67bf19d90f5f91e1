//! What is still compared where the original differs from itself: the type, and the shape of a value.

use mongodb::bson::{Bson, DateTime};

use super::Sides;

/// How far apart the same moment of a case may be on two sides, beside what the original itself shows.
const NEAR_MS: i64 = 15_000;
/// What divides a text into words that are looked at one by one.
const DIVIDERS: &[char] = &[' ', '\n', '\t', '"', '\'', '<', '>', '(', ')', ',', '?', '&', '='];

/// So many bytes at most two random texts share at their beginning.
const BY_CHANCE: usize = 3;

/// Whether the candidate's value has the shape that both values of the original have. `begun`: when the case began on each
/// side, against which its dates are held.
pub fn fits(values: &Sides<&Bson>, begun: &Sides<DateTime>) -> bool {
    match (values.original, values.repeat, values.candidate) {
        (Bson::String(original), Bson::String(repeat), Bson::String(candidate)) => {
            text_fits(original, repeat, candidate)
        }
        (Bson::DateTime(original), Bson::DateTime(repeat), Bson::DateTime(candidate)) => {
            let since = |date: &DateTime, begun: DateTime| date.timestamp_millis() - begun.timestamp_millis();
            let (one, other) = (since(original, begun.original), since(repeat, begun.repeat));
            // Where the original's own dates stand in no relation to the case, nothing can be said of the candidate's.
            (one - other).abs() > NEAR_MS
                || (one.min(other) - NEAR_MS..=one.max(other) + NEAR_MS)
                    .contains(&since(candidate, begun.candidate))
        }
        (original, repeat, candidate) => {
            let kind = original.element_type();
            kind != repeat.element_type() || kind == candidate.element_type()
        }
    }
}

/// Word by word: what both runs of the original share stays, what differs keeps its beginning, its length and whether it is
/// all hex; where only digits differ, only they may.
fn text_fits(original: &str, repeat: &str, candidate: &str) -> bool {
    let words = |text: &'_ str| -> Vec<String> { text.split(DIVIDERS).map(str::to_owned).collect() };
    let (original, repeat, candidate) = (words(original), words(repeat), words(candidate));
    if original.len() != repeat.len() {
        return true;
    }
    original.len() == candidate.len()
        && original.iter().zip(&repeat).zip(&candidate).all(|((original, repeat), candidate)| {
            original == candidate || word_fits(original, repeat, candidate)
        })
}

fn word_fits(original: &str, repeat: &str, candidate: &str) -> bool {
    if original == repeat {
        return false;
    }
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Numbers have no fixed length: 9 and 10 seconds. A date has a new minute now and then.
    if without_digits(original) == without_digits(repeat) {
        return without_digits(original) == without_digits(candidate);
    }
    let length_fits = original.len() != repeat.len() || original.len() == candidate.len();
    let both_hex = is_hex(original) && is_hex(repeat);
    length_fits
        && (!both_hex || is_hex(candidate))
        && candidate.starts_with(shared_beginning(original, repeat))
}

/// What both begin with, up to the last character that is in no token. Two random texts share some, and those of Base64 a `/` among
/// them, but hardly ever as many as [`BY_CHANCE`].
fn shared_beginning<'a>(one: &'a str, other: &str) -> &'a str {
    let shared = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let shared: usize = shared.map(|(c, _)| c.len_utf8()).sum();
    let end = one[..shared].rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '+'));
    end.filter(|end| *end >= BY_CHANCE).map_or("", |end| &one[..=end])
}

/// The text with each run of digits as `#`: texts that differ only in a number have the same.
pub fn without_digits(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii_digit() => {
                if !shape.ends_with('#') {
                    shape.push('#');
                }
            }
            c => shape.push(c),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_keeps_its_shape() {
        for (original, repeat, candidate, fits) in [
            ("wait 59 s", "wait 58 s", "wait 9 s", true),
            ("wait 59 s", "wait 58 s", "wait x s", false),
            ("wait 59 s", "wait 58 s", "hold 57 s", false),
            ("2026-11-30T00:13:04.336Z", "2026-11-30T00:13:34.010Z", "2026-11-30T00:14:01.000Z", true),
            ("2026-11-30T00:13:04.336Z", "2026-11-30T00:13:34.010Z", "2026-11-30T00:14:01Z", false),
            ("$2b$10$abcdef", "$2b$10$axyzuv", "$2b$10$qqqqqq", true),
            ("$2b$10$abcdef", "$2b$10$axyzuv", "$2b$12$qqqqqq", false),
            ("$2b$10$abcdef", "$2b$10$axyzuv", "$2b$10$qqq", false),
            ("00ff00ff", "11aa11aa", "99bb99bb", true),
            ("00ff00ff", "11aa11aa", "99bbzzbb", false),
            ("http://x/v/abc end", "http://x/v/xyz end", "http://x/v/uvw end", true),
            ("http://x/v/-bc end", "http://x/v/-yz end", "http://x/v/uvw end", true),
            ("a_-bc", "a_-yz", "uvwxy", true),
            ("/+bcd", "/+yzx", "uvwxy", true),
            ("a/bcd", "a/yzx", "uvwxy", true),
            ("http://x/v/abc end", "http://x/v/xyz end", "http://x/v/uvw", false),
            ("http://x/v/abc", "http://x/v/xyz", "http://y/v/uvw", false),
        ] {
            assert_eq!(text_fits(original, repeat, candidate), fits, "{candidate}");
        }
    }

    #[test]
    fn dates_stand_where_those_of_the_original_stand() {
        let date = |seconds: i64| DateTime::from_millis(seconds * 1000);
        let begun = Sides { original: date(1000), repeat: date(2000), candidate: date(3000) };
        let fits = |original, repeat, candidate| {
            let values = [original, repeat, candidate].map(|seconds| Bson::from(date(seconds)));
            fits(&Sides { original: &values[0], repeat: &values[1], candidate: &values[2] }, &begun)
        };
        assert!(fits(1001, 2002, 3004));
        assert!(fits(4601, 5602, 6600) && !fits(4601, 5602, 3001), "an hour later");
        assert!(fits(1, 1_000_000, 5), "the original's own stand in no relation");
    }

    #[test]
    fn types_are_compared_where_the_original_has_one() {
        let begun = Sides { original: DateTime::now(), repeat: DateTime::now(), candidate: DateTime::now() };
        let fits =
            |a: Bson, b: Bson, c: Bson| fits(&Sides { original: &a, repeat: &b, candidate: &c }, &begun);
        assert!(fits(1.into(), 2.into(), 3.into()));
        assert!(!fits(1.into(), 2.into(), 3_i64.into()));
        assert!(fits(1.into(), "x".into(), 3_i64.into()));
    }
}
