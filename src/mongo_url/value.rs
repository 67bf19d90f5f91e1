//! Values of options, read as Node's driver reads them: from the text of a connection string, or from JSON.

use serde_json::Value;

/// A boolean, or one of the words for it.
pub(super) fn flag(value: &Value) -> Option<bool> {
    const YES: [&str; 5] = ["true", "t", "1", "y", "yes"];
    const NO: [&str; 6] = ["false", "f", "0", "n", "no", "-1"];
    let text = text(value)?.to_lowercase();
    if YES.contains(&text.as_str()) { Some(true) } else { NO.contains(&text.as_str()).then_some(false) }
}

/// A whole number from 0 on: what begins a text, as `parseInt` reads it.
pub(super) fn number(value: &Value) -> Option<u64> {
    let text = text(value)?;
    let text = text.trim_start();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let end = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(digits.len());
    // `-0` is 0; more digits than fit are as good as the largest number.
    match &digits[..end] {
        "" => text.starts_with("-0").then_some(0),
        digits => Some(digits.parse().unwrap_or(u64::MAX)),
    }
}

/// As JavaScript's `String` makes it of anything that is neither an object nor an array.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
