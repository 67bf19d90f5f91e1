//! What changed in a user's document: every path of it, with its BSON type. What is not expected must not change.

use std::collections::BTreeMap;

use anyhow::Context;
use mongodb::bson::{Bson, DateTime, Document};
use serde_json::Value;

use super::json::ABSENT;
use super::text;
use crate::person;
use crate::values;

/// How far a date that was just written may lie from now, in ms.
const NEAR: i64 = 60_000;

/// Leaves of the document by dotted path; an empty document or list is a leaf.
type Leaves = BTreeMap<String, Bson>;

/// What is not as expected; `expected` is a JSON object of changes by dotted path. `(absent)` is a path that went away,
/// and `PATH.*` means all below it: `(absent)`, or `(any)` where it does not matter.
///
/// # Errors
/// The expectation is no JSON object.
pub fn changes(before: &Document, after: &Document, expected: &str) -> anyhow::Result<Vec<String>> {
    let expected: Value = serde_json::from_str(expected).context("stored: no JSON")?;
    let expected = expected.as_object().context("stored: no object")?;
    let (before, after) = (leaves(before), leaves(after));
    let mut changed: BTreeMap<String, Option<&Bson>> = BTreeMap::new();
    for (path, value) in &after {
        if before.get(path).is_none_or(|old| !is_same(old, value)) {
            changed.insert(path.clone(), Some(value));
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        changed.insert(path.clone(), None);
    }
    let mut faults = Vec::new();
    for (path, pattern) in expected {
        if let Some(prefix) = path.strip_suffix('*') {
            let below: Vec<String> =
                changed.keys().filter(|path| path.starts_with(prefix)).cloned().collect();
            let gone = below
                .iter()
                .filter(|path| changed.remove(path.as_str()).is_some_and(|value| value.is_none()))
                .count();
            if pattern == ABSENT && (gone == 0 || gone < below.len()) {
                faults.push(format!("stored: not all of {path} went away"));
            }
            continue;
        }
        let mut wanted = BTreeMap::new();
        flatten_pattern(path, pattern, &mut wanted)?;
        for (path, pattern) in wanted {
            match changed.remove(&path) {
                None => faults.push(format!("stored: {path} did not change to {pattern}")),
                Some(None) if pattern == Bson::from(ABSENT) => {}
                Some(found) if !found.is_some_and(|found| is_as(&pattern, found)) => {
                    faults.push(format!(
                        "stored: {path} is {} instead of {}",
                        shown(found),
                        shown(Some(&pattern))
                    ));
                }
                Some(_) => {}
            }
        }
    }
    faults.extend(changed.iter().map(|(path, value)| format!("stored: {path} became {}", shown(*value))));
    Ok(faults)
}

/// Whether places of a document are as the object says, by dotted path.
///
/// # Errors
/// A date of the expectation is none.
pub fn at_paths(
    place: &str,
    patterns: &serde_json::Map<String, Value>,
    found: &Document,
) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for (path, pattern) in patterns {
        let pattern = values::bson(pattern)?;
        let value = at(found, path);
        let is_right = match value {
            None => pattern == Bson::from(ABSENT),
            Some(value) => is_as(&pattern, value),
        };
        if !is_right {
            faults.push(format!("{place}.{path} is {} instead of {}", shown(value), shown(Some(&pattern))));
        }
    }
    Ok(faults)
}

/// The value at a dotted path.
pub fn at<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let mut value = document.get(first)?;
    for key in rest.into_iter().flat_map(|rest| rest.split('.')) {
        value = match value {
            Bson::Document(inner) => inner.get(key)?,
            Bson::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// What a success always writes is looked at elsewhere.
fn leaves(document: &Document) -> Leaves {
    let mut leaves = Leaves::new();
    for (key, value) in document.iter().filter(|(key, _)| *key != "_updatedAt") {
        flatten(key, value, &mut leaves);
    }
    leaves.retain(|path, _| path != "settings" && !path.starts_with("settings.profile"));
    leaves
}

fn flatten(path: &str, value: &Bson, leaves: &mut Leaves) {
    match value {
        Bson::Document(inner) if !inner.is_empty() => {
            inner.iter().for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, leaves));
        }
        Bson::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(n, item)| flatten(&format!("{path}.{n}"), item, leaves));
        }
        _ => {
            leaves.insert(path.to_owned(), value.clone());
        }
    }
}

