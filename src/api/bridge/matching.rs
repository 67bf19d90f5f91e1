//! Meteor's `check` for the few patterns that the methods here use, with its words.
//!
//! Source: `meteor/meteor`, packages/check/match.js.

use crate::api::extract::json::{self, Object};
use crate::profile::Sent;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A value that is not what a method takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    message: String,
    /// The field, where the value is one.
    path: &'static str,
}

impl Mismatch {
    fn new(message: impl Into<String>, path: &'static str) -> Mismatch {
        Mismatch { message: message.into(), path }
    }

    /// The error object as the original writes it: the error itself, and what Meteor would show to strangers.
    pub fn to_json(&self) -> Value {
        let mut message = format!("Match error: {}", self.message);
        if !self.path.is_empty() {
            message.push_str(" in field ");
            message.push_str(self.path);
        }
        json!({
            "message": message,
            "path": self.path,
            "sanitizedError": {
                "isClientSafe": true, "error": 400, "reason": "Match failed", "message": "Match failed [400]",
                "errorType": "Meteor.Error",
            },
            "errorType": "Match.Error",
        })
    }
}

/// `Object`: any keys, but not an array.
pub(super) fn object(raw: Option<&RawValue>) -> Result<Object<'_>, Mismatch> {
    match (raw.and_then(json::object), type_of(raw)) {
        (Some(object), _) => Ok(object),
        (None, "object") => Err(Mismatch::new("Expected plain object", "")),
        (None, other) => Err(Mismatch::new(format!("Expected object, got {other}"), "")),
    }
}

/// `Match.Maybe(Object)`: absent and null are fine.
pub(super) fn maybe_object(raw: Option<&RawValue>) -> Result<Option<Object<'_>>, Mismatch> {
    if matches!(type_of(raw), "undefined" | "null") {
        return Ok(None);
    }
    let wrong = || Mismatch::new("Failed Match.OneOf, Match.Maybe or Match.Optional validation", "");
    raw.and_then(json::object).map(Some).ok_or_else(wrong)
}

/// `String`.
pub(super) fn text(raw: Option<&RawValue>) -> Result<String, Mismatch> {
    let wrong = || Mismatch::new(format!("Expected string, got {}", type_of(raw)), "");
    raw.and_then(json::text).ok_or_else(wrong)
}

/// `Match.Maybe(String)`: absent and null are fine.
pub(super) fn maybe_text(raw: Option<&RawValue>) -> Result<Sent, Mismatch> {
    match type_of(raw) {
        "undefined" => Ok(Sent::Absent),
        "null" => Ok(Sent::Null),
        _ => {
            let wrong = || Mismatch::new("Failed Match.OneOf, Match.Maybe or Match.Optional validation", "");
            raw.and_then(json::text).map(Sent::Text).ok_or_else(wrong)
        }
    }
}

/// `Match.Maybe(String)` for a field.
pub(super) fn field(object: &Object<'_>, key: &'static str) -> Result<Sent, Mismatch> {
    let raw = object.get(key).copied();
    match (raw.and_then(json::text), type_of(raw)) {
        (Some(text), _) => Ok(Sent::Text(text)),
        (None, "undefined") => Ok(Sent::Absent),
        (None, "null") => Ok(Sent::Null),
        (None, other) => Err(Mismatch::new(format!("Expected string, got {other}"), key)),
    }
}

/// What JavaScript's `typeof` says, but for null.
fn type_of(raw: Option<&RawValue>) -> &'static str {
    match raw.and_then(|raw| raw.get().as_bytes().first()) {
        None => "undefined",
        Some(b'n') => "null",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'{' | b'[') => "object",
        Some(_) => "number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn every_mismatch_has_meteors_words() {
        for (value, message) in [
            ("[]", "Expected plain object"),
            ("null", "Expected object, got null"),
            (r#""x""#, "Expected object, got string"),
            ("5", "Expected object, got number"),
            ("true", "Expected object, got boolean"),
        ] {
            assert_eq!(object(Some(&raw(value))).expect_err(value).message, message);
        }
        assert_eq!(object(None).expect_err("absent").message, "Expected object, got undefined");
        assert!(maybe_object(Some(&raw("null"))).expect("null is fine").is_none());
        let wrong = maybe_object(Some(&raw("[]"))).expect_err("an array");
        assert_eq!(wrong.message, "Failed Match.OneOf, Match.Maybe or Match.Optional validation");
        assert_eq!(text(Some(&raw("5"))).expect_err("a number").message, "Expected string, got number");
    }

    #[test]
    fn a_fields_mismatch_names_the_field() {
        let settings = raw(r#"{"email": {"$ne": null}, "bio": null}"#);
        let settings = object(Some(&settings)).expect("an object");
        assert_eq!(field(&settings, "bio"), Ok(Sent::Null));
        assert_eq!(field(&settings, "name"), Ok(Sent::Absent));
        let error = field(&settings, "email").expect_err("an object").to_json();
        assert_eq!(error["message"], "Match error: Expected string, got object in field email");
        assert_eq!(error["path"], "email");
    }
}
