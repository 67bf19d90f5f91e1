//! The body schema of the profile route: first error only, with Ajv's words, and Ajv's coercion.
//!
//! Source: `docs/behaviour/update-own-basic-info.md` section 1.2, `docs/behaviour/http-api.md` section 3.3. Values are looked at
//! one level at a time and stay unparsed below, so that no depth of nesting can exhaust the stack.

use super::body::Body;
use super::json::{self, Object};
use super::schema::{SchemaError, read_text, scalar};
use crate::profile::{Change, Sent};
use crate::release::Release;
use indexmap::IndexMap;
use secrecy::SecretString;
use serde_json::value::RawValue;

/// Reads a change from the body.
///
/// # Errors
/// The first violation in Ajv's order.
pub fn parse(body: &Body, release: &Release) -> Result<Change, SchemaError> {
    let text = match body {
        Body::Json(text) => text,
        Body::Form(members) => return Err(form_error(members)),
        Body::Other => return Err(SchemaError::NoData),
    };
    let value: &RawValue = serde_json::from_str(text).map_err(|_| SchemaError::NoData)?;
    let body = match value.get().as_bytes().first() {
        Some(b'{') => object(value)?,
        Some(b'[') => return Err(SchemaError::NotAnObject),
        _ => return Err(scalar(release.scalar_body, SchemaError::NoData)),
    };

    let data = body.get("data").ok_or(SchemaError::NoData)?;
    if body.keys().any(|key| key != "data" && key != "customFields") {
        return Err(SchemaError::UnknownKey);
    }
    let data = object(data)?;
    let (mut change, inner) = read_data(&data, release)?;
    for raw in inner.into_iter().chain(body.get("customFields").copied()) {
        if let Some(fields) = custom_fields(raw)? {
            change.custom_fields = fields;
        }
    }
    Ok(change)
}

/// A form's values are texts, so its `data` can never be an object.
fn form_error(members: &[(String, String)]) -> SchemaError {
    if !members.iter().any(|(key, _)| key == "data") {
        SchemaError::NoData
    } else if members.iter().any(|(key, _)| key != "data" && key != "customFields") {
        SchemaError::UnknownKey
    } else {
        SchemaError::NotAnObject
    }
}

fn object(raw: &RawValue) -> Result<Object<'_>, SchemaError> {
    json::object(raw).ok_or(SchemaError::NotAnObject)
}

fn read_data<'a>(
    data: &Object<'a>,
    release: &Release,
) -> Result<(Change, Option<&'a RawValue>), SchemaError> {
    const TEXTS: [&str; 9] = [
        "email",
        "name",
        "username",
        "nickname",
        "bio",
        "statusType",
        "statusText",
        "currentPassword",
        "newPassword",
    ];
    let known = |key: &str| TEXTS.contains(&key) || (release.custom_fields_in_data && key == "customFields");
    if !data.keys().all(|key| known(key)) {
        return Err(SchemaError::UnknownKey);
    }
    let text = |key| data.get(key).map_or(Ok(Sent::Absent), |raw| read_text(raw, release.body_types));
    let secret = |key| {
        let sent = text(key)?;
        Ok(sent.truthy().map(SecretString::from))
    };
    let change = Change {
        email: text("email")?,
        name: text("name")?,
        username: text("username")?,
        nickname: text("nickname")?,
        bio: text("bio")?,
        status_type: text("statusType")?,
        status_text: text("statusText")?,
        current_password: secret("currentPassword")?,
        new_password: secret("newPassword")?,
        custom_fields: IndexMap::new(),
    };
    Ok((change, data.get("customFields").copied()))
}

/// Ajv turns `""`, `0` and `false` into null, which stands for no custom fields.
fn custom_fields(raw: &RawValue) -> Result<Option<IndexMap<String, Box<RawValue>>>, SchemaError> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'{') => {
            let fields = object(raw)?;
            Ok(Some(fields.into_iter().map(|(key, value)| (key, value.to_owned())).collect()))
        }
        _ if matches!(json, "null" | "false" | r#""""#) || json.parse() == Ok(0.0) => Ok(None),
        _ => Err(SchemaError::NotAnObject),
    }
}

#[cfg(test)]
mod tests;
