//! Custom fields: validation and saving. Source:
//! `docs/behaviour/update-own-basic-info.md` section 3.5.

mod value;

use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::release::UnknownCustomFields;
use crate::store::{Stored, UserUpdate};
use crate::workspace::{Definition, Field};
use bson::Document;
use indexmap::IndexMap;
use serde_json::Value;

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let sent = &input.change.custom_fields;
    if sent.is_empty() {
        return Ok(());
    }
    let fields = match &input.workspace.custom_fields {
        Definition::None => return Ok(()),
        Definition::InvalidJson => return Err(Refusal::custom_fields_json().into()),
        Definition::Fields(fields) => fields,
    };
    // A value is read only where a field of that name is defined; others are dropped unread.
    let mut values = IndexMap::new();
    for (name, raw) in sent.iter().filter(|(name, _)| fields.contains_key(*name)) {
        values.insert(name.as_str(), value::parse(raw)?);
    }
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
    let text =
        value.filter(|value| ecmascript::is_truthy(value)).map(ecmascript::to_string).unwrap_or_default();
    let text = ecmascript::trim(&text);
    if field.required && text.is_empty() {
        return Err(Refusal::custom_field(&format!("Field {name} is required")));
    }
    if field.is_select {
        let options = field
            .options
            .as_ref()
            .ok_or_else(|| Refusal::plain("Cannot read properties of undefined (reading 'indexOf')"))?;
        if !value.is_some_and(|value| options.iter().any(|option| ecmascript::is_same(option, value))) {
            return Err(Refusal::custom_field(&format!("Value for field {name} is invalid")));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths are compared as JavaScript numbers")]
    let length = ecmascript::length(text) as f64;
    if let Some(max) = field.max_length
        && length > max
    {
        let max = ecmascript::number_to_string(max);
        return Err(Refusal::custom_field(&format!("Max length of field {name} {max}")));
    }
    if let Some(min) = field.min_length
        && length > 0.0
        && length < min
    {
        let min = ecmascript::number_to_string(min);
        return Err(Refusal::custom_field(&format!("Min length of field {name} {min}")));
    }
    Ok(())
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
