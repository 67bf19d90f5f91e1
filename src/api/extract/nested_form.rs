//! Forms whose keys are nested, `data[name]=x`, as the routers up to 7.4 read them. Source: `docs/behaviour/versions.md`
//! section 4, S9.
//!
//! A form becomes the JSON text that says the same, so that schema, bounds and coercion are those of JSON. Odd keys mean what
//! they mean to the parser `qs`, which the original uses.

mod node;

use super::bounds::{LEVELS, NAMES_AND_VALUES};
use super::schema::SchemaError;
use indexmap::IndexMap;
use node::{Node, list, merge_objects};

/// Up to this number a key such as `a[2]` is a place in a list.
const LAST_PLACE: u32 = 100;

/// The JSON object that the pairs describe.
///
/// # Errors
/// [`SchemaError::TooMany`], [`SchemaError::TooDeep`].
pub fn to_json(pairs: Vec<(String, String)>) -> Result<String, SchemaError> {
    let mut form = IndexMap::new();
    let mut names_and_values = 0;
    for (key, values) in by_key(pairs) {
        let segments = segments(&key);
        if segments.len() + usize::from(values.len() > 1) > LEVELS {
            return Err(SchemaError::TooDeep);
        }
        names_and_values += segments.len() + values.len();
        if names_and_values > NAMES_AND_VALUES {
            return Err(SchemaError::TooMany);
        }
        if let Some(Node::Object(object)) = chain(&segments, values) {
            merge_objects(&mut form, object);
        }
    }
    Ok(Node::Object(form).into_json().to_string())
}

/// The values of each key, in the order of the keys.
fn by_key(pairs: Vec<(String, String)>) -> IndexMap<String, Vec<String>> {
    let mut keys: IndexMap<String, Vec<String>> = IndexMap::new();
    for (key, value) in pairs.into_iter().filter(|(key, _)| !key.is_empty()) {
        keys.entry(key).or_default().push(value);
    }
    keys
}

/// `a[b][c]`: `a`, `[b]`, `[c]`. What stands between or behind the brackets is nothing.
fn segments(key: &str) -> Vec<&str> {
    let mut found = brackets(key).peekable();
    let name = found.peek().map_or(key, |(start, _)| &key[..*start]);
    let name = Some(name).filter(|name| !name.is_empty());
    name.into_iter().chain(found.map(|(start, end)| &key[start..end])).collect()
}

/// Pairs of brackets without brackets inside.
fn brackets(key: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut open = None;
    key.char_indices().filter_map(move |(at, c)| match c {
        '[' => {
            open = Some(at);
            None
        }
        ']' => open.take().map(|start| (start, at + 1)),
        _ => None,
    })
}

/// The one branch that a key describes. `None`: no name at all.
fn chain(segments: &[&str], values: Vec<String>) -> Option<Node> {
    let mut values = values.into_iter().map(Node::Text);
    let mut node = if values.len() == 1 { values.next()? } else { list(values) };
    for (depth, segment) in segments.iter().enumerate().rev() {
        let inner = segment.strip_prefix('[').and_then(|segment| segment.strip_suffix(']'));
        node = match inner {
            Some("") if depth > 0 => match node {
                node @ Node::List(_) => node,
                node => list([node]),
            },
            Some(name) if depth > 0 && place(name).is_some() => {
                Node::List(place(name).map(|place| (place, node)).into_iter().collect())
            }
            inner => Node::Object(named(inner.unwrap_or(segment), node)),
        };
    }
    Some(node).filter(|_| !segments.is_empty())
}

/// A number as it is written in JavaScript, if a list may have such a place.
fn place(name: &str) -> Option<u32> {
    let place: u32 = name.parse().ok()?;
    (place <= LAST_PLACE && place.to_string() == name).then_some(place)
}

/// `__proto__` is no key of an object.
fn named(name: &str, node: Node) -> IndexMap<String, Node> {
    let entry = Some((name.to_owned(), node)).filter(|(name, _)| name != "__proto__");
    entry.into_iter().collect()
}

#[cfg(test)]
mod tests;
