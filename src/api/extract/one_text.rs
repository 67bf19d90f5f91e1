//! Bodies that hold one text and nothing else, such as `{"code": "123456"}`: Ajv's words, order and coercion.
//!
//! Source: `docs/behaviour/http-api.md` sections 1.5 and 3.3, with the schemas of `docs/behaviour/two-factor.md` section 8.

use super::body::Body;
use super::json;
use super::schema::{SchemaError, read_text, scalar};
use crate::profile::Sent;
use crate::release::{BodyTypes, Release};
use serde_json::value::RawValue;

/// Reads the text under this key.
///
/// # Errors
/// The first violation in Ajv's order.
pub fn parse(body: &Body, key: &'static str, release: &Release) -> Result<String, SchemaError> {
    let missing = SchemaError::NoProperty(key);
    let body = match body {
        Body::Json(text) => text,
        Body::Form(fields) => return from_form(fields, key),
        Body::Other => return Err(missing),
    };
    let value: &RawValue = serde_json::from_str(body).map_err(|_| missing)?;
    let fields = match value.get().as_bytes().first() {
        Some(b'{') => json::object(value).ok_or(SchemaError::NotAnObject)?,
        Some(b'[') => return Err(SchemaError::NotAnObject),
        _ => return Err(scalar(release.scalar_body, missing)),
    };
    let raw = fields.get(key).ok_or(missing)?;
    if fields.len() > 1 {
        return Err(SchemaError::UnknownKey);
    }
    match read_text(raw, release.body_types)? {
        Sent::Text(text) => Ok(text),
        Sent::Null if release.body_types == BodyTypes::Strict => Err(SchemaError::NotAString),
        // Ajv turns null into an empty text where only a text is allowed.
        Sent::Null | Sent::Absent => Ok(String::new()),
    }
}

fn from_form(fields: &[(String, String)], key: &'static str) -> Result<String, SchemaError> {
    // Of a repeated key the last value counts.
    let found = fields.iter().rev().find(|(name, _)| name == key);
    let (_, text) = found.ok_or(SchemaError::NoProperty(key))?;
    if fields.iter().any(|(name, _)| name != key) {
        return Err(SchemaError::UnknownKey);
    }
    Ok(text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;

    fn json(text: &str) -> Result<String, SchemaError> {
        parse(&Body::Json(text.to_owned()), "code", &Release::at(Version::EIGHT))
    }

    #[test]
    fn every_violation_has_ajvs_message_in_ajvs_order() {
        for (body, message) in [
            ("", "must have required property 'code'"),
            ("{}", "must have required property 'code'"),
            (r#"{"other":1}"#, "must have required property 'code'"),
            ("[]", "must be object"),
            (r#"{"code":{},"other":1}"#, "must NOT have additional properties"),
            (r#"{"code":{}}"#, "must be string"),
            (r#"{"code":["1"]}"#, "must be string"),
        ] {
            assert_eq!(json(body).expect_err(body).to_string(), message, "{body}");
        }
    }

    #[test]
    fn values_are_coerced_as_ajv_does() {
        for (value, text) in [(r#""048213""#, "048213"), ("48213", "48213"), ("true", "true"), ("null", "")] {
            assert_eq!(json(&format!(r#"{{"code":{value}}}"#)).as_deref(), Ok(text), "{value}");
        }
    }

    #[test]
    fn a_form_is_taken_as_well() {
        let form = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            parse(&Body::Form(fields.collect()), "code", &Release::at(Version::EIGHT))
        };
        assert_eq!(form(&[("code", "1"), ("code", "2")]).as_deref(), Ok("2"));
        assert_eq!(form(&[("code", "1"), ("x", "2")]), Err(SchemaError::UnknownKey));
        assert_eq!(form(&[]), Err(SchemaError::NoProperty("code")));
    }
}
