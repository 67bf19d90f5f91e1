//! The gate's part with codes by e-mail: there is one to be asked for, and the one that is given is right or wrong.
//!
//! A version stores one code, which counts the looks at it, or a list of up to five, which does not
//! ([`EmailCodeForm`]); what is stored in another form than the version's is no code.

use super::gate::{Inquiry, Verdict};
use super::new_code::Replaces;
use super::{Confirmation, Gate, Method, email_code};
use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::release::EmailCodeForm;
use crate::store::{CodeRecipient, SecondFactorSecrets, StoredEmailCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::time::Duration;

/// How long a request waits for the mail server to take a code.
const CODE_PATIENCE: Duration = Duration::from_secs(10);

impl Gate<'_> {
    /// Sees to it that there is a code, and says what the answer tells of it.
    pub(super) async fn provide_email_code(
        &self,
        inquiry: &Inquiry<'_>,
    ) -> Result<Map<String, Value>, DomainError> {
        let (caller, form) = (inquiry.caller, self.release.email_codes);
        let stored = stored_codes(&inquiry.secrets, form);
        if stored.iter().any(|code| email_code::is_expired(code, self.now)) {
            match form {
                EmailCodeForm::Object => self.store.drop_expired_email_code(&caller.id, self.now).await?,
                EmailCodeForm::List => self.store.drop_expired_email_codes(&caller.id, self.now).await?,
            }
        }
        let address = address_of(caller);
        let is_usable = |code: &&StoredEmailCode| email_code::is_usable(code, self.settings, self.now);
        let usable: Vec<_> = stored.iter().filter(is_usable).collect();
        if !usable.is_empty() {
            return Ok(email_code::details(address, &usable, form));
        }
        let recipient = CodeRecipient {
            id: caller.id.clone(),
            emails: caller.emails.clone(),
            language: inquiry.secrets.language.clone(),
        };
        let counted =
            match self.mail_limit.count(self.store, &caller.id, &recipient.addresses(), self.now).await {
                Ok(counted) => counted,
                // No further mail, and so no further code, which would reach no one.
                Err(DomainError::TooManyMails { .. }) => return Ok(email_code::details_of_none(address)),
                Err(error) => return Err(error),
            };
        let new = self.new_code(recipient).await?;
        if new.store(Replaces::WhatIsOver).await? {
            new.mail_within(self.code_patience()).await?;
        } else {
            // Another request was faster; its mail is on the way.
            self.mail_limit.take_back(self.store, counted).await;
        }
        Ok(email_code::details(address, &[], form))
    }

    /// How long a request waits for the mail server. Its deadline leaves time for the answer.
    fn code_patience(&self) -> Duration {
        self.store.time_left().map_or(CODE_PATIENCE, |left| CODE_PATIENCE.min(left / 2))
    }

    pub(super) async fn verify_email_code(
        &self,
        inquiry: &Inquiry<'_>,
        code: &SecretString,
    ) -> Result<Verdict, DomainError> {
        if !inquiry.available.contains(&Method::Email) {
            return Ok(Verdict::Wrong);
        }
        let form = self.release.email_codes;
        let stored = stored_codes(&inquiry.secrets, form).iter();
        let mut open = stored.filter(|code| !email_code::is_expired(code, self.now));
        match form {
            EmailCodeForm::List => self.find_in_list(open, code).await,
            EmailCodeForm::Object => match open.next() {
                Some(stored) => self.compare(inquiry.caller, stored, code).await,
                None => Ok(Verdict::Wrong),
            },
        }
    }

    /// No look is counted here; what bounds them is the budget of guesses.
    async fn find_in_list(
        &self,
        open: impl Iterator<Item = &StoredEmailCode>,
        code: &SecretString,
    ) -> Result<Verdict, DomainError> {
        for stored in open {
            if self.hashing.code_matches(email_code::digits(code), stored.hash.clone()).await? {
                let hash = stored.hash.expose_secret().to_owned();
                return Ok(Verdict::Right(Confirmation::ListedEmailCode(hash)));
            }
        }
        Ok(Verdict::Wrong)
    }

    async fn compare(
        &self,
        caller: &Caller,
        stored: &StoredEmailCode,
        code: &SecretString,
    ) -> Result<Verdict, DomainError> {
        // An exhausted code is not compared any more, where the original still does: it has been replaced.
        if email_code::is_exhausted(stored, self.settings) {
            self.store.look_at_email_code(&caller.id, None, self.now).await?;
            return Ok(Verdict::Wrong);
        }
        let most = email_code::most_attempts(self.settings);
        let looked = self.store.look_at_email_code(&caller.id, most, self.now).await?;
        let Some(looked) = looked.filter(|looked| !email_code::is_expired(&looked.code, self.now)) else {
            return Ok(Verdict::Wrong);
        };
        let hash = looked.code.hash;
        if looked.allowed && self.hashing.code_matches(email_code::digits(code), hash.clone()).await? {
            let hash = hash.expose_secret().to_owned();
            self.store.take_back_look(&caller.id, &hash).await?;
            return Ok(Verdict::Right(Confirmation::EmailCode(hash)));
        }
        let is_last = most.is_some_and(|most| looked.attempts >= most);
        Ok(if is_last { Verdict::LastAttempt } else { Verdict::Wrong })
    }
}

fn stored_codes(secrets: &SecondFactorSecrets, form: EmailCodeForm) -> &[StoredEmailCode] {
    match form {
        EmailCodeForm::Object => secrets.email_code.as_slice(),
        EmailCodeForm::List => &secrets.listed_email_codes,
    }
}

/// Where the answer says that a code went to.
pub(super) fn address_of(caller: &Caller) -> Option<&str> {
    caller.emails.iter().find(|email| email.verified).map(|email| email.address.as_str())
}
