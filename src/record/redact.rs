//! What of a request may be kept. Everything that is not known to be harmless is replaced.

use super::SecondFactor;
use super::stand_in::StandIns;
use serde_json::{Map, Value, json};

const CURRENT_PASSWORD: &str = "${current-password}";
const NEW_PASSWORD: &str = "${new-password}";
const CODE: &str = "${code}";
/// Of `statusType`; their names are in Rocket.Chat's source.
const STATUSES: [&str; 5] = ["", "online", "away", "busy", "offline"];
const METHODS: [&str; 3] = ["email", "totp", "password"];

/// The headers of a second factor.
pub fn headers(second_factor: &SecondFactor<'_>) -> Value {
    let mut headers = Map::new();
    if let Some(method) = second_factor.method {
        let known = METHODS.into_iter().find(|known| *known == method);
        headers.insert("x-2fa-method".to_owned(), known.unwrap_or("other").into());
    }
    if second_factor.code.is_some() {
        // The password's digest, where it is the method.
        let code = if second_factor.method == Some("password") { CURRENT_PASSWORD } else { CODE };
        headers.insert("x-2fa-code".to_owned(), code.into());
    }
    headers.into()
}

/// The body, with its keys as far as they are known.
pub fn body(stand_ins: &StandIns, body: Value, is_defined: &impl Fn(&str) -> bool) -> Value {
    let Value::Object(members) = body else { return nested(stand_ins, body) };
    let members = members.into_iter().map(|(key, value)| match (key.as_str(), value) {
        ("data", Value::Object(data)) => {
            let data = data.into_iter().map(|(key, value)| field(stand_ins, key, value, is_defined));
            (key, Value::Object(data.collect()))
        }
        ("customFields", value) => (key, custom_fields(stand_ins, value, is_defined)),
        ("data", value) => (key, nested(stand_ins, value)),
        (_, value) => (stand_ins.text(&key), nested(stand_ins, value)),
    });
    Value::Object(members.collect())
}

fn field(
    stand_ins: &StandIns,
    key: String,
    value: Value,
    is_defined: &impl Fn(&str) -> bool,
) -> (String, Value) {
    let redacted = match (key.as_str(), value) {
        ("customFields", value) => custom_fields(stand_ins, value, is_defined),
        ("currentPassword", value) => secret(CURRENT_PASSWORD, value),
        ("newPassword", value) => secret(NEW_PASSWORD, value),
        ("email", Value::String(text)) if text.contains('@') => {
            format!("${{address:{}}}", stand_ins.number(&text)).into()
        }
        ("statusType", Value::String(text)) if STATUSES.contains(&text.as_str()) => text.into(),
        ("email" | "name" | "username" | "nickname" | "bio" | "statusType" | "statusText", value) => {
            nested(stand_ins, value)
        }
        (_, value) => return (stand_ins.text(&key), nested(stand_ins, value)),
    };
    (key, redacted)
}

/// Not even the length of a password is kept, but whether there is one.
fn secret(stands_for_it: &str, value: Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => text.into(),
        Value::Null | Value::Bool(_) => value,
        _ => stands_for_it.into(),
    }
}

/// The names of fields that the workspace defines are its own; others may be anything.
fn custom_fields(stand_ins: &StandIns, value: Value, is_defined: &impl Fn(&str) -> bool) -> Value {
    let Value::Object(fields) = value else { return nested(stand_ins, value) };
    let fields = fields.into_iter().map(|(name, value)| {
        let name = if is_defined(&name) && !name.contains('$') { name } else { stand_ins.text(&name) };
        (name, nested(stand_ins, value))
    });
    Value::Object(fields.collect())
}

fn nested(stand_ins: &StandIns, value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::String(text) => stand_ins.text(&text).into(),
        Value::Number(number) if number.is_f64() => json!(1.5),
        Value::Number(_) => json!(1),
        Value::Array(items) => items.into_iter().map(|item| nested(stand_ins, item)).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(
                members.map(|(key, value)| (stand_ins.text(&key), nested(stand_ins, value))).collect(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_or_personal_is_left() {
        let sent = json!({
            "data": {
                "name": "Secretname", "username": "secretname", "bio": "secretname lives at secretname@example.org",
                "email": "secretname@example.org", "newPassword": "secretname1", "currentPassword": "secretname2",
                "statusType": "away", "statusText": "", "secretname": "secretname", "nickname": null,
            },
            "customFields": {"defined": "secretname", "secretname": [{"secretname": 4711}], "n": 0.25},
            "secretname": {"a": "secretname"},
        });
        let kept = body(&StandIns::new(), sent, &|name| name == "defined");
        let text = kept.to_string().to_lowercase();
        assert!(
            !text.contains("secretname") && !text.contains("4711") && !text.contains("example.org"),
            "{text}"
        );
        let data = &kept["data"];
        assert_eq!(data["currentPassword"], CURRENT_PASSWORD);
        assert_eq!(data["newPassword"], NEW_PASSWORD);
        assert_eq!((&data["statusType"], &data["statusText"]), (&json!("away"), &json!("")));
        assert!(data["email"].as_str().is_some_and(|text| text.starts_with("${address:")), "{data}");
        assert!(data["nickname"].is_null() && kept["customFields"]["defined"].is_string(), "{kept}");
    }

    #[test]
    fn odd_bodies_keep_their_form() {
        let redacted = |text: &str| {
            body(&StandIns::new(), serde_json::from_str(text).expect("JSON"), &|_| false).to_string()
        };
        for text in
            ["null", "true", "[]", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":{"newPassword":""}}"#]
        {
            assert_eq!(redacted(text), text);
        }
        assert_eq!(
            redacted(r#"{"data":{"newPassword":["x"],"bio":7}}"#),
            r#"{"data":{"newPassword":"${new-password}","bio":1}}"#
        );
        assert_eq!(redacted(r#"{"customFields":"abc"}"#).len(), r#"{"customFields":"abc"}"#.len());
    }

    #[test]
    fn of_a_second_factor_only_the_method_is_kept() {
        let kept = |method, code| headers(&SecondFactor { method, code }).to_string();
        assert_eq!(kept(None, None), "{}");
        assert_eq!(kept(Some("totp"), Some("123456")), r#"{"x-2fa-method":"totp","x-2fa-code":"${code}"}"#);
        assert_eq!(
            kept(Some("password"), Some("x")),
            r#"{"x-2fa-method":"password","x-2fa-code":"${current-password}"}"#
        );
        assert_eq!(kept(Some("secretname"), None), r#"{"x-2fa-method":"other"}"#);
    }
}
