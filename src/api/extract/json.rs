//! JSON one level at a time: what lies below stays unparsed, so that no depth of nesting can exhaust the stack.

use super::body::LossyText;
use indexmap::IndexMap;
use serde_json::value::RawValue;

/// The keys and raw values of an object.
pub type Object<'a> = IndexMap<String, &'a RawValue>;

/// Reads an object; a repeated key keeps its first place and its last value. `None`: it is something else.
pub fn object(raw: &RawValue) -> Option<Object<'_>> {
    let entries: IndexMap<LossyText, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    Some(entries.into_iter().map(|(key, value)| (key.0, value)).collect())
}

/// Reads a text. `None`: it is something else.
pub fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str::<LossyText>(raw.get()).ok().map(|text| text.0)
}
