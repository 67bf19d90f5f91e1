//! Codes by e-mail: on, off, and a new one on request.

use super::{Decision, Enrolment, Write, end_other_sessions};
use crate::caller::{Caller, Session};
use crate::refusal::Refusal;
use crate::second_factor::{ConfirmError, Confirmation, Demand, Offered, email_code};
use crate::store::CodeRecipient;
use bson::{DateTime, Document, doc};
use secrecy::ExposeSecret;

impl Enrolment<'_> {
    /// Turns codes by e-mail on, and ends all other sessions.
    ///
    /// # Errors
    /// Users with an address that is not verified. Users without any address pass, as in the original.
    pub async fn enable_email_codes(&self, caller: Caller, session: &Session) -> Result<(), ConfirmError> {
        let decide = async |caller: &Caller| {
            if caller.emails.iter().any(|email| !email.verified) {
                return Err(Refusal::unverified_emails().into());
            }
            let mut write = Write { set: self.email_codes(true), ..Write::default() };
            end_other_sessions(&mut write, session);
            let too_late = Err(Refusal::too_many_changes());
            Ok(Decision::Write {
                write: Box::new(write),
                spends: Confirmation::NotAsked,
                answer: (),
                too_late,
            })
        };
        self.carry_out(caller, session, decide).await
    }

    /// Turns codes by e-mail off, for who confirms it by a second factor.
    ///
    /// # Errors
    /// The challenge, or its refusal.
    pub async fn disable_email_codes(
        &self,
        caller: Caller,
        session: &Session,
        offered: &Offered,
    ) -> Result<(), ConfirmError> {
        let decide = async |caller: &Caller| {
            let demand = Demand::WITHOUT_REMEMBERING;
            let spends = self.gate.confirm_by(demand, caller, offered).await?;
            let services = &caller.services;
            // What decided which factor was asked for.
            let has_totp = if services.totp_enabled { "$eq" } else { "$ne" };
            let mut guard = doc! {"services.totp.enabled": {has_totp: true}};
            let hash = services.password_hash.as_ref().map(ExposeSecret::expose_secret);
            guard.insert("services.password.bcrypt", hash);
            let mut write = Write { guard, set: self.email_codes(false), ..Write::default() };
            write.spend(&spends);
            let too_late = Err(self.gate.refusal_for_spent(caller, &spends));
            Ok(Decision::Write { write: Box::new(write), spends, answer: (), too_late })
        };
        self.carry_out(caller, session, decide).await
    }

    /// Mails a new code to the user, if there is one; who asks does not learn whether.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn send_email_code(&self, recipient: Option<CodeRecipient>) -> Result<(), ConfirmError> {
        let Some(CodeRecipient { id, emails, language }) = recipient else {
            // As much work as for a user, so that the time tells nothing either.
            self.gate.hashing.hash_code(email_code::generate()).await?;
            return Ok(());
        };
        match self.gate.send_new_code(&id, &emails, language.as_deref()).await {
            Err(ConfirmError::Refused(refusal)) => {
                tracing::warn!(reason = %refusal, "a code was made, but not mailed");
                Ok(())
            }
            sent => sent,
        }
    }

    fn email_codes(&self, enabled: bool) -> Document {
        let changed_at = DateTime::from_chrono(self.gate.now);
        doc! {"services.email2fa": {"enabled": enabled, "changedAt": changed_at}}
    }
}
