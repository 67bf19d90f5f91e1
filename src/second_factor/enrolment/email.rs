//! Codes by e-mail: on, off, and a new one on request.

use super::{Decision, Enrolment, end_other_sessions};
use crate::caller::{Caller, Session};
use crate::domain_error::DomainError;
use crate::refusal::Refusal;
use crate::second_factor::{Method, Offered, Replaces, Requirement};
use crate::store::{CodeRecipient, Stored, UserUpdate};
use bson::{DateTime, doc};
use secrecy::ExposeSecret;
use tokio::sync::oneshot;

impl Enrolment<'_> {
    /// Turns codes by e-mail on, and ends all other sessions.
    ///
    /// # Errors
    /// Users with an address that is not verified. Users without any address pass, as in the original.
    pub async fn enable_email_codes(&self, caller: Caller, session: &Session) -> Result<(), DomainError> {
        let decide = async |caller: &Caller| {
            if caller.emails.iter().any(|email| !email.verified) {
                return Err(Refusal::unverified_emails().into());
            }
            let mut update = self.email_codes(true);
            end_other_sessions(&mut update, session);
            Ok(Decision::unconfirmed(update, ()))
        };
        self.carry_out(caller, session, decide).await
    }

    /// Turns codes by e-mail off, once a second factor confirms it; returns which, if one was asked for.
    ///
    /// # Errors
    /// The challenge, or its refusal.
    pub async fn disable_email_codes(
        &self,
        caller: Caller,
        session: &Session,
        offered: &Offered,
    ) -> Result<Option<Method>, DomainError> {
        let decide = async |caller: &Caller| {
            let requirement = Requirement::WITHOUT_REMEMBERING;
            let spends = self.gate.confirm_by(requirement, caller, offered).await?;
            let mut update = self.email_codes(false);
            // What decided which factor was asked for.
            let services = &caller.services;
            update.guard("services.totp.enabled", Stored::True(services.totp_enabled));
            let password_hash = services.password_hash.as_ref().map(ExposeSecret::expose_secret);
            update.guard("services.password.bcrypt", password_hash);
            spends.spend(&mut update);
            let too_late = Err(self.gate.refusal_for_spent(caller, &spends));
            let answer = spends.method();
            Ok(Decision::Write { update: Box::new(update), spends, answer, too_late })
        };
        self.carry_out(caller, session, decide).await
    }

    /// Makes a new code for the user, if there is one, and mails it behind the answer, as the original does. The client
    /// does not learn whether there is such a user, not even by the time: without one it hashes and writes, too, in vain.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn send_email_code(
        &self,
        recipient: Option<CodeRecipient>,
        replaces: Replaces,
    ) -> Result<(), DomainError> {
        let nobody = || CodeRecipient { id: String::new(), emails: Vec::new(), language: None };
        let new = self.gate.new_code(recipient.unwrap_or_else(nobody)).await?;
        let (tell, told) = oneshot::channel();
        let mail_limit = self.gate.mail_limit.clone();
        // A task of its own: a client that leaves must not take the mail of a code with it that is stored already.
        tokio::spawn(
            async move { new.behind_the_answer().store_and_mail(replaces, &mail_limit, tell).await },
        );
        // The task ends without a word only when the whole service ends.
        told.await.unwrap_or(Ok(()))
    }

    fn email_codes(&self, enabled: bool) -> UserUpdate {
        let changed_at = DateTime::from_chrono(self.now);
        let mut update = UserUpdate::default();
        update.set("services.email2fa", doc! {"enabled": enabled, "changedAt": changed_at});
        update
    }
}
