//! Bodies of the routes that have a schema: an object, no other keys than it names, and values as Ajv coerces them. Source:
//! `docs/behaviour/http-api.md` section 3.3.

use super::body::Body;
use super::json;
use super::members::{self, Members};
use super::schema::{SchemaError, read_text, scalar};
use crate::profile::Sent;
use crate::release::{BodyTypes, Release};
use serde_json::value::RawValue;

/// The members of the body. `required`: a key that must be there, if any.
///
/// # Errors
/// The first violation in Ajv's order.
pub fn object(
    body: &Body,
    required: Option<&'static str>,
    known: &[&str],
    release: &Release,
) -> Result<Members, SchemaError> {
    if let Body::Json(text) = body
        && let Ok(value) = serde_json::from_str::<&RawValue>(text)
        && json::object(value).is_none()
    {
        return match (value.get().starts_with('['), required) {
            (false, Some(required)) => Err(scalar(release.scalar_body, SchemaError::NoProperty(required))),
            (false, None) => Ok(Members::new()),
            (true, _) => Err(SchemaError::NotAnObject),
        };
    }
    let members = members::of(body);
    if let Some(required) = required.filter(|required| !members.contains_key(*required)) {
        return Err(SchemaError::NoProperty(required));
    }
    if members.keys().any(|key| !known.contains(&key.as_str())) {
        return Err(SchemaError::UnknownKey);
    }
    Ok(members)
}

/// A text that may be null.
///
/// # Errors
/// [`SchemaError::NotAString`].
pub fn nullable_text(members: &Members, key: &str, release: &Release) -> Result<Sent, SchemaError> {
    members.get(key).map_or(Ok(Sent::Absent), |raw| read_text(raw, release.body_types))
}

/// A text; null becomes an empty one. `None`: the key is not there.
///
/// # Errors
/// [`SchemaError::NotAString`].
pub fn text(members: &Members, key: &str, release: &Release) -> Result<Option<String>, SchemaError> {
    match nullable_text(members, key, release)? {
        Sent::Text(text) => Ok(Some(text)),
        Sent::Absent => Ok(None),
        Sent::Null if release.body_types == BodyTypes::Strict => Err(SchemaError::NotAString),
        Sent::Null => Ok(Some(String::new())),
    }
}
