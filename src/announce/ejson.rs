//! BSON to EJSON, the JSON with types of Meteor and its serializers: dates and binary data are objects with one key
//! that begins with `$`; a stored object that only looks like one is escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::error::Error;
use bson::raw::{RawBsonRef, RawDocument};
use serde_json::{Map, Value, json};

/// # Errors
/// When the document is broken BSON.
pub fn object(document: &RawDocument) -> Result<Map<String, Value>, Error> {
    let members = document.iter().filter_map(|entry| match entry {
        Ok((_, RawBsonRef::Undefined)) => None,
        Ok((key, member)) => Some(value(member).map(|member| (key.as_str().to_owned(), member))),
        Err(error) => Some(Err(error)),
    });
    members.collect()
}

/// # Errors
/// When the value is broken BSON.
pub fn value(value: RawBsonRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        RawBsonRef::Document(document) => {
            let members = object(document)?;
            if looks_like_a_type(&members) { json!({"$escape": members}) } else { Value::Object(members) }
        }
        RawBsonRef::Array(array) => {
            array.into_iter().map(|item| self::value(item?)).collect::<Result<Value, Error>>()?
        }
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => text.into(),
        RawBsonRef::Boolean(flag) => flag.into(),
        RawBsonRef::Int32(number) => number.into(),
        RawBsonRef::Int64(number) => number.into(),
        RawBsonRef::Double(number) => double(number),
        RawBsonRef::DateTime(date) => json!({"$date": date.timestamp_millis()}),
        RawBsonRef::Binary(binary) => json!({"$binary": STANDARD.encode(binary.bytes)}),
        RawBsonRef::ObjectId(id) => id.to_hex().into(),
        // EJSON has no type for it, and who reads an unknown one throws the whole event away.
        RawBsonRef::Decimal128(number) => number.to_string().into(),
        // No document that is announced holds any of the rest.
        _ => Value::Null,
    })
}

fn double(number: f64) -> Value {
    if number.is_nan() {
        json!({"$InfNaN": 0})
    } else if number.is_infinite() {
        json!({"$InfNaN": if number > 0.0 { 1 } else { -1 }})
    } else {
        number.into()
    }
}

fn looks_like_a_type(members: &Map<String, Value>) -> bool {
    let has = |key| members.contains_key(key);
    match members.len() {
        1 => ["$date", "$InfNaN", "$binary", "$escape"].into_iter().any(has),
        2 => has("$type") && has("$value") || has("$regexp") && has("$flags"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Binary, Bson, DateTime, RawDocumentBuf, doc, spec::BinarySubtype};

    #[test]
    fn types_are_objects_and_what_looks_like_one_is_escaped() {
        let stored = doc! {
            "at": DateTime::from_millis(-5), "list": [DateTime::from_millis(7), 1_i64, 1.5, Bson::Null],
            "data": Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 255] },
            "nan": f64::NAN, "most": f64::INFINITY, "least": f64::NEG_INFINITY, "gone": Bson::Undefined,
            "fake": {"$date": 5}, "nested": {"$escape": {"$binary": "x"}}, "more": {"$date": 5, "a": true},
            "decimal": Bson::Decimal128("1.50".parse().expect("a number")),
        };
        let ejson = object(&RawDocumentBuf::try_from(&stored).expect("BSON")).expect("whole");
        assert_eq!(
            Value::Object(ejson),
            json!({
                "at": {"$date": -5}, "list": [{"$date": 7}, 1, 1.5, null], "data": {"$binary": "AP8="},
                "nan": {"$InfNaN": 0}, "most": {"$InfNaN": 1}, "least": {"$InfNaN": -1},
                "fake": {"$escape": {"$date": 5}},
                "nested": {"$escape": {"$escape": {"$escape": {"$binary": "x"}}}},
                "more": {"$date": 5, "a": true}, "decimal": "1.50",
            })
        );
    }
}
