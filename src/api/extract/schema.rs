//! Ajv, which the original checks bodies with: its words, and how it turns other values into texts.
//!
//! Source: `docs/behaviour/http-api.md` section 3.3.

use super::json;
use crate::ecmascript;
use crate::profile::Sent;
use crate::release::{BodyTypes, ScalarBody};
use serde_json::value::RawValue;
use thiserror::Error;

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SchemaError {
    #[error("must have required property 'data'")]
    NoData,
    #[error("must have required property '{0}'")]
    NoProperty(&'static str),
    #[error("must be object")]
    NotAnObject,
    #[error("must NOT have additional properties")]
    UnknownKey,
    #[error("must be string")]
    NotAString,
    #[error("must be boolean")]
    NotABoolean,
    #[error("must be number")]
    NotANumber,
    #[error("must be array")]
    NotAnArray,
    #[error("must be equal to one of the allowed values")]
    NotAllowed,
    #[error("must NOT have fewer than 1 characters")]
    Empty,
    /// A limit of our own, in Ajv's manner of speaking.
    #[error("must NOT have more than 2048 names and values")]
    TooMany,
    /// The same.
    #[error("must NOT be nested deeper than 100 levels")]
    TooDeep,
}

/// What it says of a JSON body that is neither an object nor an array; `missing`: that the property is not there.
pub(super) fn scalar(rule: ScalarBody, missing: SchemaError) -> SchemaError {
    match rule {
        ScalarBody::LacksProperty => missing,
        ScalarBody::IsNoObject => SchemaError::NotAnObject,
    }
}

/// A text or null; where it is told to coerce, Ajv turns numbers and booleans into texts.
pub(super) fn read_text(raw: &RawValue, types: BodyTypes) -> Result<Sent, SchemaError> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => json::text(raw).map(Sent::Text).ok_or(SchemaError::NotAString),
        Some(b'n') => Ok(Sent::Null),
        _ if types == BodyTypes::Strict => Err(SchemaError::NotAString),
        Some(b't' | b'f') => Ok(Sent::Text(json.to_owned())),
        Some(b'-' | b'0'..=b'9') => {
            let number: f64 = json.parse().map_err(|_| SchemaError::NotAString)?;
            Ok(Sent::Text(ecmascript::number_to_string(number)))
        }
        _ => Err(SchemaError::NotAString),
    }
}
