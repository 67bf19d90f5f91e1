//! The JavaScript text rules on which the original's results depend: what counts as white space, how long
//! a text is, how a number or any value reads as text, and how a URI is decoded.

#[cfg(test)]
mod node;
mod pattern;

pub use pattern::{Pattern, PatternError, Tested};

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde_json::Value;

/// `String.prototype.trim`: ECMAScript white space and line terminators.
///
/// Differs from Rust's: U+FEFF is trimmed, U+0085 is not.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

fn is_white_space(c: char) -> bool {
    matches!(
        c,
        '\u{9}'..='\u{D}' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}'
            | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\u{FEFF}'
    )
}

/// `String.prototype.length`: UTF-16 code units.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `slice(0, units)`. A surrogate pair cut in half leaves U+FFFD, which is what reaches the database.
#[must_use]
pub fn truncate(text: &str, units: usize) -> String {
    let cut: Vec<u16> = text.encode_utf16().take(units).collect();
    String::from_utf16_lossy(&cut)
}

/// `String(number)`: the shortest form, `1e+21` from 10²¹ on, `1e-7` below 10⁻⁶.
#[must_use]
pub fn number_to_string(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// `String(value)` of a value that came as JSON.
#[must_use]
pub fn to_string(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number_to_string(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Null => String::new(),
                other => to_string(other),
            })
            .collect::<Vec<_>>()
            .join(","),
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

/// `Boolean(value)` of a value that came as JSON.
#[must_use]
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|n| n != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// `a === b` of values that came as JSON, each on its own: arrays and objects are never the same.
#[must_use]
pub fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(_) | Value::Object(_), _) => false,
        (a, b) => a == b,
    }
}

/// `decodeURI`: `None` where the original throws a URIError.
///
/// Escapes of the reserved characters `;/?:@&=+$,#` stay as they are.
#[must_use]
pub fn decode_uri(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            decoded.push(bytes[at]);
            at += 1;
            continue;
        }
        let first = escaped_byte(bytes, at)?;
        if first.is_ascii() {
            if b";/?:@&=+$,#".contains(&first) {
                decoded.extend_from_slice(&bytes[at..at + 3]);
            } else {
                decoded.push(first);
            }
            at += 3;
            continue;
        }
        let mut sequence = vec![first];
        for n in 1..utf8_length(first)? {
            sequence.push(escaped_byte(bytes, at + 3 * n)?);
        }
        decoded.extend_from_slice(std::str::from_utf8(&sequence).ok()?.as_bytes());
        at += 3 * sequence.len();
    }
    String::from_utf8(decoded).ok()
}

fn escaped_byte(bytes: &[u8], at: usize) -> Option<u8> {
    let escape = bytes.get(at..at + 3)?;
    if escape[0] != b'%' {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    u8::try_from(digit(escape[1])? * 16 + digit(escape[2])?).ok()
}

fn utf8_length(first: u8) -> Option<usize> {
    match first {
        0xC2..=0xDF => Some(2),
        0xE0..=0xEF => Some(3),
        0xF0..=0xF4 => Some(4),
        _ => None,
    }
}

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

/// `escapeHTML` of `@rocket.chat/string-helpers` 0.32.
#[must_use]
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let name = match c {
            '¢' => "cent",
            '£' => "pound",
            '¥' => "yen",
            '€' => "euro",
            '©' => "copy",
            '®' => "reg",
            '™' => "trade",
            '<' => "lt",
            '>' => "gt",
            '"' => "quot",
            '&' => "amp",
            '\'' => "#39",
            _ => {
                escaped.push(c);
                continue;
            }
        };
        escaped.push('&');
        escaped.push_str(name);
        escaped.push(';');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn white_space_is_ecmascripts() {
        assert_eq!(trim("\u{FEFF}\u{A0} a b \u{2029}\n"), "a b");
        assert_eq!(trim("\u{85}a\u{85}"), "\u{85}a\u{85}");
    }

    #[test]
    fn length_and_truncation_count_utf16_units() {
        assert_eq!(length("a😀"), 3);
        assert_eq!(truncate("a😀b", 3), "a😀");
        assert_eq!(truncate("a😀b", 2), "a\u{FFFD}");
    }

    #[test]
    fn numbers_read_as_in_javascript() {
        for (number, text) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (-0.0, "0"),
            (f64::INFINITY, "Infinity"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
        ] {
            assert_eq!(number_to_string(number), text);
        }
    }

    #[test]
    fn values_read_as_in_javascript() {
        assert_eq!(to_string(&json!([1, null, ["a", true], {}])), "1,,a,true,[object Object]");
        assert_eq!(to_string(&json!({})), "[object Object]");
        assert!(!is_truthy(&json!(0)) && !is_truthy(&json!("")) && is_truthy(&json!([])));
    }

    #[test]
    fn values_are_the_same_by_type_and_value_and_objects_never() {
        assert!(is_same(&json!(7), &json!(7.0)) && is_same(&json!("a"), &json!("a")));
        assert!(!is_same(&json!(7), &json!("7")) && !is_same(&json!(1), &json!(true)));
        assert!(!is_same(&json!(["a"]), &json!(["a"])) && !is_same(&json!({}), &json!({})));
    }

    #[test]
    fn uri_decoding_keeps_reserved_escapes_and_refuses_broken_ones() {
        assert_eq!(decode_uri("a%20b%3C").as_deref(), Some("a b<"));
        assert_eq!(decode_uri("%2F%2f%23").as_deref(), Some("%2F%2f%23"));
        assert_eq!(decode_uri("%E2%82%AC").as_deref(), Some("€"));
        for broken in ["100%", "%4", "%zz", "%80", "%C3", "%C3x", "%C3%28", "%E0%80%80", "%ED%A0%80", "%+1"] {
            assert_eq!(decode_uri(broken), None, "{broken}");
        }
    }

    #[test]
    fn html_is_escaped_as_the_string_helpers_do() {
        assert_eq!(
            escape_html("<a> & \"b\" 'c' €™"),
            "&lt;a&gt; &amp; &quot;b&quot; &#39;c&#39; &euro;&trade;"
        );
    }

    proptest! {
        #[test]
        fn a_text_without_percent_decodes_to_itself(text in "[^%]*") {
            prop_assert_eq!(decode_uri(&text), Some(text));
        }

        #[test]
        fn what_was_percent_encoded_is_decoded(text in "[^%;/?:@&=+$,#]*") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode_uri(&encoded), Some(text));
        }

        #[test]
        fn any_text_is_decoded_or_refused_without_a_panic(text in any::<String>()) {
            let _ = decode_uri(&text);
        }

        #[test]
        fn trimming_twice_changes_nothing_more(text in any::<String>()) {
            prop_assert_eq!(trim(trim(&text)), trim(&text));
        }

        #[test]
        fn a_truncated_text_is_never_longer(text in any::<String>(), units in 0usize..40) {
            prop_assert!(length(&truncate(&text, units)) <= units);
        }
    }
}
