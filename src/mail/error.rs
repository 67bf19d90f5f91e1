//! Why a mail was not handed over. No text here repeats what a server said: it may echo names and addresses.

use super::smtp::{Fault, SmtpError, Step};
use thiserror::Error;

#[derive(Debug, Error, PartialEq, Eq)]
pub enum MailError {
    /// No mail server is configured. Nothing is wrong with the mail.
    #[error("no mail server is configured: the setting SMTP_Host and MAIL_URL are empty")]
    NotConfigured,
    /// No server will ever take it.
    #[error("the recipient's address is malformed")]
    BadRecipient,
    /// The server does not want this mail (5xx to recipient or content, or a mail above its limit).
    #[error("the mail server refused the mail with code {0}")]
    Refused(u16),
    #[error("the mail has {size} bytes, and the mail server takes {most} at most")]
    TooLarge { size: u64, most: u64 },
    /// The server wants it later (4xx).
    #[error("the mail server postponed the mail with code {0}")]
    Postponed(u16),
    /// The server could not be used: absent, not trusted, not answering, not speaking SMTP, refusing the login or the
    /// sender.
    #[error("the mail server cannot be used: {0}")]
    Unavailable(String),
}

impl MailError {
    /// Whether trying again without any change by an operator is useless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            MailError::NotConfigured
            | MailError::BadRecipient
            | MailError::Refused(_)
            | MailError::TooLarge { .. } => true,
            MailError::Postponed(_) | MailError::Unavailable(_) => false,
        }
    }

    /// Of a dialogue that ended. `lacks_login`: a login is configured, and the server offers none.
    pub(super) fn of(error: &SmtpError, lacks_login: bool) -> MailError {
        let is_about_the_mail = matches!(error.step, Step::Recipient | Step::Data | Step::EndOfData);
        match error.fault {
            Fault::TooLarge { size, most } => MailError::TooLarge { size, most },
            // The server lacks the extension that a name beyond ASCII before the @ needs.
            Fault::NotOffered(_) | Fault::Unsayable if error.step == Step::Recipient => {
                MailError::BadRecipient
            }
            Fault::Answered(code) if (is_about_the_mail || error.step == Step::Sender) && code / 100 == 4 => {
                MailError::Postponed(code)
            }
            // Most likely it offers the login only with TLS and refuses mail without one: a matter of configuration.
            Fault::Answered(code) if is_about_the_mail && lacks_login => {
                MailError::Unavailable(format!("it offers no login, and answered with code {code}"))
            }
            Fault::Answered(code) if is_about_the_mail && !is_about_the_dialogue(code) => {
                MailError::Refused(code)
            }
            Fault::Answered(TOO_LARGE) if error.step == Step::Sender => MailError::Refused(TOO_LARGE),
            _ => MailError::Unavailable(error.to_string()),
        }
    }
}

/// To MAIL, where the size of the mail is told.
const TOO_LARGE: u16 = 552;

/// A command that is unknown, in the wrong place, or said under a name that the server does not like, or a login or TLS
/// that it misses: a matter of configuration, not of this mail.
fn is_about_the_dialogue(code: u16) -> bool {
    matches!(code, 500 | 502..=504 | 530 | 534 | 535 | 538)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_what_is_about_this_mail_ends_it() {
        use Step::{Data, EndOfData, Greeting, Login, Recipient, Sender, StartTls};
        let of = |step, code| MailError::of(&SmtpError::new(step, Fault::Answered(code)), false);
        for step in [Recipient, Data, EndOfData] {
            assert_eq!(of(step, 550), MailError::Refused(550));
            assert_eq!(of(step, 451), MailError::Postponed(451));
            for code in [500, 503, 504, 530, 535] {
                assert!(!of(step, code).is_permanent(), "{code}");
            }
            let lacking = MailError::of(&SmtpError::new(step, Fault::Answered(550)), true);
            assert!(!lacking.is_permanent());
        }
        for (step, code) in
            [(Greeting, 554), (StartTls, 454), (Login, 535), (Login, 454), (Sender, 550), (Sender, 553)]
        {
            assert!(!of(step, code).is_permanent(), "{code}");
        }
        assert_eq!((of(Sender, 552), of(Sender, 452)), (MailError::Refused(552), MailError::Postponed(452)));
        let silent = SmtpError::new(EndOfData, Fault::Silent(Duration::from_mins(10)));
        assert!(!MailError::of(&silent, false).is_permanent());
        assert_eq!(
            MailError::of(&silent, false).to_string(),
            "the mail server cannot be used: it did not finish the end of the mail within 600 s"
        );
    }
}
