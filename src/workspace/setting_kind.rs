//! How a stored setting value, or the text of an environment variable, is read for each kind of setting.

use crate::ecmascript;
use bson::Bson;
use secrecy::SecretString;

/// A way of reading a setting. `read` never fails: a value of another type is read as JavaScript would.
pub trait Kind {
    type Value;

    /// What [`Kind::fits`] takes, in words.
    const EXPECTED: &'static str;

    fn read(value: &Bson) -> Self::Value;

    /// Whether Rocket.Chat itself would store such a value.
    fn fits(value: &Bson) -> bool;

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

    const EXPECTED: &'static str = "boolean";

    fn fits(value: &Bson) -> bool {
        matches!(value, Bson::Boolean(_)) || is_nothing(value)
    }

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

    const EXPECTED: &'static str = "boolean";

    fn fits(value: &Bson) -> bool {
        Truthy::fits(value)
    }

    fn read(value: &Bson) -> bool {
        *value == Bson::Boolean(true)
    }
}

/// A whole number; stored as int32, int64 or double. Anything else reads as 0.
pub struct Integer;

impl Kind for Integer {
    type Value = i64;

    const EXPECTED: &'static str = "number";

    /// Rocket.Chat's administration stores some numbers as the text of a form field.
    fn fits(value: &Bson) -> bool {
        match value {
            Bson::String(text) => ecmascript::trim(text).parse::<f64>().is_ok_and(f64::is_finite),
            other => number(other).is_some_and(f64::is_finite) || is_nothing(other),
        }
    }

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

    const EXPECTED: &'static str = "text";

    /// Numbers and booleans read as the text that they look like.
    fn fits(value: &Bson) -> bool {
        matches!(value, Bson::String(_) | Bson::Boolean(_)) || number(value).is_some() || is_nothing(value)
    }

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

    const EXPECTED: &'static str = Text::EXPECTED;

    fn fits(value: &Bson) -> bool {
        Text::fits(value)
    }

    fn read(value: &Bson) -> SecretString {
        Text::read(value).into()
    }

    /// Taken as it is: the password `TRUE` must not become a boolean.
    fn from_variable(text: &str) -> Option<SecretString> {
        Some(text.into())
    }
}

fn is_nothing(value: &Bson) -> bool {
    matches!(value, Bson::Null | Bson::Undefined)
}

/// The name of the value's type, and nothing of the value.
pub fn type_name(value: &Bson) -> &'static str {
    match value {
        Bson::Boolean(_) => "boolean",
        Bson::String(_) => "text",
        Bson::Document(_) => "object",
        Bson::Array(_) => "array",
        Bson::DateTime(_) => "date",
        other if number(other).is_some() => "number",
        other if is_nothing(other) => "null",
        _ => "another",
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
    fn what_rocket_chat_would_not_store_does_not_fit() {
        let object = Bson::Document(bson::Document::new());
        let text = |text: &str| Bson::String(text.to_owned());
        for fits in [Truthy::fits, ExactlyTrue::fits, Integer::fits, Text::fits, Secret::fits] {
            assert!(fits(&Bson::Null) && !fits(&object) && !fits(&Bson::Array(Vec::new())));
        }
        assert!(!Truthy::fits(&text("false")), "which counts as true");
        assert!(Integer::fits(&text(" 7 ")) && !Integer::fits(&text("")) && !Integer::fits(&text("NaN")));
        assert!(Text::fits(&Bson::Int32(25)) && !Integer::fits(&Bson::Boolean(true)));
        assert_eq!((type_name(&object), type_name(&Bson::Double(1.0))), ("object", "number"));
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
