//! The body of `users.setPreferences`: Ajv's words, order and coercion, then what Meteor's `check` says of null. Source:
//! `docs/behaviour/own-account.md` section 3.1.

use super::body::Body;
use super::json;
use super::preference_schema::{Kind, PREFERENCES, Preference};
use super::preference_value as value;
use super::schema::SchemaError;
use super::typed;
use crate::account::Preferences;
use crate::api::error::ApiError;
use crate::profile::Sent;
use crate::refusal::Refusal;
use crate::release::Release;
use bson::Bson;

/// What is wanted, and of whom, if somebody is named.
///
/// # Errors
/// The first violation of the schema; then a null where none may be.
pub fn parse(body: &Body, release: &Release) -> Result<(Preferences, Option<String>), ApiError> {
    let members = typed::object(body, Some("data"), &["userId", "data"], release)?;
    let user_id = match typed::nullable_text(&members, "userId", release)? {
        Sent::Text(id) => Some(id).filter(|id| !id.is_empty()),
        Sent::Absent | Sent::Null => None,
    };
    let data = members.get("data").and_then(|raw| json::object(raw)).ok_or(SchemaError::NotAnObject)?;
    let known = |key: &str| PREFERENCES.iter().find(|known| known.is_there(release) && known.name == key);
    if data.keys().any(|key| known(key).is_none()) {
        return Err(SchemaError::UnknownKey.into());
    }
    let mut values = Vec::new();
    // In the schema's order, which is that of its errors.
    for preference in PREFERENCES.iter().filter(|preference| preference.is_there(release)) {
        if let Some(raw) = data.get(preference.name) {
            values.push((preference, value::read(raw, preference.kind, release.body_types)?));
        }
    }
    values.sort_by_key(|(preference, _)| data.get_index_of(preference.name));
    if let Some((preference, _)) =
        values.iter().find(|(known, value)| *value == Bson::Null && !known.nullable)
    {
        return Err(null_refused(preference).into());
    }
    let preferences = values.into_iter().map(|(preference, value)| (preference.name, value)).collect();
    Ok((Preferences(preferences), user_id))
}

fn null_refused(preference: &Preference) -> Refusal {
    let kind = match preference.kind {
        Kind::Text | Kind::OneOf(_) => "string",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Texts | Kind::Objects(_) => "array",
    };
    Refusal::plain(format!("Match error: Expected {kind}, got null in field {}", preference.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;

    fn read(data: &str) -> String {
        let body = Body::Json(format!(r#"{{"data":{data}}}"#));
        match parse(&body, &Release::at(Version::EIGHT)) {
            Ok((preferences, _)) => {
                let shown = preferences.0.into_iter().map(|(name, value)| format!("{name}={value}"));
                shown.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn values_are_coerced_and_refused_as_ajv_does() {
        for (data, expected) in [
            (
                r#"{"useEmojis":"true","hideRoles":0,"unreadAlert":1}"#,
                "useEmojis=true hideRoles=false unreadAlert=true",
            ),
            (r#"{"clockMode":"2","idleTimeLimit":true}"#, "clockMode=2 idleTimeLimit=1"),
            (r#"{"language":5}"#, r#"language="5""#),
            (r#"{"useEmojis":"yes"}"#, "must be boolean"),
            (r#"{"clockMode":"x"}"#, "must be number"),
            (r#"{"highlights":"a"}"#, "must be array"),
            (r#"{"highlights":["a",null,5]}"#, r#"highlights=["a", "", "5"]"#),
            (r#"{"alsoSendThreadToChannel":"x"}"#, "must be equal to one of the allowed values"),
            (r#"{"alsoSendThreadToChannel":null}"#, "must be equal to one of the allowed values"),
            (r#"{"id":"x"}"#, "must NOT have additional properties"),
            (r#"{"language":null}"#, "Match error: Expected string, got null in field language"),
            (r#"{"useEmojis":""}"#, "Match error: Expected boolean, got null in field useEmojis"),
            (r#"{"clockMode":""}"#, "Match error: Expected number, got null in field clockMode"),
            (r#"{"highlights":null}"#, "Match error: Expected array, got null in field highlights"),
            (r#"{"showThreadsInMainChannel":null}"#, "showThreadsInMainChannel=null"),
            (
                r#"{"featuresPreview":[{"name":"a","value":"true","more":1}]}"#,
                r#"featuresPreview=[{ "name": "a", "value": true, "more": 1 }]"#,
            ),
            (r#"{"featuresPreview":["a"]}"#, "must be object"),
            (r#"{"dontAskAgainList":[{"action":{}}]}"#, "must be string"),
        ] {
            assert_eq!(read(data), expected, "{data}");
        }
    }
}
