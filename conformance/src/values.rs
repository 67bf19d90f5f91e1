//! What cases write as JSON and MongoDB stores as BSON.
//!
//! A whole number is an int32 where it fits and an int64 otherwise, one with a fraction or an exponent a double; a date
//! is `{"$date": "2020-01-01T00:00:00.000Z"}`, or `{"$date": "now-600s"}`. Everything else means what it says.

use anyhow::{Context, bail};
use mongodb::bson::{Bson, DateTime, Document};
use serde_json::Value;

/// Reads a JSON object of a case.
///
/// # Errors
/// It is no JSON, or no object.
pub fn document(text: &str) -> anyhow::Result<Document> {
    let value: Value = serde_json::from_str(text).with_context(|| format!("no JSON: {text}"))?;
    match bson(&value)? {
        Bson::Document(document) => Ok(document),
        _ => bail!("no object: {text}"),
    }
}

/// The BSON of a value of a case.
///
/// # Errors
/// A date that is none.
pub fn bson(value: &Value) -> anyhow::Result<Bson> {
    Ok(match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(*value),
        Value::String(text) => Bson::String(text.clone()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => i32::try_from(whole).map_or(Bson::Int64(whole), Bson::Int32),
            None => Bson::Double(number.as_f64().context("a number")?),
        },
        Value::Array(items) => Bson::Array(items.iter().map(bson).collect::<anyhow::Result<_>>()?),
        Value::Object(members) => match members.get("$date").and_then(Value::as_str) {
            Some(text) if members.len() == 1 => Bson::DateTime(date(text)?),
            _ => {
                let members = members.iter().map(|(key, value)| Ok((key.clone(), bson(value)?)));
                Bson::Document(members.collect::<anyhow::Result<_>>()?)
            }
        },
    })
}

fn date(text: &str) -> anyhow::Result<DateTime> {
    let Some(shift) = text.strip_prefix("now") else {
        return DateTime::parse_rfc3339_str(text).with_context(|| format!("no date: {text}"));
    };
    let seconds = shift.strip_suffix('s').unwrap_or("0").trim_start_matches('+').parse::<i64>();
    let seconds = seconds.with_context(|| format!("no date: {text}"))?;
    Ok(DateTime::from_millis(DateTime::now().timestamp_millis() + seconds * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::doc;

    #[test]
    fn numbers_and_dates_have_the_types_that_mongodb_stores() {
        let read = document(
            r#"{"a": 1, "b": 3000000000, "c": 1.0, "d": {"$date": "1970-01-01T00:00:01.000Z"}, "e": {"$oid": "x"}}"#,
        );
        let expected = doc! {
            "a": 1_i32, "b": 3_000_000_000_i64, "c": 1.0, "d": DateTime::from_millis(1000), "e": {"$oid": "x"},
        };
        assert_eq!(read.unwrap(), expected);
        let Bson::DateTime(later) = bson(&serde_json::json!({"$date": "now+60s"})).unwrap() else { panic!() };
        assert!((59_000..=60_000).contains(&(later.timestamp_millis() - DateTime::now().timestamp_millis())));
    }
}
