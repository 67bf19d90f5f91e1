//! Mails to one's own addresses: to confirm one, and the way to a new password. Source: `docs/behaviour/own-account.md`
//! sections 5.1 and 7.1.

use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::ecmascript;
use crate::effects::{Effect, Notice};
use crate::mail_limit::MailLimiter;
use crate::random;
use crate::release::ConfirmationMail;
use crate::store::{Commit, Committed, Store, UserUpdate, Whom};
use crate::workspace::Workspace;
use bson::{DateTime, doc};
use chrono::Utc;

const ATTEMPTS: u32 = 5;

/// What mails are caused with.
pub struct Mailing<'a> {
    pub store: &'a Store,
    pub mail_limit: &'a MailLimiter,
    pub workspace: &'a Workspace,
    pub now: chrono::DateTime<Utc>,
}

impl Mailing<'_> {
    /// Mails a secret that confirms this address, if somebody has it. Whether anybody does is not told.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn send_confirmation(&self, typed: &str) -> Result<(), DomainError> {
        let again = self.workspace.release.confirmation_mail == ConfirmationMail::SignedIn;
        self.mail(ecmascript::trim(typed), |user, address| {
            let email = user.emails.iter().find(|email| email.address == address)?;
            if email.verified && !again {
                return None;
            }
            let token = random::secret();
            let mut update = UserUpdate::default();
            let stored = doc! {"token": &token, "address": address, "when": DateTime::from_chrono(self.now)};
            update.push("services.email.verificationTokens", stored);
            let (address, name) = (address.to_owned(), name_of(user));
            Some((update, Notice::VerifyEmail { address, token: token.into(), name }))
        })
        .await
    }

    /// Mails the way to a new password, if somebody has this address. A new one takes the place of the last.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn send_password_reset(&self, typed: &str) -> Result<(), DomainError> {
        let typed = ecmascript::trim(typed).to_lowercase();
        self.mail(&typed, |user, address| {
            let services = &user.services;
            let has_other_services_only = services.is_anything && !services.has_password;
            if has_other_services_only && !self.workspace.settings.allow_password_change_for_oauth {
                return None;
            }
            let token = random::secret();
            let mut update = UserUpdate::default();
            let reset = doc! {
                "token": &token, "email": address, "when": DateTime::from_chrono(self.now), "reason": "reset",
            };
            update.set("services.password.reset", reset);
            let (address, name) = (address.to_owned(), user.name.clone());
            Some((update, Notice::ResetPassword { address, token: token.into(), name }))
        })
        .await
    }

    /// The mail goes to the address as it is stored, within the limit of mails.
    async fn mail(
        &self,
        typed: &str,
        decide: impl Fn(&Caller, &str) -> Option<(UserUpdate, Notice)>,
    ) -> Result<(), DomainError> {
        if typed.is_empty() {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let Some(user) = self.store.person(Whom::EmailAddress(typed)).await? else { return Ok(()) };
            let same = |address: &&str| address.to_lowercase() == typed.to_lowercase();
            let mut stored = user.emails.iter().map(|email| email.address.as_str());
            let Some(address) = stored.find(same).map(str::to_owned) else { return Ok(()) };
            let Some((mut update, notice)) = decide(&user, &address) else { return Ok(()) };
            let counted =
                self.mail_limit.count(self.store, &user.id, std::slice::from_ref(&address), self.now).await;
            let counted = match counted {
                Ok(counted) => counted,
                Err(DomainError::TooManyMails { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            update.guard_element("emails.address", &address);
            update.effects.extend(Effect::Mail(notice).to_new(&user.id));
            let now = DateTime::from_chrono(self.now);
            let (user_id, seen) = (user.id.clone(), user.updated_at);
            let commit = Commit { user_id, seen, update, projection: doc! {"_id": 1}, now };
            if let Committed::Done(_) = self.store.commit(&commit).await? {
                return Ok(());
            }
            self.mail_limit.take_back(self.store, counted).await;
        }
        Ok(())
    }
}

/// What a mail calls the user.
fn name_of(user: &Caller) -> Option<String> {
    user.name.clone().filter(|name| !name.is_empty()).or_else(|| user.username.clone())
}
