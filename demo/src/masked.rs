//! What is shown of documents and bodies: secrets replaced, the rest short enough to read.

use mongodb::bson::Bson;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Whatever stands below one of these names is not shown.
const SECRETS: [&str; 17] = [
    "currentPassword",
    "newPassword",
    "bcrypt",
    "passwordHistory",
    "token",
    "hashedToken",
    "twoFactorAuthorizedHash",
    "secret",
    "tempSecret",
    "hashedBackup",
    "accessToken",
    "private_key",
    "password",
    "authToken",
    "url",
    "code",
    "codes",
];
const ELEMENTS: usize = 3;
const CHARACTERS: usize = 80;
const LINES: usize = 45;
/// What fits into a line of this length is not spread over several.
const WIDTH: usize = 90;
const INDENT: usize = 2;

/// JSON for reading: masked, and as short as it can be while it is understood.
pub fn json(value: &Value) -> String {
    let mut text = String::new();
    lay_out(&masked(value, false), 0, &mut text);
    let all: Vec<&str> = text.lines().collect();
    if all.len() <= LINES {
        return text;
    }
    let more = all.len() - LINES;
    format!("{}\n  … {more} more lines", all[..LINES].join("\n"))
}

fn lay_out(value: &Value, depth: usize, text: &mut String) {
    let compact = value.to_string();
    let room = WIDTH.saturating_sub(depth * INDENT);
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) if compact.chars().count() > room => {
            let key = |name: &String| format!("{}: ", Value::from(name.as_str()));
            fields.iter().map(|(name, value)| (key(name), value)).collect()
        }
        Value::Array(elements) if compact.chars().count() > room => {
            elements.iter().map(|value| (String::new(), value)).collect()
        }
        _ => {
            text.push_str(&compact);
            return;
        }
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (index, (key, value)) in parts.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat((depth + 1) * INDENT));
        text.push_str(key);
        lay_out(value, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth * INDENT));
    text.push(close);
}

/// The value of a request header.
pub fn header(name: &str, value: &str) -> String {
    if name == "x-2fa-code" { hidden(value) } else { value.to_owned() }
}

/// One stored value of the field at `path`.
pub fn stored(path: &str, value: &Bson) -> String {
    if path.split(['.', '[']).any(is_secret) {
        return hidden(value.as_str().unwrap_or(&value.to_string()));
    }
    match value {
        Bson::String(text) => format!("{:?}", short(text)),
        Bson::DateTime(date) => date.try_to_rfc3339_string().unwrap_or_else(|_| date.to_string()),
        other => other.to_string(),
    }
}

fn masked(value: &Value, below_secret: bool) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), masked(value, below_secret || is_secret(name))))
            .collect(),
        Value::Array(elements) => {
            let mut shown: Vec<Value> =
                elements.iter().take(ELEMENTS).map(|value| masked(value, below_secret)).collect();
            if elements.len() > ELEMENTS {
                shown.push(format!("… {} more", elements.len() - ELEMENTS).into());
            }
            shown.into()
        }
        Value::String(text) if below_secret => hidden(text).into(),
        Value::String(text) => short(text).into(),
        other => other.clone(),
    }
}

/// Whether what stands below this name is not shown.
pub fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

/// Tells different secrets apart without telling them.
fn hidden(secret: &str) -> String {
    let digest = Sha256::digest(secret);
    format!("‹hidden {:02x}{:02x}›", digest[0], digest[1])
}

fn short(text: &str) -> String {
    let length = text.chars().count();
    if length <= CHARACTERS {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(CHARACTERS / 2).collect();
    format!("{beginning}… ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let shown = json(
            &serde_json::json!({ "a": { "hashedToken": "xyz" }, "passwordHistory": ["xyz"], "bio": "hi" }),
        );
        assert!(!shown.contains("xyz") && shown.contains("hi"), "{shown}");
        assert!(!stored("services.passwordHistory[0]", &"xyz".into()).contains("xyz"));
        assert!(!stored("services.resume.loginTokens[1].hashedToken", &"xyz".into()).contains("xyz"));
    }

    #[test]
    fn only_what_is_long_is_spread() {
        let long = "x".repeat(70);
        let value = serde_json::json!({ "a": { "b": 1 }, "c": [long, long] });
        let expected =
            format!("{{\n  \"a\": {{\"b\":1}},\n  \"c\": [\n    \"{long}\",\n    \"{long}\"\n  ]\n}}");
        assert_eq!(json(&value), expected);
    }
}
