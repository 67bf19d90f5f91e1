//! Whether the mail server accepts a connection and the login. No mail is sent.

use super::Finding;
use crate::config::Config;
use crate::mail::{MailServer, Transport, read_certificates};
use crate::release::Version;
use crate::store::Store;
use crate::workspace::Settings;

const CHECK: &str = "mail";

pub(super) async fn check(store: &Store, config: &Config, version: Version) -> Finding {
    let settings = match store.setting_values(Settings::IDS).await {
        Ok(stored) => Settings::resolve(&stored, &config.setting_variables, version),
        Err(error) => return Finding::unanswered(CHECK, &error),
    };
    let by_settings = MailServer::from_settings(&settings);
    let origin = if by_settings.is_some() { "the settings SMTP_*" } else { "MAIL_URL" };
    let Some(server) = by_settings.or_else(|| config.mail_server.clone()) else {
        return Finding::warning(
            CHECK,
            "no mail server is configured: mails wait, codes by e-mail do not arrive",
            "set SMTP_Host in Rocket.Chat's administration, or MAIL_URL",
        );
    };
    let authorities = match config.mail_ca.as_deref().map(read_certificates).transpose() {
        Ok(authorities) => authorities.unwrap_or_default(),
        Err(error) => {
            let remedy = "name a PEM file with the certificates of a private authority, or nothing";
            return Finding::error(CHECK, format!("RC_ACCOUNT_MAIL_CA: {error}"), remedy);
        }
    };
    let address = format!("{}:{}", server.host, server.port);
    let login = if server.login.is_some() { " and the login" } else { "" };
    let tested = match Transport::new(server, &authorities) {
        Ok(transport) => transport.test().await,
        Err(error) => Err(error),
    };
    match tested {
        Ok(()) => Finding::ok(CHECK, format!("{address} of {origin} takes the connection{login}")),
        Err(error) => Finding::error(
            CHECK,
            format!("{address} of {origin}: {error}"),
            format!("correct {origin}, or let the mail server accept connections from here"),
        ),
    }
}
