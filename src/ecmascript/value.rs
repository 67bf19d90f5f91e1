//! Values as JavaScript has them, from JSON and from MongoDB, and what becomes of them where another type is wanted.

use super::number::{array_index, number_to_string, text_to_number};
use indexmap::IndexMap;
use std::hash::Hash;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Undefined,
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    /// Its keys are in JavaScript's order if it was made by [`Value::object`].
    Object(IndexMap<String, Value>),
}

impl Value {
    /// Keys like indexes of an array come first, by number; of a key that is repeated the first place and the last value
    /// count.
    #[must_use]
    pub fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
        let mut members: IndexMap<String, Value> = members.into_iter().collect();
        sort_keys(&mut members);
        Value::Object(members)
    }

    /// `value[key]` of an object; nothing of what every object inherits.
    #[must_use]
    pub fn get(&self, key: &str) -> &Value {
        match self {
            Value::Object(members) => members.get(key).unwrap_or(&Value::Undefined),
            _ => &Value::Undefined,
        }
    }

    /// `Boolean(value)`
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Undefined | Value::Null => false,
            Value::Boolean(flag) => *flag,
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
            Value::List(_) | Value::Object(_) => true,
        }
    }

    /// `Number(value)`
    #[must_use]
    pub fn to_number(&self) -> f64 {
        match self {
            Value::Undefined | Value::Object(_) => f64::NAN,
            Value::Null => 0.0,
            Value::Boolean(flag) => f64::from(u8::from(*flag)),
            Value::Number(number) => *number,
            Value::Text(text) => text_to_number(text),
            Value::List(_) => text_to_number(&self.to_text()),
        }
    }

    /// `String(value)`
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Value::Undefined => "undefined".to_owned(),
            Value::Null => "null".to_owned(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Number(number) => number_to_string(*number),
            Value::Text(text) => text.clone(),
            Value::List(items) => {
                let items = items.iter().map(|item| match item {
                    Value::Undefined | Value::Null => String::new(),
                    other => other.to_text(),
                });
                items.collect::<Vec<_>>().join(",")
            }
            Value::Object(_) => "[object Object]".to_owned(),
        }
    }

    /// `a === b` of values that have come by different ways: lists and objects are never the same.
    #[must_use]
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::List(_) | Value::Object(_), _) => false,
            (a, b) => a == b,
        }
    }
}

/// The order in which JavaScript walks over the members of an object.
pub fn sort_keys<K: AsRef<str> + Hash + Eq, V>(members: &mut IndexMap<K, V>) {
    let index = |key: &K| array_index(key.as_ref());
    if members.keys().any(|key| index(key).is_some()) {
        members.sort_by_cached_key(|key, _| index(key).unwrap_or(u32::MAX));
    }
}

impl From<Value> for serde_json::Value {
    /// As `JSON.stringify` writes it.
    fn from(value: Value) -> Self {
        match value {
            Value::Undefined | Value::Null => serde_json::Value::Null,
            Value::Boolean(flag) => flag.into(),
            Value::Number(number) => serde_json::from_str(&number_to_string(number)).unwrap_or_default(),
            Value::Text(text) => text.into(),
            Value::List(items) => items.into_iter().map(serde_json::Value::from).collect(),
            Value::Object(members) => serde_json::Value::Object(
                members.into_iter().map(|(key, value)| (key, value.into())).collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
