//! Whether mail gets out: what the settings say, and whether the mail server accepts a connection and the login. No mail is
//! sent unless one is asked for.

use super::{Finding, mail_settings, mail_trial};
use crate::config::Config;
use crate::mail::{MailError, MailServer, Reachable, read_certificates, try_server};
use crate::release::Version;
use crate::store::Store;
use crate::workspace::Settings;
use std::time::Duration;
use tokio::time::timeout;

const CHECK: &str = "mail";
/// How long the server may take. A mail waits for much longer, and tells how long it took.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn check(
    store: &Store,
    config: &Config,
    version: Version,
    mail_to: Option<&str>,
) -> Vec<Finding> {
    let settings = match store.setting_values(Settings::IDS).await {
        Ok(stored) => Settings::resolve(&stored, &config.setting_variables, version),
        Err(error) => return vec![Finding::unanswered(CHECK, &error)],
    };
    let by_settings = MailServer::from_settings(&settings);
    let mut findings = mail_settings::check(&settings, by_settings.as_ref(), config.mail_server.as_ref());
    let origin = if by_settings.is_some() { "the settings SMTP_*" } else { "MAIL_URL" };
    let Some(server) = by_settings.or_else(|| config.mail_server.clone()) else {
        findings.push(Finding::warning(
            CHECK,
            "mail-not-configured",
            "no mail server is configured: mails wait, codes by e-mail do not arrive",
            "set SMTP_Host in Rocket.Chat's administration, or MAIL_URL",
        ));
        return findings;
    };
    let authorities = match config.mail_ca.as_deref().map(read_certificates).transpose() {
        Ok(authorities) => authorities.unwrap_or_default(),
        Err(error) => {
            let remedy = "name a PEM file with the certificates of a private authority, or nothing";
            let message = format!("RC_ACCOUNT_MAIL_CA: {error}");
            findings.push(Finding::error(CHECK, "mail-ca-unusable", message, remedy));
            return findings;
        }
    };
    if let Some(address) = mail_to {
        findings.extend(mail_trial::send(&settings, config, server, &authorities, address).await);
        return findings;
    }
    let place = Place { address: format!("{}:{}", server.host, server.port), origin };
    let has_login = server.login.is_some();
    match timeout(PATIENCE, try_server(server, &authorities)).await {
        Ok(Ok(reachable)) => findings.extend(place.reached(has_login, reachable)),
        Ok(Err(error)) => findings.push(place.refused(&error)),
        Err(_) => findings.push(place.is_slow()),
    }
    findings
}

/// Where the server is, and who says so.
struct Place {
    address: String,
    origin: &'static str,
}

impl Place {
    fn reached(&self, has_login: bool, reachable: Reachable) -> Vec<Finding> {
        let Place { address, origin } = self;
        let login = if has_login && !reachable.lacks_login { " and the login" } else { "" };
        let mut findings =
            vec![Finding::ok(CHECK, format!("{address} of {origin} takes the connection{login}"))];
        if has_login && reachable.lacks_login {
            findings.push(Finding::warning(
                mail_settings::CHECK,
                "mail-login-not-offered",
                format!("{address} of {origin} offers no login; mail goes there without one"),
                "most servers offer it only with TLS: switch SMTP_IgnoreTLS off; or remove user and password",
            ));
        }
        let is_local =
            address.starts_with("127.") || address.starts_with("localhost:") || address.starts_with("::1:");
        if let Some(short_name) = reachable.short_name.filter(|_| !is_local) {
            findings.push(Finding::warning(
                mail_settings::CHECK,
                "mail-name-short",
                format!("this machine has no full name, only {short_name:?}; some mail servers refuse such clients"),
                "give the machine a full name (`hostname -f`), or name=FULL.NAME in MAIL_URL",
            ));
        }
        findings
    }

    fn refused(&self, error: &MailError) -> Finding {
        let Place { address, origin } = self;
        Finding::error(
            CHECK,
            "mail-unreachable",
            format!("{address} of {origin}: {error}"),
            format!("correct {origin}, or let the mail server accept connections from here"),
        )
    }

    fn is_slow(&self) -> Finding {
        let Place { address, origin } = self;
        Finding::error(
            CHECK,
            "mail-slow",
            format!("{address} of {origin}: the mail server did not finish within {} s", PATIENCE.as_secs()),
            format!(
                "`check --mail-to ADDRESS` waits for as long as a mail does and tells at which step; else correct {origin}"
            ),
        )
    }
}
