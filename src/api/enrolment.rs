//! The management of second factors, for the REST routes and for the method bridge.
//!
//! The one place from which a new secret and new backup codes go to their owner.

use super::Api;
use crate::second_factor::{BackupCodes, Enrolment, NewSecret};
use crate::workspace::Settings;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

impl Api {
    /// What a request manages second factors with.
    pub(super) fn enrolment<'a>(&'a self, settings: &'a Settings) -> Enrolment<'a> {
        Enrolment { gate: self.gate(settings), store: &self.store, now: (self.clock)() }
    }
}

/// `{secret, url}`
#[must_use]
pub fn new_secret(new: &NewSecret) -> Map<String, Value> {
    Map::from_iter([
        ("secret".to_owned(), new.secret.expose_secret().into()),
        ("url".to_owned(), new.url.expose_secret().into()),
    ])
}

/// `{codes}`
#[must_use]
pub fn backup_codes(codes: &BackupCodes) -> Map<String, Value> {
    one("codes", codes.expose().into())
}

/// An object of one key.
#[must_use]
pub fn one(key: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value)])
}
