//! Which mail server to use and how: the settings `SMTP_*`, else `MAIL_URL`. Source: `docs/behaviour/email.md` section 2.

use crate::workspace::Settings;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The ports of the original's SMTP client.
const SUBMISSION: u16 = 587;
const SUBMISSION_OVER_TLS: u16 = 465;

/// Everything that a connection to the mail server depends on. Two equal ones can share connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub login: Option<Login>,
    /// Connections are kept for the next mail.
    pub pooled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// No TLS, even where the server offers it.
    None,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// STARTTLS, or no mail.
    Required,
    /// TLS from the first byte.
    Implicit,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user && self.password.expose_secret() == other.password.expose_secret()
    }
}

impl Eq for Login {}

impl MailServer {
    /// The server that the settings name; none while `SMTP_Host` is empty.
    #[must_use]
    pub fn from_settings(settings: &Settings) -> Option<MailServer> {
        let host = settings.smtp_host.trim();
        let encryption = match (settings.smtp_protocol.as_str(), settings.smtp_ignore_tls) {
            ("smtps", _) => Encryption::Implicit,
            (_, true) => Encryption::None,
            (_, false) => Encryption::Opportunistic,
        };
        let (user, password) = (&settings.smtp_username, &settings.smtp_password);
        (!host.is_empty()).then(|| MailServer {
            host: host.to_owned(),
            port: leading_port(&settings.smtp_port).unwrap_or_else(|| default_port(encryption)),
            encryption,
            login: (!user.is_empty() && !password.expose_secret().is_empty())
                .then(|| Login { user: user.clone(), password: password.clone() }),
            pooled: settings.smtp_pool,
        })
    }

    /// The server that a `MAIL_URL` names; `None` if it is malformed. Query keys that are not named here are ignored.
    #[must_use]
    pub fn from_url(text: &str) -> Option<MailServer> {
        let url = Url::parse(text).ok()?;
        let flag =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value == "true");
        let encryption = match url.scheme() {
            "smtps" => Encryption::Implicit,
            "smtp" if flag("secure") == Some(true) => Encryption::Implicit,
            "smtp" if flag("requireTLS") == Some(true) => Encryption::Required,
            "smtp" if flag("ignoreTLS") == Some(true) => Encryption::None,
            "smtp" => Encryption::Opportunistic,
            _ => return None,
        };
        let host = decoded(url.host_str()?)?;
        // An IPv6 address stands in brackets in a URL, and without them everywhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let user = decoded(url.username())?;
        let password = url.password().map(decoded).unwrap_or(Some(String::new()))?;
        (!host.is_empty()).then(|| MailServer {
            host,
            port: url.port().unwrap_or_else(|| default_port(encryption)),
            encryption,
            login: (!user.is_empty() && !password.is_empty())
                .then(|| Login { user, password: password.into() }),
            pooled: flag("pool") != Some(false),
        })
    }
}

fn default_port(encryption: Encryption) -> u16 {
    match encryption {
        Encryption::Implicit => SUBMISSION_OVER_TLS,
        _ => SUBMISSION,
    }
}

/// The number that a text begins with, as JavaScript's `parseInt` reads it.
fn leading_port(text: &str) -> Option<u16> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|port| *port != 0)
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> MailServer {
        MailServer::from_url(text).unwrap_or_else(|| panic!("{text} is no MAIL_URL"))
    }

    #[test]
    fn scheme_and_query_decide_about_encryption_and_port() {
        for (text, encryption, port) in [
            ("smtp://h", Encryption::Opportunistic, 587),
            ("smtp://h:25", Encryption::Opportunistic, 25),
            ("smtp://h?ignoreTLS=true&secure=false", Encryption::None, 587),
            ("smtp://h?requireTLS=true", Encryption::Required, 587),
            ("smtp://h?secure=true", Encryption::Implicit, 465),
            ("smtps://h", Encryption::Implicit, 465),
            ("smtps://h:2465/?ignoreTLS=true", Encryption::Implicit, 2465),
        ] {
            assert_eq!((url(text).encryption, url(text).port), (encryption, port), "{text}");
        }
        assert!(
            url("smtp://h?pool=true").pooled && url("smtp://h").pooled && !url("smtp://h?pool=false").pooled
        );
        assert_eq!(url("smtp://[::1]:25").host, "::1");
    }

    #[test]
    fn user_and_password_are_percent_decoded_and_count_only_together() {
        let login = url("smtp://a%40b.example:p%3A%2Fx@h").login.expect("a login");
        assert_eq!((login.user.as_str(), login.password.expose_secret()), ("a@b.example", "p:/x"));
        assert_eq!(url("smtp://user@h").login, None);
        assert!(!format!("{:?}", url("smtp://user:hunter2@h")).contains("hunter2"));
    }

    #[test]
    fn what_is_no_mail_url_is_none() {
        for text in
            ["", "h", "h:25", "http://h", "smtp:", "smtp://", "smtp://:25", "smtp://h:x", "smtp://%ff@h"]
        {
            assert_eq!(MailServer::from_url(text), None, "{text}");
        }
    }

    #[test]
    fn a_port_is_read_as_javascript_does() {
        assert_eq!((leading_port("25"), leading_port(" 587 x")), (Some(25), Some(587)));
        for text in ["", "x", "0", "70000", "-1"] {
            assert_eq!(leading_port(text), None, "{text}");
        }
    }
}
