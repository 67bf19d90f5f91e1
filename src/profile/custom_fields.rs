//! Custom fields: validation and saving. Source:
//! `docs/behaviour/update-own-basic-info.md` section 3.5.

mod value;

pub use value::{to_bson, to_number};

use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript::{self, Value};
use crate::refusal::Refusal;
use crate::release::UnknownCustomFields;
use crate::store::{Stored, UserUpdate};
use crate::workspace::{Definition, Field};
use bson::Document;
use indexmap::IndexMap;

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let sent = &input.change.custom_fields;
    if sent.is_empty() {
        return Ok(());
    }
    let fields = match &input.workspace.custom_fields {
        Definition::None => return Ok(()),
        Definition::InvalidJson => return Err(Refusal::custom_fields_json().into()),
        Definition::Null => {
            return Err(Refusal::plain("Cannot convert undefined or null to object").into());
        }
        Definition::Fields(fields) => fields,
    };
    // A value is read only where a field of that name is defined; others are dropped unread.
    let mut values = IndexMap::new();
    for (name, raw) in sent.iter().filter(|(name, _)| fields.contains_key(*name)) {
        values.insert(name.as_str(), value::parse(raw)?);
    }
    ecmascript::sort_keys(&mut values);
    for (name, field) in fields {
        validate(name, field, values.get(name.as_str()))?;
    }
    if values.is_empty() {
        match input.workspace.release.unknown_custom_fields {
            UnknownCustomFields::Ignored => {}
            UnknownCustomFields::EmptyObject if input.caller.custom_fields_is_absent => {
                update.guard("customFields", Stored::Absent);
                update.set("customFields", Document::new());
            }
            UnknownCustomFields::EmptyObject => {}
            UnknownCustomFields::Refused => return Err(Refusal::plain("No changes to update").into()),
        }
    }
    save(&values, fields, update)
}

/// Every defined field is checked, whether it was sent or not.
fn validate(name: &str, field: &Field, value: Option<&Value>) -> Result<(), Refusal> {
    if field.is_null {
        return Err(Refusal::plain("Cannot read properties of null (reading 'required')"));
    }
    let text = value.filter(|value| value.is_truthy()).map(Value::to_text).unwrap_or_default();
    let text = ecmascript::trim(&text);
    if field.required && text.is_empty() {
        return Err(Refusal::custom_field(&format!("Field {name} is required")));
    }
    if field.is_select && !allows(&field.options, value.unwrap_or(&Value::Undefined))? {
        return Err(Refusal::custom_field(&format!("Value for field {name} is invalid")));
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths are compared as JavaScript numbers")]
    let length = ecmascript::length(text) as f64;
    let (max, min) = (&field.max_length, &field.min_length);
    if max.is_truthy() && length > max.to_number() {
        return Err(Refusal::custom_field(&format!("Max length of field {name} {}", max.to_text())));
    }
    if min.is_truthy() && length > 0.0 && length < min.to_number() {
        return Err(Refusal::custom_field(&format!("Min length of field {name} {}", min.to_text())));
    }
    Ok(())
}

/// `options.indexOf(value) !== -1`, which a list and a text have.
fn allows(options: &Value, value: &Value) -> Result<bool, Refusal> {
    match options {
        Value::List(options) => Ok(options.iter().any(|option| option.is_same(value))),
        Value::Text(options) => Ok(options.contains(&value.to_text())),
        Value::Undefined | Value::Null => Err(Refusal::plain(format!(
            "Cannot read properties of {} (reading 'indexOf')",
            options.to_text()
        ))),
        _ => Err(Refusal::plain("field.options.indexOf is not a function")),
    }
}

fn save(
    values: &IndexMap<&str, Value>,
    fields: &IndexMap<String, Field>,
    update: &mut UserUpdate,
) -> Result<(), NoPlan> {
    let mut saved = Document::new();
    for (name, value) in values {
        let value = value::to_bson(value)?;
        update.set(format!("customFields.{name}"), value.clone());
        if let Some(record) = fields.get(*name).and_then(|field| field.modify_record.as_ref()) {
            if record.is_array {
                update.add_to_set(&record.path, value.clone());
            } else {
                update.set(record.path.clone(), value.clone());
            }
        }
        saved.insert(*name, value);
    }
    update.subscription_custom_fields = Some(saved);
    Ok(())
}

#[cfg(test)]
mod tests;
