//! How many names and values a body may hold and how deep they may be nested, counted in one pass over the bytes as they
//! come in: what is built from them later costs many times their size.

use super::schema::SchemaError;

/// Names and values of a body together. A form that fills every field has some thirty.
pub(super) const NAMES_AND_VALUES: usize = 2048;

/// What MongoDB documents as the deepest nesting of a document. A custom field is as deep in the body as in the stored
/// user.
pub(super) const LEVELS: usize = 100;

/// Counts a JSON text. What is no JSON is counted as far as it looks like it; the parser refuses it anyway.
#[derive(Debug, Default)]
pub struct JsonCount {
    place: Place,
    names_and_values: usize,
    levels: usize,
}

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    Between,
    Text,
    Escape,
    /// A number, `true`, `false` or `null`.
    Word,
}

impl JsonCount {
    /// Counts the next piece.
    ///
    /// # Errors
    /// [`SchemaError::TooMany`], [`SchemaError::TooDeep`].
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), SchemaError> {
        for byte in piece {
            self.place = match (self.place, byte) {
                (Place::Escape, _) => Place::Text,
                (Place::Text, b'\\') => Place::Escape,
                (Place::Text, b'"') => Place::Between,
                (Place::Text, _) => Place::Text,
                (_, b'"') => self.counted(Place::Text)?,
                (_, b'{' | b'[') => {
                    self.levels += 1;
                    if self.levels > LEVELS {
                        return Err(SchemaError::TooDeep);
                    }
                    self.counted(Place::Between)?
                }
                (_, b'}' | b']') => {
                    self.levels = self.levels.saturating_sub(1);
                    Place::Between
                }
                (_, b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') => Place::Between,
                (Place::Word, _) => Place::Word,
                (Place::Between, _) => self.counted(Place::Word)?,
            };
        }
        Ok(())
    }

    fn counted(&mut self, place: Place) -> Result<Place, SchemaError> {
        self.names_and_values += 1;
        if self.names_and_values > NAMES_AND_VALUES { Err(SchemaError::TooMany) } else { Ok(place) }
    }
}

/// Judges JSON that came as a text inside a body.
///
/// # Errors
/// As [`JsonCount::feed`].
pub fn judge_json(text: &str) -> Result<(), SchemaError> {
    JsonCount::default().feed(text.as_bytes())
}

/// Counts the pairs of a form.
#[derive(Debug, Default)]
pub struct FormCount {
    separators: usize,
}

impl FormCount {
    /// Counts the next piece.
    ///
    /// # Errors
    /// [`SchemaError::TooMany`].
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), SchemaError> {
        self.separators += piece.iter().filter(|byte| **byte == b'&').count();
        if self.separators < NAMES_AND_VALUES / 2 { Ok(()) } else { Err(SchemaError::TooMany) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn count(text: &str) -> JsonCount {
        let mut count = JsonCount::default();
        count.feed(text.as_bytes()).expect(text);
        count
    }

    #[test]
    fn exactly_so_many_names_and_values_pass_and_exactly_so_many_levels() {
        let list = |items: usize| format!("[{}]", vec!["{}"; items].join(","));
        assert_eq!(judge_json(&list(NAMES_AND_VALUES - 1)), Ok(()));
        assert_eq!(judge_json(&list(NAMES_AND_VALUES)), Err(SchemaError::TooMany));
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(judge_json(&nested(LEVELS)), Ok(()));
        assert_eq!(judge_json(&nested(LEVELS + 1)), Err(SchemaError::TooDeep));
        let form = |pairs: usize| FormCount::default().feed(vec!["a"; pairs].join("&").as_bytes());
        assert_eq!(form(NAMES_AND_VALUES / 2), Ok(()));
        assert_eq!(form(NAMES_AND_VALUES / 2 + 1), Err(SchemaError::TooMany));
    }

    #[test]
    fn what_stands_inside_a_text_is_not_counted() {
        let counted = count(r#"{"a\\":"[{,\"[","b":"\\\"{"}"#);
        assert_eq!((counted.names_and_values, counted.levels), (5, 0));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                proptest::collection::hash_map(any::<String>(), inner, 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn names_and_values(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(names_and_values).sum::<usize>(),
            Value::Object(fields) => {
                1 + fields.values().map(|value| 1 + names_and_values(value)).sum::<usize>()
            }
            _ => 1,
        }
    }

    proptest! {
        #[test]
        fn the_count_is_that_of_the_parser_however_the_text_is_cut(value in json(), cut in any::<prop::sample::Index>()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("JSON")] {
                let (begin, end) = text.as_bytes().split_at(cut.index(text.len()));
                let mut count = JsonCount::default();
                prop_assert!(count.feed(begin).is_ok() && count.feed(end).is_ok());
                prop_assert_eq!(count.names_and_values, names_and_values(&value));
                prop_assert_eq!(count.levels, 0);
            }
        }
    }
}
