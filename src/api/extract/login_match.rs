//! What Meteor's `check` says of the arguments of a login by password. Source: `meteor/meteor`, packages/check/match.js
//! and packages/accounts-password/password_server.js.
//!
//! A check inside a check is a text inside a text: each puts its own beginning in front and its own place behind.

use super::json;
use serde_json::value::RawValue;

const BEGIN: &str = "Match error: ";
pub(super) const NO_FORM_OF_A_PASSWORD: &str = "Failed Match.OneOf, Match.Maybe or Match.Optional validation";
const EMPTY: &str = "Failed Match.Where validation";

/// What is wrong inside a value: the text, and where.
pub(super) type Mismatch = (String, String);

/// The whole text of a mismatch at this key.
pub(super) fn told(key: &str, (message, path): Mismatch) -> String {
    format!("{BEGIN}{message} in field {}", prepended(key, &path))
}

/// The text where a key is missing.
pub(super) fn missing(key: &str) -> String {
    format!("{BEGIN}Missing key '{key}'")
}

/// A key that is not expected.
pub(super) fn unknown_key() -> Mismatch {
    ("Unknown key".to_owned(), String::new())
}

/// A user must be named by exactly one of three keys, by a text that is not empty.
pub(super) fn user(raw: &RawValue) -> Option<Mismatch> {
    let inner = |message: String| Some((format!("{BEGIN}{message}"), String::new()));
    let Some(user) = json::object(raw) else {
        return inner(match kind(raw) {
            "array" => "Expected plain object".to_owned(),
            other => format!("Expected object, got {other}"),
        });
    };
    for (key, value) in &user {
        let wrong = if ["id", "username", "email"].contains(&key.as_str()) {
            filled_text(value)
        } else {
            Some(unknown_key())
        };
        if let Some((message, path)) = wrong {
            let path = prepended(key, &path);
            return Some((format!("{BEGIN}{message} in field {path}"), path));
        }
    }
    if user.len() == 1 { None } else { inner("User property must have exactly one field".to_owned()) }
}

/// A text that is not empty.
pub(super) fn filled_text(raw: &RawValue) -> Option<Mismatch> {
    let message = match json::text(raw) {
        Some(text) if !text.is_empty() => return None,
        Some(_) => EMPTY.to_owned(),
        None => text(raw),
    };
    Some((message, String::new()))
}

/// What a check for a text says of something else.
pub(super) fn text(raw: &RawValue) -> String {
    let kind = if kind(raw) == "array" { "object" } else { kind(raw) };
    format!("{BEGIN}Expected string, got {kind}")
}

fn kind(raw: &RawValue) -> &'static str {
    match raw.get().as_bytes().first() {
        Some(b'n') => "null",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'{') => "object",
        Some(b'[') => "array",
        _ => "number",
    }
}

/// The key in front of a path, quoted where JavaScript would need that.
fn prepended(key: &str, path: &str) -> String {
    let is_name = |key: &str| {
        let mut characters = key.chars();
        characters.next().is_some_and(|c| c.is_ascii_alphabetic() || "_$".contains(c))
            && characters.all(|c| c.is_ascii_alphanumeric() || "_$.[]".contains(c))
    };
    let is_number = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    let key = match key {
        key if is_number => format!("[{key}]"),
        key if is_name(key) => key.to_owned(),
        key => serde_json::Value::from(vec![key]).to_string(),
    };
    if path.is_empty() || path.starts_with('[') { format!("{key}{path}") } else { format!("{key}.{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_inside_a_check_is_a_text_inside_a_text() {
        for (user_sent, expected) in [
            (r#""a""#, "Match error: Match error: Expected object, got string in field user"),
            ("[]", "Match error: Match error: Expected plain object in field user"),
            (
                r#"{"username":""}"#,
                "Match error: Match error: Failed Match.Where validation in field username in field user.username",
            ),
            (
                r#"{"username":1}"#,
                "Match error: Match error: Match error: Expected string, got number in field username in field user.username",
            ),
            (
                r#"{"x y":1}"#,
                r#"Match error: Match error: Unknown key in field ["x y"] in field user["x y"]"#,
            ),
            ("{}", "Match error: Match error: User property must have exactly one field in field user"),
        ] {
            let raw = RawValue::from_string(user_sent.to_owned()).expect("JSON");
            assert_eq!(told("user", user(&raw).expect(user_sent)), expected);
        }
        let named = RawValue::from_string(r#"{"id":"a"}"#.to_owned()).expect("JSON");
        assert_eq!(user(&named), None);
    }
}
