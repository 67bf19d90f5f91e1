//! A body without a schema: its keys, and the raw values behind them.

use super::body::Body;
use super::json;
use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

/// In the order in which they came.
pub type Members = IndexMap<String, Box<RawValue>>;

/// What is no object has none.
pub fn of(body: &Body) -> Members {
    match body {
        Body::Json(text) => {
            let fields = serde_json::from_str(text).ok().and_then(json::object).unwrap_or_default();
            fields.into_iter().map(|(key, raw)| (key, raw.to_owned())).collect()
        }
        Body::Form(pairs) => {
            pairs.iter().filter_map(|(key, value)| Some((key.clone(), to_raw_value(value).ok()?))).collect()
        }
        Body::Other => Members::new(),
    }
}

/// Whether JavaScript takes the value as true.
pub fn is_truthy(raw: &RawValue) -> bool {
    let json = raw.get();
    !matches!(json, "null" | "false" | r#""""#) && json.parse() != Ok(0.0)
}
