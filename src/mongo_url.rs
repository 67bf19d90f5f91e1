//! `MONGO_URL` and `MONGO_OPTIONS`, read as Rocket.Chat's own driver, the one for Node.js, reads them: every option that it
//! takes is taken, ignored with a line that names it, or refused with its name. Table: docs/DATABASES.md.
//!
//! Nothing that is said here repeats a value, since each of them may hold a password.

mod given;
mod known;
mod login;
mod parts;
mod servers;
mod tls;
mod value;

pub use known::{Fate, KNOWN, Known};

use given::Given;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use thiserror::Error;

/// The key that holds the connection string.
pub const URL: &str = "MONGO_URL";
/// The key that holds further options, as a JSON object. They win over those of the connection string.
pub const OPTIONS: &str = "MONGO_OPTIONS";

/// Why the connection string or an option is refused: the key, the option's name, and what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}{text}")]
pub struct Refusal {
    key: &'static str,
    text: String,
}

impl Refusal {
    /// The key that is to be corrected.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    fn whole(reason: &str) -> Refusal {
        Refusal { key: URL, text: format!(" cannot be used: {reason}") }
    }

    fn option(key: &'static str, name: &str, reason: &str) -> Refusal {
        Refusal { key, text: format!(": {name} {reason}") }
    }
}

/// An option that has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {option} is ignored: {why}")]
pub struct Ignored {
    pub key: &'static str,
    pub option: &'static str,
    pub why: &'static str,
    /// The connection is not what the operator seems to expect.
    pub matters: bool,
}

/// Where the workspace's database is.
#[derive(Debug, Clone)]
pub struct MongoUrl {
    for_driver: SecretString,
    srv_host: Option<String>,
    has_login: bool,
    ignored: Vec<Ignored>,
}

impl MongoUrl {
    /// Reads both keys.
    ///
    /// # Errors
    /// [`Refusal`], in one line that repeats no value.
    pub fn read(url: &str, options: Option<&str>) -> Result<MongoUrl, Refusal> {
        let parts = parts::split(url).map_err(Refusal::whole)?;
        let mut given = Given::gather(&parts, options)?;
        let mut passed = given.passed()?;
        servers::add(&given, &parts, &mut passed)?;
        tls::add(&mut given, parts.is_srv, &mut passed)?;
        let login = login::read(&given, &parts, &mut passed)?;
        let Some(database) = given.text("dbName")?.or_else(|| parts.database.clone()) else {
            return Err(Refusal::whole(parts::NO_DATABASE));
        };
        if !parts::is_database(&database) {
            return Err(Refusal::whole(parts::BAD_DATABASE));
        }
        let scheme = if parts.is_srv { "mongodb+srv" } else { "mongodb" };
        let login_text = login.as_ref().map(login::Login::for_url).unwrap_or_default();
        let query: Vec<String> =
            passed.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let for_driver = format!(
            "{scheme}://{login_text}{}/{}?{}",
            parts.hosts.join(","),
            encoded(&database),
            query.join("&")
        );
        Ok(MongoUrl {
            for_driver: for_driver.into(),
            srv_host: parts.is_srv.then(|| parts.hosts.concat()),
            has_login: login.is_some(),
            ignored: given.ignored,
        })
    }

    /// With nothing in it but what this program's driver understands.
    #[must_use]
    pub fn for_driver(&self) -> &SecretString {
        &self.for_driver
    }

    /// The host of a `mongodb+srv` address.
    #[must_use]
    pub fn srv_host(&self) -> Option<&str> {
        self.srv_host.as_deref()
    }

    /// Whether it says as whom to connect.
    #[must_use]
    pub fn has_login(&self) -> bool {
        self.has_login
    }

    /// The options without effect, each once.
    #[must_use]
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }
}

/// What is passed on: names of the driver's options, with their values.
type Passed = Vec<(&'static str, String)>;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests;
