//! The mails that must arrive, whatever happens to this process or to the mail server.

use super::Failure;
use crate::mail::{Mail, MailError, Mailer, compose};
use crate::store::Leased;
use secrecy::{ExposeSecret, SecretString};

#[derive(Debug, Clone)]
pub enum Notice {
    /// Tells the old address of the new one.
    EmailChanged { old: String, new: String },
    /// Asks the new address for a confirmation. `name`: the user's name, or the username of a user who has no name.
    VerifyEmail { address: String, token: SecretString, name: Option<String> },
    /// Welcomes a user who has a username from now on. `name` as above.
    Enrolment { address: String, name: Option<String> },
    /// Leads to a new password. `name` as above.
    ResetPassword { address: String, token: SecretString, name: Option<String> },
}

impl Notice {
    pub fn recipient(&self) -> &str {
        match self {
            Notice::EmailChanged { old, .. } => old,
            Notice::VerifyEmail { address, .. }
            | Notice::ResetPassword { address, .. }
            | Notice::Enrolment { address, .. } => address,
        }
    }
}

/// Sends the mail.
pub async fn send(mailer: &Mailer, leased: &Leased, notice: &Notice) -> Result<(), Failure> {
    let mail = mailer.compose(|letterhead| match notice {
        Notice::EmailChanged { old, new } => compose::email_changed(letterhead, old, new),
        Notice::VerifyEmail { address, token, name } => {
            compose::verification(letterhead, name.as_deref(), address, token.expose_secret())
        }
        Notice::Enrolment { address, name } => compose::enrolment(letterhead, name.as_deref(), address),
        Notice::ResetPassword { address, token, name } => {
            compose::forgot_password(letterhead, name.as_deref(), address, token.expose_secret())
        }
    });
    // The original counts this mail and not the other, whether or not it can be sent.
    if leased.attempts == 1 && matches!(notice, Notice::EmailChanged { .. }) {
        mailer.count_triggered(&mail).await;
    }
    mailer.send(&Mail { id: Some(leased.content_id()), ..mail }).await.map_err(|error| {
        let reason = error.to_string();
        match error {
            MailError::NotConfigured => Failure::NeedsOperator(reason),
            error if error.is_permanent() => Failure::Permanent(reason),
            _ => Failure::Transient(reason),
        }
    })
}
