//! As whom to connect.

use super::given::Given;
use super::parts::Parts;
use super::{Passed, Refusal, encoded};
use secrecy::{ExposeSecret, SecretString};

const MECHANISM: &str = "must be SCRAM-SHA-1, SCRAM-SHA-256, MONGODB-X509, PLAIN or DEFAULT";

/// User and, where the mechanism needs one, password.
pub(super) struct Login {
    user: String,
    password: Option<SecretString>,
}

impl Login {
    /// As it stands before the hosts.
    pub fn for_url(&self) -> String {
        let password = self.password.as_ref().map(|password| encoded(password.expose_secret()));
        let password = password.map(|password| format!(":{password}")).unwrap_or_default();
        format!("{}{password}@", encoded(&self.user))
    }
}

/// The user of `MONGO_OPTIONS` wins over that of the connection string. Without `authSource`, the user is one of the
/// workspace's database, as for Node's driver.
pub(super) fn read(given: &Given, parts: &Parts, passed: &mut Passed) -> Result<Option<Login>, Refusal> {
    let mechanism = mechanism(given)?;
    let mut login = match given.value("auth") {
        None => parts.user.clone().map(|user| (user, parts.password.clone())),
        Some(auth) => {
            let text = |name: &str| auth.get(name).and_then(serde_json::Value::as_str);
            let (Some(user), Some(password)) = (text("username"), text("password")) else {
                return Err(given.refusal("auth", "must be an object with the texts username and password"));
            };
            Some((user.to_owned(), Some(password.to_owned())))
        }
    };
    let is_x509 = mechanism == Some("MONGODB-X509");
    match &mut login {
        Some((_, password)) if is_x509 => *password = None,
        Some((_, None)) => return Err(Refusal::whole("it names a user without a password")),
        None if mechanism.is_some() && !is_x509 => {
            return Err(given.refusal("authMechanism", "needs a user and a password"));
        }
        _ => {}
    }
    let is_external = matches!(mechanism, Some("MONGODB-X509" | "PLAIN"));
    let source = given.text("authSource")?;
    if is_x509 && source.as_deref().is_some_and(|source| source != "$external") {
        return Err(given.refusal("authSource", "must be $external with authMechanism=MONGODB-X509"));
    }
    if login.is_some() || is_x509 {
        let source = source.or_else(|| is_external.then(|| "$external".to_owned()));
        passed.extend(source.map(|source| ("authSource", source)));
        passed.extend(mechanism.map(|mechanism| ("authMechanism", mechanism.to_owned())));
    }
    Ok(login.map(|(user, password)| Login { user, password: password.map(SecretString::from) }))
}

/// `None`: the server's choice.
fn mechanism(given: &Given) -> Result<Option<&'static str>, Refusal> {
    const POSSIBLE: [&str; 4] = ["SCRAM-SHA-1", "SCRAM-SHA-256", "MONGODB-X509", "PLAIN"];
    let Some(text) = given.text("authMechanism")? else { return Ok(None) };
    if text.eq_ignore_ascii_case("DEFAULT") {
        return Ok(None);
    }
    let found = POSSIBLE.into_iter().find(|mechanism| mechanism.eq_ignore_ascii_case(&text));
    found.map(Some).ok_or_else(|| given.refusal("authMechanism", MECHANISM))
}
