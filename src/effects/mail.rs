//! The mails that must arrive.

use super::{Effect, Failure};
use crate::mail::{Mail, MailError, Mailer, compose};
use crate::store::Leased;
use secrecy::ExposeSecret;

/// Sends the mail that the effect is.
pub async fn send(mailer: &Mailer, leased: &Leased, effect: &Effect) -> Result<(), Failure> {
    let mail = mailer.compose(|letterhead| match effect {
        Effect::EmailChanged { old, new } => compose::email_changed(letterhead, old, new),
        Effect::VerifyEmail { address, token, name } => {
            compose::verification(letterhead, name.as_deref(), address, token.expose_secret())
        }
    });
    // The original counts this mail and not the other, however its sending ends.
    if leased.attempts == 1 && matches!(effect, Effect::EmailChanged { .. }) {
        mailer.count_triggered(&mail).await;
    }
    mailer.send(&Mail { id: Some(leased.id.clone()), ..mail }).await.map_err(|error| {
        let reason = error.to_string();
        match error {
            MailError::NotConfigured => Failure::Waiting(reason),
            error if error.is_permanent() => Failure::Final(reason),
            _ => Failure::Passing(reason),
        }
    })
}
