//! What the management of second factors answers, for the REST routes and for the methods.
//!
//! The one place from which a new secret and new backup codes go to their owner.

use crate::second_factor::{BackupCodes, NewSecret};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

/// `{secret, url}`
pub fn new_secret(new: &NewSecret) -> Map<String, Value> {
    Map::from_iter([
        ("secret".to_owned(), new.secret.expose_secret().into()),
        ("url".to_owned(), new.url.expose_secret().into()),
    ])
}

/// `{codes}`
pub fn backup_codes(codes: &BackupCodes) -> Map<String, Value> {
    one("codes", codes.expose().into())
}

/// An object of one key.
pub fn one(key: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value)])
}
