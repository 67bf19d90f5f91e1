//! The value of a preference, as Ajv makes it of what was sent.

use super::json;
use super::preference_schema::{Field, Kind};
use super::schema::{SchemaError, read_text};
use crate::ecmascript::{self, Value};
use crate::profile::{Sent, to_bson, to_number};
use crate::release::BodyTypes;
use bson::{Bson, Document};
use serde_json::value::RawValue;

/// Reads it; null stays null.
///
/// # Errors
/// What it must be, and is not.
pub(super) fn read(raw: &RawValue, kind: Kind, types: BodyTypes) -> Result<Bson, SchemaError> {
    let json = raw.get();
    // What counts as nothing may be null where another type is wanted, and could not be made of it.
    let is_nothing =
        json == "null" || (types == BodyTypes::Coerced && matches!(json, r#""""# | "0" | "false"));
    match kind {
        Kind::Text => text(raw, types),
        Kind::OneOf(allowed) => {
            let text = text(raw, types)?;
            let is_allowed = text.as_str().is_some_and(|text| allowed.contains(&text));
            if is_allowed { Ok(text) } else { Err(SchemaError::NotAllowed) }
        }
        Kind::Number => match number(raw, types) {
            Some(number) => Ok(to_number(number)),
            None if is_nothing => Ok(Bson::Null),
            None => Err(SchemaError::NotANumber),
        },
        Kind::Boolean => match boolean(raw, types) {
            Some(flag) => Ok(flag.into()),
            None if is_nothing => Ok(Bson::Null),
            None => Err(SchemaError::NotABoolean),
        },
        Kind::Texts | Kind::Objects(_) => match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(items) => {
                let items = items.into_iter().map(|item| element(item, kind, types));
                Ok(Bson::Array(items.collect::<Result<_, _>>()?))
            }
            Err(_) if is_nothing => Ok(Bson::Null),
            Err(_) => Err(SchemaError::NotAnArray),
        },
    }
}

fn element(raw: &RawValue, kind: Kind, types: BodyTypes) -> Result<Bson, SchemaError> {
    let Kind::Objects(fields) = kind else { return filled_text(raw, types) };
    let members = json::object(raw).ok_or(SchemaError::NotAnObject)?;
    let mut object = Document::new();
    for (key, value) in members {
        let value = match fields.iter().find(|(name, _)| *name == key) {
            Some((_, Field::Text)) => filled_text(value, types)?,
            Some((_, Field::Boolean)) if value.get() == "null" && types == BodyTypes::Coerced => false.into(),
            Some((_, Field::Boolean)) => boolean(value, types).ok_or(SchemaError::NotABoolean)?.into(),
            None => {
                let value = ecmascript::parse_json(value.get()).unwrap_or(Value::Null);
                to_bson(&value).map_err(|_| SchemaError::UnknownKey)?
            }
        };
        object.insert(key, value);
    }
    Ok(object.into())
}

fn text(raw: &RawValue, types: BodyTypes) -> Result<Bson, SchemaError> {
    Ok(match read_text(raw, types)? {
        Sent::Text(text) => text.into(),
        Sent::Absent | Sent::Null => Bson::Null,
    })
}

/// Null becomes an empty text.
fn filled_text(raw: &RawValue, types: BodyTypes) -> Result<Bson, SchemaError> {
    match text(raw, types)? {
        Bson::Null if types == BodyTypes::Strict => Err(SchemaError::NotAString),
        Bson::Null => Ok("".into()),
        text => Ok(text),
    }
}

fn boolean(raw: &RawValue, types: BodyTypes) -> Option<bool> {
    match (raw.get(), types) {
        ("true", _) => Some(true),
        ("false", _) => Some(false),
        (r#""true""# | "1", BodyTypes::Coerced) => Some(true),
        (r#""false""# | "0", BodyTypes::Coerced) => Some(false),
        _ => None,
    }
}

fn number(raw: &RawValue, types: BodyTypes) -> Option<f64> {
    let json = raw.get();
    match json.as_bytes().first()? {
        b'-' | b'0'..=b'9' => json.parse().ok(),
        b't' | b'f' if types == BodyTypes::Coerced => Some(f64::from(u8::from(json == "true"))),
        b'"' if types == BodyTypes::Coerced => {
            let text = json::text(raw).filter(|text| !text.is_empty())?;
            Some(Value::Text(text).to_number()).filter(|number| !number.is_nan())
        }
        _ => None,
    }
}
