//! A custom field's value: from JSON text to the BSON that Rocket.Chat's driver would store.

use crate::refusal::Refusal;
use bson::{Bson, Document};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// Reads the JSON text.
///
/// # Errors
/// A plain refusal when it is nested deeper than a document can be.
pub(super) fn parse(raw: &RawValue) -> Result<Value, Refusal> {
    // Its grammar was checked with the body: what is left are lone surrogates, which Node stores as U+FFFD,
    // depth, and numbers beyond the range of a double.
    let json = raw.get();
    serde_json::from_str(json)
        .or_else(|_| serde_json::from_str(&without_lone_surrogates(json)))
        .map(|Plain(value)| value)
        .map_err(|_| Refusal::plain("A custom field holds a value that cannot be stored"))
}

/// Any JSON value. serde_json's own reading of a `Value` parses the text behind one reserved key anew, to which
/// no limit of depth applies.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Plain, E> {
        Ok(Plain(flag.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Plain, E> {
        Ok(Plain(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Plain, E> {
        Ok(Plain(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Plain, E> {
        Ok(Plain(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
        Ok(Plain(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Plain, A::Error> {
        let mut list = Vec::new();
        while let Some(Plain(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Plain(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Plain, A::Error> {
        let mut object = Map::new();
        while let Some((key, Plain(value))) = fields.next_entry()? {
            object.insert(key, value);
        }
        Ok(Plain(Value::Object(object)))
    }
}

/// Valid JSON, in which each escape of a lone surrogate becomes that of U+FFFD.
fn without_lone_surrogates(json: &str) -> String {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut cleaned = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        cleaned.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        let is_lone = length == 6 && matches!(unit(rest), Some(0xD800..=0xDFFF));
        cleaned.push_str(if is_lone { "\\ufffd" } else { &rest[..length] });
        rest = &rest[length..];
    }
    cleaned.push_str(rest);
    cleaned
}

/// Never interprets extended JSON: `{"$oid": …}` stays an object with that key.
///
/// # Errors
/// A plain refusal for a key that BSON cannot hold.
pub(super) fn to_bson(value: &Value) -> Result<Bson, Refusal> {
    Ok(match value {
        Value::Null => Bson::Null,
        Value::Bool(flag) => Bson::Boolean(*flag),
        Value::Number(number) => to_number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(to_bson).collect::<Result<_, _>>()?),
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
fn to_number(number: f64) -> Bson {
    let is_negative_zero = number == 0.0 && number.is_sign_negative();
    let is_int32 = number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    if is_int32 && !is_negative_zero { Bson::Int32(number as i32) } else { Bson::Double(number) }
}
