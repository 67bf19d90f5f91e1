//! Why a mail was not handed over. No text here repeats what a server said: it may echo names and addresses.

use lettre::transport::smtp;
use std::error::Error as _;
use std::time::Duration;
use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum MailError {
    /// No mail server is configured. Nothing is wrong with the mail.
    #[error("no mail server is configured: the setting SMTP_Host and MAIL_URL are empty")]
    NotConfigured,
    /// No server will ever take it.
    #[error("the recipient's address is malformed")]
    BadRecipient,
    /// The server does not want this mail (5xx to sender, recipient or content).
    #[error("the mail server refused the mail with code {0}")]
    Refused(u16),
    /// The server wants it later (4xx).
    #[error("the mail server postponed the mail with code {0}")]
    Postponed(u16),
    /// The server could not be used: absent, not trusted, not speaking SMTP, or refusing the login.
    #[error("the mail server cannot be used: {0}")]
    Unavailable(String),
    #[error("the mail server did not finish within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl MailError {
    /// Whether trying again without any change by an operator is useless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            MailError::NotConfigured | MailError::BadRecipient | MailError::Refused(_) => true,
            MailError::Postponed(_) | MailError::Unavailable(_) | MailError::TimedOut(_) => false,
        }
    }

    /// An error before the mail was offered. Whatever the code, it says nothing about the mail.
    pub(super) fn before_the_mail(error: &smtp::Error) -> MailError {
        MailError::Unavailable(match error.status() {
            Some(code) => format!("it answered with code {}", u16::from(code)),
            None => describe(error),
        })
    }

    /// An error while the mail was offered.
    pub(super) fn about_the_mail(error: &smtp::Error) -> MailError {
        /// "Authentication required", or "issue STARTTLS first": a matter of configuration, not of this mail.
        const NOT_LET_IN: u16 = 530;
        match error.status().map(u16::from) {
            Some(NOT_LET_IN) => MailError::before_the_mail(error),
            Some(code) if error.is_permanent() => MailError::Refused(code),
            Some(code) => MailError::Postponed(code),
            // The server lacks the extension that a name beyond ASCII before the @ needs.
            None if error.is_client() => MailError::BadRecipient,
            None => MailError::Unavailable(describe(error)),
        }
    }
}

fn describe(error: &smtp::Error) -> String {
    if error.is_response() {
        return "it closed the connection or does not speak SMTP".to_owned();
    }
    // The causes of all other errors are made on this side: by the system, TLS or the SMTP client.
    error.source().map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}
