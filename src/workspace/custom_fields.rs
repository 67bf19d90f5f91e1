//! The setting `Accounts_CustomFields`: JSON text, an object keyed by field name.

use crate::ecmascript::{self, Value};
use indexmap::IndexMap;

/// What the workspace defines.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// The setting is blank: custom fields are not saved at all.
    None,
    /// The setting is not JSON.
    InvalidJson,
    /// The setting is the JSON text `null`, which has no fields to walk over.
    Null,
    /// In the order in which JavaScript walks over them.
    Fields(IndexMap<String, Field>),
}

/// The definition of one field. Its rules are read only when a value is checked, from whatever stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The field is the JSON value `null`, of which JavaScript cannot read a rule.
    pub is_null: bool,
    pub required: bool,
    pub is_select: bool,
    /// What a select field allows: a list of values, or a text in which the value occurs.
    pub options: Value,
    /// In UTF-16 units.
    pub min_length: Value,
    pub max_length: Value,
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
        let defined: IndexMap<String, Field> = match ecmascript::parse_json(setting) {
            None => return Definition::InvalidJson,
            Some(Value::Null) => return Definition::Null,
            Some(Value::Object(fields)) => {
                fields.iter().map(|(name, field)| (name.clone(), Field::read(field))).collect()
            }
            // The fields of a list, and of a text, are named by their places.
            Some(Value::List(fields)) => fields
                .iter()
                .enumerate()
                .map(|(place, field)| (place.to_string(), Field::read(field)))
                .collect(),
            Some(Value::Text(text)) => (0..ecmascript::length(&text))
                .map(|place| (place.to_string(), Field::read(&Value::Undefined)))
                .collect(),
            Some(_) => IndexMap::new(),
        };
        Definition::Fields(defined)
    }
}

impl Field {
    fn read(field: &Value) -> Field {
        let record = field.get("modifyRecordField");
        Field {
            is_null: *field == Value::Null,
            required: field.get("required").is_truthy(),
            is_select: *field.get("type") == Value::Text("select".to_owned()),
            options: field.get("options").clone(),
            min_length: field.get("minLength").clone(),
            max_length: field.get("maxLength").clone(),
            modify_record: match record.get("field") {
                Value::Text(path) if !path.is_empty() => {
                    Some(ModifyRecord { path: path.clone(), is_array: record.get("array").is_truthy() })
                }
                _ => None,
            },
        }
    }
}
