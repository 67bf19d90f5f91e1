//! How a stored setting value, or the text of an environment variable, is read for each kind of setting.

use crate::ecmascript::Value;
use bson::Bson;
use secrecy::SecretString;

/// A way of reading a setting. `read` never fails: a value of another type is read as JavaScript would.
pub trait Kind {
    type Value;

    /// What [`Kind::fits`] takes, in words.
    const EXPECTED: &'static str;

    fn read(value: &Value) -> Self::Value;

    /// Whether Rocket.Chat itself would store such a value.
    fn fits(value: &Value) -> bool;

    /// What a value that does not fit is taken for, in words that tell nothing of it.
    fn counts_as(value: &Value) -> &'static str;

    /// `None` where Rocket.Chat ignores the variable.
    fn from_variable(text: &str) -> Option<Self::Value> {
        Some(Self::read(&variable(text)))
    }
}

/// `true` and `false` in any letter case become booleans whatever the setting's type.
fn variable(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        Value::Boolean(true)
    } else if text.eq_ignore_ascii_case("false") {
        Value::Boolean(false)
    } else {
        Value::Text(text.to_owned())
    }
}

/// A boolean that the original tests for truthiness.
pub struct Truthy;

impl Kind for Truthy {
    type Value = bool;

    const EXPECTED: &'static str = "boolean";

    fn read(value: &Value) -> bool {
        value.is_truthy()
    }

    fn fits(value: &Value) -> bool {
        matches!(value, Value::Boolean(_) | Value::Null | Value::Undefined)
    }

    fn counts_as(value: &Value) -> &'static str {
        if Truthy::read(value) { "true" } else { "false" }
    }
}

/// A boolean that the original compares with `true`.
pub struct ExactlyTrue;

impl Kind for ExactlyTrue {
    type Value = bool;

    const EXPECTED: &'static str = Truthy::EXPECTED;

    fn read(value: &Value) -> bool {
        *value == Value::Boolean(true)
    }

    fn fits(value: &Value) -> bool {
        Truthy::fits(value)
    }

    fn counts_as(_: &Value) -> &'static str {
        "false"
    }
}

/// A number, with its fraction; NaN for what is none. A comparison with NaN is false, as in JavaScript.
pub struct Number;

impl Kind for Number {
    type Value = f64;

    const EXPECTED: &'static str = "number";

    fn read(value: &Value) -> f64 {
        value.to_number()
    }

    /// Rocket.Chat's administration stores some numbers as the text of a form field.
    fn fits(value: &Value) -> bool {
        match value {
            Value::Text(text) => !crate::ecmascript::trim(text).is_empty() && value.to_number().is_finite(),
            Value::Number(number) => number.is_finite(),
            other => matches!(other, Value::Null | Value::Undefined),
        }
    }

    fn counts_as(value: &Value) -> &'static str {
        if Number::read(value).is_nan() { "no number" } else { "the number that it looks like" }
    }

    /// A sign and digits, in the range in which JavaScript counts exactly.
    fn from_variable(text: &str) -> Option<f64> {
        const MAX_SAFE: u64 = (1 << 53) - 1;
        let whole: i64 = text.parse().ok()?;
        (whole.unsigned_abs() <= MAX_SAFE).then_some(Number::read(&Value::Text(text.to_owned())))
    }
}

/// A number of which the whole part counts: of seconds, steps, entries. What is no number reads as 0.
pub struct Integer;

impl Kind for Integer {
    type Value = i64;

    const EXPECTED: &'static str = Number::EXPECTED;

    fn read(value: &Value) -> i64 {
        whole_part(Number::read(value))
    }

    fn fits(value: &Value) -> bool {
        Number::fits(value)
    }

    fn counts_as(value: &Value) -> &'static str {
        Number::counts_as(value)
    }

    fn from_variable(text: &str) -> Option<i64> {
        Number::from_variable(text).map(whole_part)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "beyond the range of i64 a setting is as good as its end"
)]
fn whole_part(number: f64) -> i64 {
    number as i64
}

/// A number that the original writes into a pattern, as in `a{3,}`: what is not written with digits alone is text there,
/// and repeats nothing.
pub struct Repeats;

impl Kind for Repeats {
    type Value = Option<u64>;

    const EXPECTED: &'static str = Number::EXPECTED;

    fn read(value: &Value) -> Option<u64> {
        let digits = value.to_text();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(u64::MAX))
    }

    fn fits(value: &Value) -> bool {
        Number::fits(value)
    }

    fn counts_as(value: &Value) -> &'static str {
        Number::counts_as(value)
    }

    fn from_variable(text: &str) -> Option<Option<u64>> {
        Number::from_variable(text).map(|number| Repeats::read(&Value::Number(number)))
    }
}

/// Text. Null and objects, of which JavaScript makes `null` and `[object Object]`, read as empty.
pub struct Text;

impl Kind for Text {
    type Value = String;

    const EXPECTED: &'static str = "text";

    fn read(value: &Value) -> String {
        match value {
            Value::Undefined | Value::Null | Value::Object(_) => String::new(),
            other => other.to_text(),
        }
    }

    /// Numbers and booleans read as the text that they look like.
    fn fits(value: &Value) -> bool {
        !matches!(value, Value::List(_) | Value::Object(_))
    }

    fn counts_as(value: &Value) -> &'static str {
        if Text::read(value).is_empty() { "empty" } else { "its items with commas between" }
    }
}

/// Text that must not be shown.
pub struct Secret;

impl Kind for Secret {
    type Value = SecretString;

    const EXPECTED: &'static str = Text::EXPECTED;

    fn read(value: &Value) -> SecretString {
        Text::read(value).into()
    }

    fn fits(value: &Value) -> bool {
        Text::fits(value)
    }

    fn counts_as(value: &Value) -> &'static str {
        Text::counts_as(value)
    }

    /// Taken as it is: the password `TRUE` must not become a boolean.
    fn from_variable(text: &str) -> Option<SecretString> {
        Some(text.into())
    }
}

/// The value that MongoDB's driver for Node.js gives to JavaScript. Of what an object holds nothing is read.
#[expect(clippy::cast_precision_loss, reason = "JavaScript reads every number as a double")]
pub fn to_javascript(value: &Bson) -> Value {
    match value {
        Bson::Undefined => Value::Undefined,
        Bson::Null => Value::Null,
        Bson::Boolean(flag) => Value::Boolean(*flag),
        Bson::Int32(number) => Value::Number(f64::from(*number)),
        Bson::Int64(number) => Value::Number(*number as f64),
        Bson::Double(number) => Value::Number(*number),
        // An object whose text, and so whose number, is that of its digits.
        Bson::Decimal128(number) => Value::Text(number.to_string()),
        Bson::String(text) | Bson::Symbol(text) => Value::Text(text.clone()),
        Bson::Array(items) => Value::List(items.iter().map(to_javascript).collect()),
        _ => Value::object([]),
    }
}

/// The name of the value's type, and nothing of the value.
pub fn type_name(value: &Bson) -> &'static str {
    match (value, to_javascript(value)) {
        (Bson::DateTime(_), _) => "date",
        (Bson::Document(_), _) => "object",
        (_, Value::Boolean(_)) => "boolean",
        (_, Value::Number(_)) => "number",
        (_, Value::Text(_)) => "text",
        (_, Value::List(_)) => "array",
        (_, Value::Undefined | Value::Null) => "null",
        (_, Value::Object(_)) => "another",
    }
}

#[cfg(test)]
mod tests;
