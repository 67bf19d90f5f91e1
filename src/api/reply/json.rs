//! BSON to JSON as Node writes it. Source: `docs/behaviour/user-document.md` section 6.

use crate::ecmascript;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::RawBinaryRef;
use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};
use bson::spec::BinarySubtype;
use chrono::DateTime;
use serde_json::Value;

/// Integers beyond ±2⁵³ are no JavaScript numbers.
const MAX_SAFE: u64 = 1 << 53;

/// A member of an object that is part stored, part computed.
pub enum Entry<'a> {
    Bson(RawBsonRef<'a>),
    Json(Value),
    /// JSON that is written already.
    Written(String),
}

fn write_document(out: &mut String, document: &RawDocument) -> Result<(), Error> {
    write_object(out, entries(document)?)
}

/// The members of a stored document.
pub fn entries(document: &RawDocument) -> Result<Vec<(&str, Entry<'_>)>, Error> {
    let entries = document.iter().map(|entry| {
        let (key, value) = entry?;
        Ok((key.as_str(), Entry::Bson(value)))
    });
    entries.collect()
}

pub fn write_object(out: &mut String, mut entries: Vec<(&str, Entry<'_>)>) -> Result<(), Error> {
    // JavaScript moves keys that look like array indexes to the front.
    let index = |key: &str| ecmascript::array_index(key);
    if entries.iter().any(|(key, _)| index(key).is_some()) {
        entries.sort_by_key(|(key, _)| index(key).unwrap_or(u32::MAX));
    }
    out.push('{');
    for (n, (key, entry)) in entries.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        match entry {
            Entry::Bson(value) => write_value(out, value)?,
            Entry::Json(value) => out.push_str(&value.to_string()),
            Entry::Written(json) => out.push_str(&json),
        }
    }
    out.push('}');
    Ok(())
}

fn write_array(out: &mut String, array: &RawArray) -> Result<(), Error> {
    out.push('[');
    for (n, value) in array.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_value(out, value?)?;
    }
    out.push(']');
    Ok(())
}

pub fn write_value(out: &mut String, value: RawBsonRef<'_>) -> Result<(), Error> {
    match value {
        RawBsonRef::Document(document) => write_document(out, document)?,
        RawBsonRef::Array(array) => write_array(out, array)?,
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => write_text(out, text),
        RawBsonRef::Boolean(flag) => out.push_str(if flag { "true" } else { "false" }),
        RawBsonRef::Null | RawBsonRef::Undefined => out.push_str("null"),
        RawBsonRef::Int32(number) => out.push_str(&number.to_string()),
        RawBsonRef::Int64(number) => write_int64(out, number),
        RawBsonRef::Double(number) => write_double(out, number),
        RawBsonRef::DateTime(date) => match DateTime::from_timestamp_millis(date.timestamp_millis()) {
            Some(date) => write_text(out, &ecmascript::iso(date)),
            None => out.push_str("null"),
        },
        RawBsonRef::ObjectId(id) => write_text(out, &id.to_hex()),
        RawBsonRef::Decimal128(number) => {
            out.push_str(r#"{"$numberDecimal":"#);
            write_text(out, &number.to_string());
            out.push('}');
        }
        RawBsonRef::Binary(binary) => write_text(out, &binary_text(&binary)),
        RawBsonRef::Timestamp(timestamp) => {
            let number = (u64::from(timestamp.time) << 32) | u64::from(timestamp.increment);
            out.push_str(&format!(r#"{{"$timestamp":"{number}"}}"#));
        }
        RawBsonRef::JavaScriptCode(code) => {
            out.push_str(r#"{"code":"#);
            write_text(out, code);
            out.push('}');
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            out.push_str(r#"{"code":"#);
            write_text(out, code.code);
            out.push_str(r#","scope":"#);
            write_document(out, code.scope)?;
            out.push('}');
        }
        RawBsonRef::RegularExpression(_)
        | RawBsonRef::DbPointer(_)
        | RawBsonRef::MaxKey
        | RawBsonRef::MinKey => {
            out.push_str("{}");
        }
    }
    Ok(())
}

/// JSON's escapes are the same in JavaScript and here.
pub fn write_text(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn write_double(out: &mut String, number: f64) {
    if number.is_finite() {
        out.push_str(&ecmascript::number_to_string(number));
    } else {
        out.push_str("null");
    }
}

fn write_int64(out: &mut String, number: i64) {
    if number.unsigned_abs() <= MAX_SAFE {
        out.push_str(&number.to_string());
    } else {
        let [b0, b1, b2, b3, b4, b5, b6, b7] = number.to_le_bytes();
        let low = i32::from_le_bytes([b0, b1, b2, b3]);
        let high = i32::from_le_bytes([b4, b5, b6, b7]);
        out.push_str(&format!(r#"{{"low":{low},"high":{high},"unsigned":false}}"#));
    }
}

fn binary_text(binary: &RawBinaryRef<'_>) -> String {
    let bytes = binary.bytes;
    if binary.subtype == BinarySubtype::Uuid && bytes.len() == 16 {
        let digits = hex::encode(bytes);
        let [a, b, c, d, e] = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        format!("{a}-{b}-{c}-{d}-{e}")
    } else {
        STANDARD.encode(bytes)
    }
}
