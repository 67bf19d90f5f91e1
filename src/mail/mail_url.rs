//! `MAIL_URL` as the original's SMTP client reads it: each option of its query is taken, or ignored by its name, or refused by
//! its name. Source: `docs/MAIL.md` section "MAIL_URL".

use super::client_name::is_sayable;
use super::server::{Encryption, Login, MailServer, ServerOptions, TlsVersions, default_port};
use super::smtp::Mechanism;
use percent_encoding::percent_decode_str;
use std::time::Duration;
use url::Url;

const MOST_CONNECTIONS: usize = 100;
/// How much of an unknown option's name is repeated.
const LONGEST_NAME: usize = 40;

/// Why a `MAIL_URL` cannot be used. Holds nothing of its values, which may be secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMailUrl {
    Malformed,
    /// Which option, and why.
    Option(&'static str),
}

impl BadMailUrl {
    /// What is expected instead.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            BadMailUrl::Malformed => {
                "smtp://HOST or smtps://HOST, with [USER:PASSWORD@] before and [:PORT] behind the host, special characters \
                 of user and password percent-encoded"
            }
            BadMailUrl::Option(option) => option,
        }
    }
}

/// The switches that together make the [`Encryption`].
#[derive(Default)]
struct Switches {
    secure: bool,
    ignore_tls: bool,
    require_tls: bool,
}

impl MailServer {
    /// The server that a `MAIL_URL` names.
    ///
    /// # Errors
    /// [`BadMailUrl`].
    pub fn from_url(text: &str) -> Result<MailServer, BadMailUrl> {
        let url = Url::parse(text.trim()).map_err(|_| BadMailUrl::Malformed)?;
        let decoded = |text: &str| decoded(text).ok_or(BadMailUrl::Malformed);
        let is_implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(BadMailUrl::Malformed),
        };
        let host = decoded(url.host_str().unwrap_or_default())?;
        // An IPv6 address stands in brackets in a URL, and without them everywhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(BadMailUrl::Malformed);
        }
        let user = decoded(url.username())?;
        let password = decoded(url.password().unwrap_or_default())?;
        let mut server = MailServer {
            host,
            port: 0,
            encryption: Encryption::Opportunistic,
            login: (!user.is_empty() && !password.is_empty()).then(|| Login {
                user,
                password: password.into(),
                mechanism: None,
            }),
            pooled: true,
            options: ServerOptions::default(),
        };
        let mut switches = Switches { secure: is_implicit, ..Switches::default() };
        let (mut seen, mut port) = (Vec::new(), url.port());
        for (key, value) in url.query_pairs() {
            // Of an option that is given twice the first counts.
            if !seen.contains(&key) {
                take(&key, value.trim(), &mut server, &mut switches, &mut port)?;
                seen.push(key);
            }
        }
        server.encryption = switches.encryption();
        server.port = port.unwrap_or_else(|| default_port(server.encryption));
        Ok(server)
    }
}

impl Switches {
    /// Where they contradict each other, the one that protects more.
    fn encryption(&self) -> Encryption {
        match (self.secure, self.require_tls, self.ignore_tls) {
            (true, _, _) => Encryption::Implicit,
            (_, true, _) => Encryption::Required,
            (_, _, true) => Encryption::None,
            _ => Encryption::Opportunistic,
        }
    }
}

