//! Every secret that the demo used, for the test that looks for them in the service's log.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use devstack::workspace::password_digest;
use mongodb::bson::Document;
use serde_json::Value;

use crate::masked;

/// In the folder of `--record`: the service's log.
pub const LOG: &str = "service.log";
/// In the same folder: a line for each secret, what it is and the secret itself.
const SECRETS: &str = "secrets";
/// What is shorter stands in any text.
const SHORTEST: usize = 6;

#[derive(Default)]
pub struct Secrets(BTreeSet<(String, String)>);

impl Secrets {
    pub fn add(&mut self, what: &str, secret: &str) {
        // A mailed code is shown as `123-456`.
        if secret.len() == 7 && secret.contains('-') {
            self.add(what, &secret.replace('-', ""));
        }
        if secret.len() < SHORTEST {
            return;
        }
        self.0.insert((what.to_owned(), secret.to_owned()));
        if ["password", "newPassword"].contains(&what) {
            self.0.insert(("digest".to_owned(), password_digest(secret)));
        }
    }

    /// The login at the mail server, also as SMTP carries it.
    pub fn add_mail_login(&mut self, user: &str, password: &str) {
        self.add("mail password", password);
        self.add("mail login", &BASE64_STANDARD.encode(format!("\0{user}\0{password}")));
    }

    /// What is masked where a body is shown.
    pub fn add_body(&mut self, body: &Value) {
        self.collect(None, body);
    }

    /// What is masked where a stored document is shown.
    pub fn add_stored(&mut self, document: &Document) -> anyhow::Result<()> {
        self.collect(None, &serde_json::to_value(document)?);
        Ok(())
    }

    fn collect(&mut self, secret: Option<&str>, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let here = masked::is_secret(name).then_some(name.as_str());
                    self.collect(here.or(secret), value);
                }
            }
            Value::Array(elements) => elements.iter().for_each(|value| self.collect(secret, value)),
            Value::String(text) => secret.into_iter().for_each(|what| self.add(what, text)),
            _ => {}
        }
    }

    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let lines: String = self.0.iter().map(|(what, secret)| format!("{what}\t{secret}\n")).collect();
        std::fs::write(folder.join(SECRETS), lines).context("cannot write the secrets down")
    }
}
