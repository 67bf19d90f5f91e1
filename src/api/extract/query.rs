//! The query string of the routes that read one.

use super::schema::SchemaError;
use actix_web::HttpRequest;
use indexmap::IndexMap;

/// What stands under each key, in the order in which the keys came.
#[derive(Debug, Default)]
pub struct Query(IndexMap<String, Vec<String>>);

impl Query {
    pub fn of(request: &HttpRequest) -> Query {
        let mut values: IndexMap<String, Vec<String>> = IndexMap::new();
        for (key, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
            values.entry(key.into_owned()).or_default().push(value.into_owned());
        }
        Query(values)
    }

    /// Whether anything stands under this key.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The text under this key, where one stands there and is not empty.
    pub fn filled(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.first().map(String::as_str).filter(|text| !text.is_empty())
    }

    /// That there is no other key than these, and each once at most. `required`: a key that must be there, if any.
    ///
    /// # Errors
    /// The first violation in Ajv's order.
    pub fn check(&self, required: Option<&'static str>, known: &[&str]) -> Result<(), SchemaError> {
        if let Some(required) = required.filter(|required| !self.0.contains_key(*required)) {
            return Err(SchemaError::NoProperty(required));
        }
        if self.0.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(SchemaError::UnknownKey);
        }
        if self.is_repeated(known) { Err(SchemaError::NotAString) } else { Ok(()) }
    }

    /// Whether one of these keys stands there more than once.
    pub fn is_repeated(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.0.get(*key).is_some_and(|values| values.len() > 1))
    }
}