fn take(
    key: &str,
    value: &str,
    server: &mut MailServer,
    switches: &mut Switches,
    port: &mut Option<u16>,
) -> Result<(), BadMailUrl> {
    let options = &mut server.options;
    match key {
        "pool" => server.pooled = is_truthy(value),
        "secure" => switches.secure |= is_truthy(value),
        "ignoreTLS" => switches.ignore_tls = is_truthy(value),
        "requireTLS" => switches.require_tls = is_truthy(value),
        "opportunisticTLS" => options.opportunistic_tls = is_truthy(value),
        "tls.rejectUnauthorized" => options.tls.accepts_any_certificate = !is_truthy(value),
        "tls.servername" if !value.is_empty() => options.tls.server_name = Some(value.to_owned()),
        "tls.minVersion" => match value {
            "TLSv1.3" => options.tls.versions = TlsVersions::Only13,
            "TLSv1" | "TLSv1.1" | "TLSv1.2" => {}
            _ => {
                return Err(BadMailUrl::Option("tls.minVersion is none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"));
            }
        },
        "tls.maxVersion" => match value {
            "TLSv1.3" => {}
            "TLSv1.2" => options.tls.versions = TlsVersions::Only12,
            _ => {
                return Err(BadMailUrl::Option(
                    "tls.maxVersion is neither TLSv1.2 nor TLSv1.3; older ones are not spoken",
                ));
            }
        },
        "name" if value.is_empty() => {}
        "name" if is_sayable(value) => options.name = Some(value.to_owned()),
        "name" => return Err(BadMailUrl::Option("name is neither a host's name nor an address in brackets")),
        "port" if port.is_none() => {
            *port = Some(
                value.parse().ok().filter(|port| *port != 0).ok_or(BadMailUrl::Option("port is no port"))?,
            );
        }
        "localAddress" => {
            let address = value.parse().map_err(|_| BadMailUrl::Option("localAddress is no IP address"))?;
            options.local_address = Some(address);
        }
        "connectionTimeout" => {
            options.connection_timeout =
                milliseconds(value, "connectionTimeout is no number of milliseconds")?
        }
        "greetingTimeout" => {
            options.greeting_timeout = milliseconds(value, "greetingTimeout is no number of milliseconds")?
        }
        "socketTimeout" => {
            options.socket_timeout = milliseconds(value, "socketTimeout is no number of milliseconds")?
        }
        "maxConnections" => {
            let number: usize =
                value.parse().map_err(|_| BadMailUrl::Option("maxConnections is no number"))?;
            options.max_connections = (number > 0).then_some(number.min(MOST_CONNECTIONS));
        }
        "maxMessages" => {
            let number: u32 = value.parse().map_err(|_| BadMailUrl::Option("maxMessages is no number"))?;
            options.max_messages = (number > 0).then_some(number);
        }
        "authMethod" => {
            let mechanism = Mechanism::named(&value.to_uppercase());
            let mechanism =
                mechanism.ok_or(BadMailUrl::Option("authMethod is none of PLAIN, LOGIN, CRAM-MD5"))?;
            server.login = server.login.take().map(|login| Login { mechanism: Some(mechanism), ..login });
        }
        _ => match refusal(key) {
            Some(refusal) if is_truthy(value) => return Err(BadMailUrl::Option(refusal)),
            _ => options.ignored.push(key.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()),
        },
    }
    Ok(())
}

/// Options without which mail would go another way than the operator wants.
fn refusal(key: &str) -> Option<&'static str> {
    Some(match key {
        "proxy" => "proxy is not supported: mail goes to the server directly",
        "service" => "service is not supported: write the host and the port of the service",
        "lmtp" => "lmtp is not supported: name a server that speaks SMTP",
        "sendmail" => "sendmail is not supported: name a server that speaks SMTP",
        "streamTransport" => "streamTransport is not supported: it sends no mail",
        "jsonTransport" => "jsonTransport is not supported: it sends no mail",
        "tls.ca" => "tls.ca is not supported: RC_ACCOUNT_MAIL_CA names a file of authorities",
        "tls.cert" | "tls.key" | "tls.pfx" => {
            "tls.cert, tls.key, tls.pfx: certificates of a client are not supported"
        }
        _ => return None,
    })
}

fn milliseconds(value: &str, refusal: &'static str) -> Result<Option<Duration>, BadMailUrl> {
    let number: u32 = value.parse().map_err(|_| BadMailUrl::Option(refusal))?;
    // As for the original's client, 0 is the default.
    Ok((number > 0).then(|| Duration::from_millis(number.into())))
}

/// As the original's client reads a text: `false`, numbers that are 0 and the empty text are false.
fn is_truthy(value: &str) -> bool {
    value != "false" && !value.is_empty() && value.parse::<f64>().ok() != Some(0.0)
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests;
