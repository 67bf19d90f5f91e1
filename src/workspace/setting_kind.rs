//! How a stored setting value, or the text of an environment variable, is read for each kind of setting.

use crate::ecmascript;
use bson::Bson;
use secrecy::SecretString;

/// A way of reading a setting. `read` never fails: a value of another type is read as JavaScript would.
pub trait Kind {
    type Value;

    fn read(value: &Bson) -> Self::Value;

    /// `None` where Rocket.Chat ignores the variable.
    fn from_variable(text: &str) -> Option<Self::Value> {
        Some(Self::read(&variable(text)))
    }
}

/// `true` and `false` in any letter case become booleans whatever the setting's type.
fn variable(text: &str) -> Bson {
    if text.eq_ignore_ascii_case("true") {
        Bson::Boolean(true)
    } else if text.eq_ignore_ascii_case("false") {
        Bson::Boolean(false)
    } else {
        Bson::String(text.to_owned())
    }
}

/// A boolean that the original tests for truthiness.
pub struct Truthy;

impl Kind for Truthy {
    type Value = bool;

    fn read(value: &Bson) -> bool {
        match value {
            Bson::Boolean(flag) => *flag,
            Bson::String(text) => !text.is_empty(),
            Bson::Null | Bson::Undefined => false,
            other => number(other).is_none_or(|n| n != 0.0 && !n.is_nan()),
        }
    }
}

/// A boolean that the original compares with `true`.
pub struct ExactlyTrue;

impl Kind for ExactlyTrue {
    type Value = bool;

    fn read(value: &Bson) -> bool {
        *value == Bson::Boolean(true)
    }
}

/// A whole number; stored as int32, int64 or double. What is no number reads as 0.
pub struct Integer;

impl Kind for Integer {
    type Value = i64;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a setting beyond the range of i64 is as good as its end"
    )]
    fn read(value: &Bson) -> i64 {
        let number = match value {
            Bson::String(text) => ecmascript::trim(text).parse().ok(),
            other => number(other),
        };
        number.filter(|n| !n.is_nan()).map_or(0, |n| n as i64)
    }

    fn from_variable(text: &str) -> Option<i64> {
        text.parse().ok()
    }
}

/// Text. What is neither text nor a boolean reads as empty.
pub struct Text;

impl Kind for Text {
    type Value = String;

    fn read(value: &Bson) -> String {
        match value {
            Bson::String(text) => text.clone(),
            Bson::Boolean(flag) => flag.to_string(),
            other => number(other).map(ecmascript::number_to_string).unwrap_or_default(),
        }
    }
}

/// Text that must not be shown.
pub struct Secret;

impl Kind for Secret {
    type Value = SecretString;

    fn read(value: &Bson) -> SecretString {
        Text::read(value).into()
    }

    /// As it is: a password of `TRUE` is no boolean.
    fn from_variable(text: &str) -> Option<SecretString> {
        Some(text.into())
    }
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript reads every number as a double")]
fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(n) => Some(f64::from(*n)),
        Bson::Int64(n) => Some(*n as f64),
        Bson::Double(n) => Some(*n),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_every_type_that_holds_them() {
        for value in [Bson::Int32(7), Bson::Int64(7), Bson::Double(7.0), Bson::String(" 7 ".to_owned())] {
            assert_eq!(Integer::read(&value), 7, "{value:?}");
        }
        assert_eq!(Integer::read(&Bson::Null), 0);
        assert_eq!(Integer::read(&Bson::String("many".to_owned())), 0);
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::read(&Bson::String("hunter2".to_owned()));
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "hunter2");
    }

    #[test]
    fn variables_are_converted_as_rocket_chat_does() {
        assert_eq!(Truthy::from_variable("FALSE"), Some(false));
        assert_eq!(ExactlyTrue::from_variable("True"), Some(true));
        assert_eq!(Integer::from_variable("12"), Some(12));
        assert_eq!(Integer::from_variable("12 days"), None);
        assert_eq!(Text::from_variable("true").as_deref(), Some("true"));
    }
}
