//! A body as the service takes it: values of another type than the schema's are what Ajv makes of them, which Rocket.Chat checks
//! with, and the field `payload` may hold the whole body (up to 7.6).

use crate::document::{escaped, resolve};
use serde_json::Value;

/// The body that the field `payload` holds, if it does.
pub fn unwrapped(body: Value) -> Value {
    let payload = body.get("payload").and_then(Value::as_str);
    payload.and_then(|payload| serde_json::from_str(payload).ok()).unwrap_or(body)
}

/// What becomes of the value at a schema of the document.
pub fn coerced(document: &Value, pointer: &str, value: Value) -> Value {
    let Some((pointer, schema)) = resolve(document, pointer) else { return value };
    let forms = schema["anyOf"].as_array().map_or(0, Vec::len);
    let forms: Vec<String> = (0..forms).map(|at| format!("{pointer}/anyOf/{at}")).collect();
    let value = as_one_of(document, &forms, value);
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, member)| {
                let place = format!("{pointer}/properties/{}", escaped(&name));
                let member = coerced(document, &place, member);
                (name, member)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            let place = format!("{pointer}/items");
            Value::Array(items.into_iter().map(|item| coerced(document, &place, item)).collect())
        }
        scalar if is_of(schema, &scalar) => scalar,
        scalar => types(schema).find_map(|kind| scalar_as(kind, &scalar)).unwrap_or(scalar),
    }
}

/// The form that takes the value as it is, or else the first that takes it at all.
fn as_one_of(document: &Value, forms: &[String], value: Value) -> Value {
    let fits = |form: &&String| resolve(document, form).is_some_and(|(_, schema)| is_of(schema, &value));
    if let Some(form) = forms.iter().find(fits) {
        return coerced(document, form, value);
    }
    let made = forms.iter().map(|form| coerced(document, form, value.clone())).find(|made| *made != value);
    made.unwrap_or(value)
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let one = schema["type"].as_str().into_iter();
    one.chain(schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Whether the value is of the schema's type; any is where it names none.
fn is_of(schema: &Value, value: &Value) -> bool {
    let is = |kind: &str| match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || (kind == "integer" && number.is_i64()),
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
    };
    types(schema).next().is_none() || types(schema).any(is)
}

fn scalar_as(kind: &str, value: &Value) -> Option<Value> {
    match (kind, value) {
        ("string", Value::Number(_) | Value::Bool(_)) => Some(value.to_string().into()),
        ("string", Value::Null) => Some("".into()),
        ("number" | "integer", Value::Bool(flag)) => Some(u8::from(*flag).into()),
        ("number" | "integer", Value::String(text)) => text.parse::<f64>().ok().map(Value::from),
        ("boolean", Value::Null) => Some(false.into()),
        ("boolean", Value::Number(_) | Value::String(_)) => match value.to_string().trim_matches('"') {
            "1" | "true" => Some(true.into()),
            "0" | "false" => Some(false.into()),
            _ => None,
        },
        ("null", Value::Bool(false)) => Some(Value::Null),
        ("null", Value::String(text)) if text.is_empty() => Some(Value::Null),
        ("null", Value::Number(number)) if number.as_f64() == Some(0.0) => Some(Value::Null),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_becomes_what_ajv_makes_of_it() {
        let document = json!({
            "text": {"type": ["string", "null"]}, "flag": {"type": ["boolean", "null"]}, "number": {"type": "number"},
            "fields": {"anyOf": [{"$ref": "#/any"}, {"type": "null"}]}, "any": {"type": "object"},
            "all": {"anyOf": [{"required": ["texts"]}], "properties": {"texts": {"type": "array", "items": {"$ref": "#/text"}}}},
        });
        for (place, sent, taken) in [
            ("text", json!(5), json!("5")),
            ("text", json!(true), json!("true")),
            ("text", json!(null), json!(null)),
            ("text", json!({}), json!({})),
            ("flag", json!("true"), json!(true)),
            ("flag", json!(0), json!(false)),
            ("flag", json!("yes"), json!("yes")),
            ("number", json!("2"), json!(2.0)),
            ("fields", json!(false), json!(null)),
            ("fields", json!({"a": 1}), json!({"a": 1})),
            ("fields", json!(5), json!(5)),
            ("all", json!({"texts": [1, "a"], "other": 1}), json!({"texts": ["1", "a"], "other": 1})),
        ] {
            assert_eq!(coerced(&document, &format!("/{place}"), sent.clone()), taken, "{place}: {sent}");
        }
    }
}