fn flatten_pattern(path: &str, pattern: &Value, wanted: &mut BTreeMap<String, Bson>) -> anyhow::Result<()> {
    flatten(path, &values::bson(pattern)?, wanted);
    Ok(())
}

/// Also told apart: numbers of different types, and 0 and -0.
fn is_same(one: &Bson, other: &Bson) -> bool {
    match (one, other) {
        (Bson::Double(one), Bson::Double(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

fn is_as(pattern: &Bson, found: &Bson) -> bool {
    let Bson::String(mask) = pattern else { return is_same(pattern, found) };
    match found {
        Bson::DateTime(date) => match mask.strip_prefix("(date").and_then(|rest| rest.strip_suffix(')')) {
            Some("") => true,
            Some(shift) => {
                let seconds =
                    shift.trim_start_matches(" now").trim_start_matches('+').parse().unwrap_or(0_i64);
                let expected = DateTime::now().timestamp_millis() + seconds * 1000;
                (date.timestamp_millis() - expected).abs() < NEAR
            }
            None => mask == "(any)",
        },
        Bson::String(text) => match mask.strip_prefix("(bcrypt:").and_then(|rest| rest.strip_suffix(')')) {
            Some(password) => {
                text.starts_with("$2b$10$") && bcrypt::verify(person::digest(password), text).unwrap_or(false)
            }
            None => text::matches(mask, text),
        },
        _ => mask == "(any)",
    }
}

fn shown(value: Option<&Bson>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Bson::String(text)) => format!("{text:?}"),
        Some(value) => format!("{value} ({:?})", value.element_type()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::doc;

    #[test]
    fn exactly_the_expected_changes_are_right() {
        let before = doc! {"a": 1, "b": {"c": "x", "d": [1, 2]}, "_updatedAt": 1, "settings": {}};
        let after = doc! {"a": 2, "b": {"c": DateTime::now(), "d": [1]}, "settings": {"profile": {}}};
        let right = r#"{"a": 2, "b.c": "(date now)", "b.d.*": "(absent)"}"#;
        assert_eq!(changes(&before, &after, right).unwrap(), [""; 0]);
        assert_eq!(changes(&before, &after, r#"{"a": 2, "b.*": "(any)", "e.*": "(any)"}"#).unwrap(), [""; 0]);
        for wrong in [
            "{}",
            r#"{"a": 2.0, "b.c": "(date now)", "b.d.1": "(absent)"}"#,
            r#"{"a": 2, "b.c": "(date now)"}"#,
            r#"{"a": 2, "b.c": "(date now+600)", "b.d.1": "(absent)"}"#,
            r#"{"a": 2, "b.c": "(date now)", "b.d.1": "(absent)", "e": 1}"#,
            r#"{"a": 2, "b.c": "(absent)", "b.d.1": "(absent)"}"#,
            r#"{"b.c": "(date now)", "b.*": "(any)"}"#,
        ] {
            assert!(!changes(&before, &after, wrong).unwrap().is_empty(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_compared_with_its_hash() {
        let after = doc! {"a": person::hash(&person::digest("secret")).unwrap()};
        assert!(changes(&doc! {}, &after, r#"{"a": "(bcrypt:secret)"}"#).unwrap().is_empty());
        assert!(!changes(&doc! {}, &after, r#"{"a": "(bcrypt:other)"}"#).unwrap().is_empty());
    }
}
