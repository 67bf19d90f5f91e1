//! The setting `Accounts_CustomFields`: JSON text, an object keyed by field name.

use crate::ecmascript;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// What the workspace defines.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// The setting is blank: custom fields are not saved at all.
    None,
    /// The setting is not JSON.
    InvalidJson,
    Fields(IndexMap<String, Field>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub required: bool,
    pub is_select: bool,
    /// The allowed values of a select field.
    pub options: Option<Vec<Value>>,
    /// In UTF-16 units.
    pub min_length: Option<f64>,
    pub max_length: Option<f64>,
    pub modify_record: Option<ModifyRecord>,
}

/// `modifyRecordField`: the value goes to another field of the user's document as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifyRecord {
    pub path: String,
    pub is_array: bool,
}

impl Definition {
    #[must_use]
    pub fn parse(setting: &str) -> Definition {
        if ecmascript::trim(setting).is_empty() {
            return Definition::None;
        }
        match serde_json::from_str(setting) {
            Ok(Value::Object(fields)) => Definition::Fields(
                fields.iter().map(|(name, field)| (name.clone(), Field::read(field))).collect(),
            ),
            Ok(_) => Definition::Fields(IndexMap::new()),
            Err(_) => Definition::InvalidJson,
        }
    }
}

impl Field {
    fn read(field: &Value) -> Field {
        let empty = Map::new();
        let field = field.as_object().unwrap_or(&empty);
        let is_truthy = |key| field.get(key).is_some_and(ecmascript::is_truthy);
        Field {
            required: is_truthy("required"),
            is_select: field.get("type").is_some_and(|kind| kind == "select"),
            options: field.get("options").and_then(Value::as_array).cloned(),
            min_length: field.get("minLength").and_then(limit),
            max_length: field.get("maxLength").and_then(limit),
            modify_record: field.get("modifyRecordField").and_then(|record| {
                let path = record.get("field")?.as_str().filter(|path| !path.is_empty())?;
                Some(ModifyRecord {
                    path: path.to_owned(),
                    is_array: record.get("array").is_some_and(ecmascript::is_truthy),
                })
            }),
        }
    }
}

/// A limit may be a number or a text that holds one; 0 is no limit.
fn limit(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => ecmascript::trim(text).parse().ok(),
        _ => None,
    };
    number.filter(|number| *number != 0.0)
}
