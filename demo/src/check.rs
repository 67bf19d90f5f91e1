//! What is expected of one step, compared with what was seen.

use std::fmt::Debug;

use devstack::workspace::Person;
use mongodb::bson::{Bson, Document};
use reqwest::StatusCode;
use serde_json::Value;

/// Everything that a step shows, and what of it was not as expected.
pub struct Check {
    pub status: StatusCode,
    pub answer: Value,
    pub before: Document,
    pub after: Document,
    faults: Vec<String>,
}

impl Check {
    pub fn new(status: StatusCode, answer: Value, before: Document, after: Document) -> Self {
        Self { status, answer, before, after, faults: Vec::new() }
    }

    pub fn into_faults(self) -> Vec<String> {
        self.faults
    }

    /// Status 200, and the answer carries the stored value of these fields.
    pub fn succeeds_with(&mut self, fields: &[(&str, &str)]) {
        self.equal("the status", self.status.as_u16(), 200);
        for (field, value) in fields {
            self.equal(
                &format!("the stored {field}"),
                stored(&self.after, field).cloned(),
                Some(Bson::from(*value)),
            );
            let pointer = format!("/user/{}", field.replace('.', "/"));
            self.equal(
                &format!("the answer's {field}"),
                self.answer.pointer(&pointer).cloned(),
                Some(Value::from(*value)),
            );
        }
    }

    /// Status 200.
    pub fn is_ok(&mut self) {
        self.equal("the status", self.status.as_u16(), 200);
    }

    /// Status 400, and the answer asks for a second factor by this method.
    pub fn is_challenged_by(&mut self, method: &str) {
        self.equal("the status", self.status.as_u16(), 400);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.equal("errorType", text(&self.answer["errorType"]), Some("totp-required".to_owned()));
        self.equal("the method", text(&self.answer["details"]["method"]), Some(method.to_owned()));
    }

    /// Status 400 with this error id, and nothing stored.
    pub fn is_refused_with(&mut self, error_type: &str) {
        self.equal("the status", self.status.as_u16(), 400);
        self.equal(
            "errorType",
            self.answer["errorType"].as_str().map(str::to_owned),
            Some(error_type.to_owned()),
        );
        if self.before != self.after {
            self.faults.push("a refused request changes nothing in the document".to_owned());
        }
    }

    /// The stored hash has changed and fits the new password.
    pub fn password_has_become(&mut self, password_digest: &str) {
        const HASH: &str = "services.password.bcrypt";
        let hash = |document| stored(document, HASH).and_then(Bson::as_str).unwrap_or_default();
        let (old, new) = (hash(&self.before), hash(&self.after));
        let fits = old != new && bcrypt::verify(password_digest, new).unwrap_or(false);
        self.equal("whether the stored hash is a new one that fits the new password", fits, true);
    }

    /// Of all sessions the one that made the request is left.
    pub fn only_session_is_that_of(&mut self, person: &Person) {
        const TOKENS: &str = "services.resume.loginTokens";
        let tokens =
            |document| stored(document, TOKENS).and_then(Bson::as_array).cloned().unwrap_or_default();
        let (had, left) = (tokens(&self.before), tokens(&self.after));
        let hash = |token: Option<&Bson>| token?.as_document()?.get("hashedToken").cloned();
        self.equal("the number of sessions before", had.len(), 1 + person.other_tokens.len());
        self.equal("the number of sessions after", left.len(), 1);
        // The seeded person's own token stands first.
        self.equal("the session that is left", hash(left.first()), hash(had.first()));
    }

    fn equal<T: PartialEq + Debug>(&mut self, what: &str, seen: T, expected: T) {
        if seen != expected {
            self.faults.push(format!("{what}: expected {expected:?}, got {seen:?}"));
        }
    }
}

/// The value at a dotted path.
fn stored<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    match path.split_once('.') {
        None => document.get(path),
        Some((name, rest)) => stored(document.get_document(name).ok()?, rest),
    }
}
