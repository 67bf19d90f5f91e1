//! Bodies: the same values, the same keys in the same order, written as `JSON.stringify` writes them.

use serde_json::Value;

use super::text;

/// The value of a key that must not be there.
pub const ABSENT: &str = "(absent)";

/// What is wrong with the body as a whole; nothing, if it is as the pattern says.
pub fn body(pattern: &Value, body: &str) -> Vec<String> {
    let Ok(found) = serde_json::from_str::<Value>(body) else {
        return vec![format!("the body is no JSON: {body}")];
    };
    let mut faults = compare("body", pattern, &found);
    if has_space_between(body) {
        faults.push("the body has white space between its values".to_owned());
    }
    if !faults.is_empty() {
        faults.push(format!("the body was {body}"));
    }
    faults
}

/// What of the value is not as the pattern says. `(any)` is any value.
pub fn compare(place: &str, pattern: &Value, found: &Value) -> Vec<String> {
    match (pattern, found) {
        (Value::String(mask), _) if mask == "(any)" => Vec::new(),
        (Value::String(pattern), Value::String(found)) if text::matches(pattern, found) => Vec::new(),
        (Value::Array(patterns), Value::Array(found)) if patterns.len() == found.len() => {
            let pairs = patterns.iter().zip(found).enumerate();
            pairs.flat_map(|(n, (pattern, found))| compare(&format!("{place}.{n}"), pattern, found)).collect()
        }
        (Value::Object(patterns), Value::Object(found)) => {
            let (wanted, keys): (Vec<_>, Vec<_>) = (patterns.keys().collect(), found.keys().collect());
            if wanted != keys {
                return vec![format!("{place} has the keys {keys:?} instead of {wanted:?}")];
            }
            let pairs = patterns.iter().zip(found.values());
            pairs
                .flat_map(|((key, pattern), found)| compare(&format!("{place}.{key}"), pattern, found))
                .collect()
        }
        _ if pattern == found => Vec::new(),
        _ => vec![format!("{place} is {found} instead of {pattern}")],
    }
}

/// What is not as the object says of places in the value, given as dotted paths.
pub fn at_paths(place: &str, patterns: &serde_json::Map<String, Value>, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, pattern) in patterns {
        let found = path.split('.').try_fold(value, |value, key| match value {
            Value::Array(items) => key.parse::<usize>().ok().and_then(|n| items.get(n)),
            _ => value.get(key),
        });
        match found {
            None if pattern == ABSENT => {}
            None => faults.push(format!("{place}.{path} is not there instead of {pattern}")),
            Some(found) if pattern == ABSENT => faults.push(format!("{place}.{path} is there: {found}")),
            Some(found) => faults.extend(compare(&format!("{place}.{path}"), pattern, found)),
        }
    }
    faults
}

fn has_space_between(json: &str) -> bool {
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b' ' | b'\n' | b'\t' | b'\r' if !in_text => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_and_white_space_count() {
        let pattern = json!({"a": 1, "b": "(date)"});
        assert!(body(&pattern, r#"{"a":1,"b":"2020-01-01T00:00:00.000Z"}"#).is_empty());
        for wrong in [
            r#"{"b":"2020-01-01T00:00:00.000Z","a":1}"#,
            r#"{"a":1, "b":"2020-01-01T00:00:00.000Z"}"#,
            r#"{"a":1}"#,
            r#"{"a":"1","b":"2020-01-01T00:00:00.000Z"}"#,
            "x",
        ] {
            assert!(!body(&pattern, wrong).is_empty(), "{wrong}");
        }
        assert!(body(&json!({"a": " x"}), r#"{"a":" x"}"#).is_empty());
    }

    #[test]
    fn places_are_named_by_paths() {
        let value = json!({"a": [{"b": 1}]});
        let patterns = |value: Value| value.as_object().unwrap().clone();
        assert!(
            at_paths("user", &patterns(json!({"a.0.b": 1, "a.1": ABSENT, "c": ABSENT})), &value).is_empty()
        );
        assert_eq!(at_paths("user", &patterns(json!({"a.0.b": 2, "a": ABSENT, "c": 1})), &value).len(), 3);
    }
}
