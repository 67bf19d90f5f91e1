//! A custom field's value: from JSON text to the BSON that Rocket.Chat's driver would store.

use crate::ecmascript::{self, Value};
use crate::refusal::Refusal;
use bson::{Bson, Document};
use serde_json::value::RawValue;

/// Reads the JSON text.
///
/// # Errors
/// A plain refusal when it is nested deeper than a document can be.
pub(super) fn parse(raw: &RawValue) -> Result<Value, Refusal> {
    // Its grammar was checked with the body: only depth is left.
    let deep = || Refusal::plain("A custom field holds a value that cannot be stored");
    ecmascript::parse_json(raw.get()).ok_or_else(deep)
}

/// Never interprets extended JSON: `{"$oid": …}` stays an object with that key.
///
/// # Errors
/// A plain refusal for a key that BSON cannot hold.
pub fn to_bson(value: &Value) -> Result<Bson, Refusal> {
    Ok(match value {
        Value::Undefined | Value::Null => Bson::Null,
        Value::Boolean(flag) => Bson::Boolean(*flag),
        Value::Number(number) => to_number(*number),
        Value::Text(text) => Bson::String(text.clone()),
        Value::List(items) => Bson::Array(items.iter().map(to_bson).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            let mut document = Document::new();
            for (key, value) in fields {
                if key.contains('\0') {
                    return Err(Refusal::plain(format!("key {key} must not contain null bytes")));
                }
                document.insert(key, to_bson(value)?);
            }
            Bson::Document(document)
        }
    })
}

/// The Node driver stores whole numbers in the range of int32 as int32, all others as double.
#[expect(clippy::cast_possible_truncation, reason = "checked: the number is whole and in range")]
#[must_use]
pub fn to_number(number: f64) -> Bson {
    let is_negative_zero = number == 0.0 && number.is_sign_negative();
    let is_int32 = number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    if is_int32 && !is_negative_zero { Bson::Int32(number as i32) } else { Bson::Double(number) }
}
