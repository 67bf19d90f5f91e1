//! Codes by e-mail: on, off, and a new one on request.

use super::{Decision, Enrolment, Write, end_other_sessions};
use crate::caller::{Caller, Session};
use crate::refusal::Refusal;
use crate::second_factor::{ConfirmError, Confirmation, Demand, Offered};
use crate::store::CodeRecipient;
use bson::{Bson, DateTime, Document, doc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

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
            guard.insert("services.password.bcrypt", still_stored(services.password_hash.as_ref()));
            let mut write = Write { guard, set: self.email_codes(false), ..Write::default() };
            write.spend(&spends);
            let too_late = Err(self.gate.refusal_for_spent(caller, &spends));
            Ok(Decision::Write { write: Box::new(write), spends, answer: (), too_late })
        };
        self.carry_out(caller, session, decide).await
    }

    /// Makes a new code for the user, if there is one, and mails it behind the answer, as the original does. Who asks
    /// does not learn whether there is one, not even by the time: for nobody it hashes and writes, too, in vain.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn send_email_code(&self, recipient: Option<CodeRecipient>) -> Result<(), ConfirmError> {
        let nobody = || CodeRecipient { id: String::new(), emails: Vec::new(), language: None };
        let new = self.gate.new_code(recipient.unwrap_or_else(nobody)).await?;
        let (tell, told) = oneshot::channel();
        // A task of its own: a client that leaves must not take the mail of a code with it that is stored already.
        tokio::spawn(async move {
            let stored = new.store().await;
            let is_stored = stored.is_ok();
            // Nobody may be listening any more.
            let _ = tell.send(stored);
            if is_stored && let Err(reason) = new.mail().await {
                tracing::warn!(%reason, "a code was made, but not mailed to every address");
            }
        });
        // The task ends without a word only when the whole service ends.
        Ok(told.await.unwrap_or(Ok(()))?)
    }

    fn email_codes(&self, enabled: bool) -> Document {
        let changed_at = DateTime::from_chrono(self.gate.now);
        doc! {"services.email2fa": {"enabled": enabled, "changedAt": changed_at}}
    }
}

/// The condition under which the stored hash is still the one that was read, where an empty one counts as none.
fn still_stored(hash: Option<&SecretString>) -> Bson {
    match hash {
        Some(hash) => hash.expose_secret().into(),
        None => doc! {"$in": [Bson::Null, ""]}.into(),
    }
}
