//! Which mail server to use and how: the settings `SMTP_*`, else `MAIL_URL` (`mail_url`). Source: `docs/behaviour/email.md` section 2.

use super::smtp::Mechanism;
use crate::workspace::Settings;
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::time::Duration;

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
    pub options: ServerOptions,
}

/// What only a `MAIL_URL` can say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    /// The name by which the server is greeted.
    pub name: Option<String>,
    /// A server that offers STARTTLS and refuses it is used without.
    pub opportunistic_tls: bool,
    pub tls: TlsOptions,
    /// Where connections come from.
    pub local_address: Option<IpAddr>,
    pub connection_timeout: Option<Duration>,
    pub greeting_timeout: Option<Duration>,
    pub socket_timeout: Option<Duration>,
    pub max_connections: Option<usize>,
    /// Mails on one connection.
    pub max_messages: Option<u32>,
    /// What was given and has no meaning here, by name.
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Whose certificate is expected; else the host's.
    pub server_name: Option<String>,
    pub accepts_any_certificate: bool,
    pub versions: TlsVersions,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsVersions {
    #[default]
    Both,
    Only12,
    Only13,
}

impl TlsVersions {
    pub fn protocols(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            TlsVersions::Both => vec![&TLS13, &TLS12],
            TlsVersions::Only12 => vec![&TLS12],
            TlsVersions::Only13 => vec![&TLS13],
        }
    }
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
    /// The only one to try; else the server's best.
    pub mechanism: Option<Mechanism>,
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        (&self.user, self.mechanism) == (&other.user, other.mechanism)
            && self.password.expose_secret() == other.password.expose_secret()
    }
}

impl Eq for Login {}

impl MailServer {
    /// The server that the settings name; none while `SMTP_Host` is empty.
    #[must_use]
    pub fn from_settings(settings: &Settings) -> Option<MailServer> {
        // An IPv6 address stands in brackets in a URL, and without them everywhere else.
        let host = settings.smtp_host.trim().trim_start_matches('[').trim_end_matches(']');
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
            login: (!user.is_empty() && !password.expose_secret().is_empty()).then(|| Login {
                user: user.clone(),
                password: password.clone(),
                mechanism: None,
            }),
            pooled: settings.smtp_pool,
            options: ServerOptions::default(),
        })
    }
}

pub(super) fn default_port(encryption: Encryption) -> u16 {
    match encryption {
        Encryption::Implicit => SUBMISSION_OVER_TLS,
        _ => SUBMISSION,
    }
}

/// The number that a text begins with, as JavaScript's `parseInt` reads it.
pub(super) fn leading_port(text: &str) -> Option<u16> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;
    use crate::workspace::SettingVariables;

    #[test]
    fn a_port_is_read_as_javascript_does() {
        assert_eq!((leading_port("25"), leading_port(" 587 x")), (Some(25), Some(587)));
        for text in ["", "x", "0", "70000", "-1"] {
            assert_eq!(leading_port(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_is_taken_without_brackets_and_spaces() {
        let settings = |host: &str| {
            let stored = [("SMTP_Host".to_owned(), bson::Bson::String(host.to_owned()))].into();
            Settings::resolve(&stored, &SettingVariables::default(), Version::EIGHT)
        };
        for (host, expected) in [(" h ", Some("h")), ("[::1]", Some("::1")), ("", None), ("  ", None)] {
            let server = MailServer::from_settings(&settings(host));
            assert_eq!(server.as_ref().map(|server| server.host.as_str()), expected, "{host:?}");
        }
    }
}
