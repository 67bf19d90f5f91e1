//! What the settings about mail say, each by itself, without a connection.

use super::Finding;
use crate::mail::{MailServer, ServerOptions, find_sender};
use crate::workspace::Settings;
use secrecy::ExposeSecret;

pub(super) const CHECK: &str = "mail-settings";

/// `by_settings`: the server of `SMTP_*`, where there is one; else `by_url` counts, of `MAIL_URL`.
pub(super) fn check(
    settings: &Settings,
    by_settings: Option<&MailServer>,
    by_url: Option<&MailServer>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(from_email(&settings.from_email));
    if by_settings.is_some() {
        findings.extend(smtp(settings));
    } else if let Some(server) = by_url {
        findings.extend(mail_url(&server.options));
    }
    findings
}

/// An empty one is a choice, and its consequence is told.
fn from_email(text: &str) -> Option<Finding> {
    const REMEDY: &str = "set From_Email to an address such as chat@example.org";
    let nobody = "mails have no sender in their envelope, and are from no-reply@ the workspace's host";
    if text.trim().is_empty() {
        return Some(Finding::hint(CHECK, "sender-empty", format!("From_Email is empty: {nobody}"), REMEDY));
    }
    let Some(found) = find_sender(text) else {
        let message = format!("From_Email holds no address: {nobody}");
        return Some(Finding::warning(CHECK, "sender-invalid", message, REMEDY));
    };
    let address = &found.address;
    if !address.to_string().is_ascii() {
        let message = format!("From_Email is {address}, which only mail servers with SMTPUTF8 take");
        let remedy = "an address whose part before the @ is ASCII";
        return Some(Finding::warning(CHECK, "sender-not-ascii", message, remedy));
    }
    if !found.further.is_empty() {
        let message = format!("From_Email holds several addresses; {address} is used");
        return Some(Finding::warning(CHECK, "sender-several", message, REMEDY));
    }
    let is_bare = text.trim().eq_ignore_ascii_case(address.as_ref());
    let is_usual = text.trim().to_lowercase().ends_with(&format!("<{}>", address.to_string().to_lowercase()));
    let is_plain = is_bare || (is_usual && !text.contains(['"', ',', '[', ']', ';', ':', '(', ')']));
    if is_plain {
        return None;
    }
    let message = format!("From_Email is written in an unusual way; {address} is used");
    Some(Finding::hint(CHECK, "sender-unusual", message, REMEDY))
}

fn smtp(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let warn = |message: String, remedy: &str| Finding::warning(CHECK, "mail-setting", message, remedy);
    let host = settings.smtp_host.trim();
    let is_address = host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok();
    if !is_address && host.contains(['/', ':', '@', ' ']) {
        findings.push(warn(
            "SMTP_Host holds more than a host's name".to_owned(),
            "only the name or the address; the port goes to SMTP_Port, user and password to SMTP_Username and SMTP_Password",
        ));
    }
    let port = settings.smtp_port.trim();
    if !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port != 0) {
        findings.push(warn(
            "SMTP_Port is not a port; what can be read of it counts, else the default".to_owned(),
            "a number such as 587",
        ));
    }
    match (settings.smtp_protocol.as_str(), port) {
        ("smtps", "25" | "587") => findings.push(warn(
            format!("SMTP_Protocol is smtps, which is TLS from the first byte, and SMTP_Port is {port}, where servers begin without"),
            "smtp with SMTP_IgnoreTLS off, or port 465",
        )),
        ("smtp", "465") => findings.push(warn(
            "SMTP_Protocol is smtp, and SMTP_Port is 465, where servers speak TLS from the first byte".to_owned(),
            "smtps, or port 587",
        )),
        _ => {}
    }
    let (user, password) = (&settings.smtp_username, settings.smtp_password.expose_secret());
    if user.is_empty() != password.is_empty() {
        let (given, missing) = if password.is_empty() {
            ("SMTP_Username", "SMTP_Password")
        } else {
            ("SMTP_Password", "SMTP_Username")
        };
        findings
            .push(warn(format!("{given} is set without {missing}: no login is tried"), "set both or none"));
    }
    findings
}

fn mail_url(options: &ServerOptions) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !options.ignored.is_empty() {
        let message = format!(
            "MAIL_URL: these options have no meaning here and are ignored: {}",
            options.ignored.join(", ")
        );
        let remedy = "remove them, or see docs/MAIL.md for what is taken";
        findings.push(Finding::warning(CHECK, "mail-option-ignored", message, remedy));
    }
    if options.tls.accepts_any_certificate {
        findings.push(Finding::warning(
            CHECK,
            "mail-tls-unchecked",
            "MAIL_URL: tls.rejectUnauthorized=false: anybody can take the mail server's place and read the password",
            "remove the option, and name the server's authority in RC_ACCOUNT_MAIL_CA",
        ));
    }
    findings
}
