//! A new code by e-mail: made, stored in the place of any other, mailed.
//!
//! It owns all that it needs, so that it can outlive the request that asked for it.

use super::{CodeMail, CodeToMail, Gate, email_code};
use crate::domain_error::DomainError;
use crate::email_address::domain_of;
use crate::mail_limit::MailLimiter;
use crate::refusal::Refusal;
use crate::release::EmailCodeForm;
use crate::store::{CodeRecipient, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Which code may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaces {
    /// Any.
    Any,
    /// One that can no longer be used. A usable one was mailed to its owner, and no stranger takes it away.
    WhatIsOver,
}

pub struct NewCode {
    store: Store,
    mail: Arc<dyn CodeMail>,
    recipient: CodeRecipient,
    code: SecretString,
    hash: SecretString,
    expire: DateTime<Utc>,
    /// How many wrong attempts a code has.
    most_attempts: Option<i64>,
    form: EmailCodeForm,
    now: DateTime<Utc>,
}

impl Gate<'_> {
    /// Makes a code. Neither stored nor mailed yet.
    pub async fn new_code(&self, recipient: CodeRecipient) -> Result<NewCode, DomainError> {
        let code = email_code::generate();
        let hash = self.hashing.hash_code(code.clone()).await?.into();
        let life = TimeDelta::try_seconds(self.settings.two_factor_email_code_seconds);
        let expire = life.and_then(|life| self.now.checked_add_signed(life)).unwrap_or(self.now);
        let (store, mail) = (self.store.clone(), Arc::clone(self.code_mail));
        let most_attempts = email_code::most_attempts(self.settings);
        let (form, now) = (self.release.email_codes, self.now);
        Ok(NewCode { store, mail, recipient, code, hash, expire, most_attempts, form, now })
    }
}

impl NewCode {
    /// Puts it in the place of another, or beside those of a list. `false`: what is there is not to be replaced.
    pub async fn store(&self, replaces: Replaces) -> Result<bool, StoreError> {
        let keep_usable = replaces == Replaces::WhatIsOver;
        let NewCode { recipient, hash, expire, now, .. } = self;
        match self.form {
            EmailCodeForm::Object => {
                let keep_usable = keep_usable.then_some(self.most_attempts);
                self.store.store_email_code(&recipient.id, hash, *expire, keep_usable, *now).await
            }
            EmailCodeForm::List => {
                self.store.add_email_code(&recipient.id, hash, *expire, keep_usable, *now).await
            }
        }
    }

    /// Goes on without the deadline of the request that made it.
    pub fn behind_the_answer(mut self) -> NewCode {
        self.store = self.store.without_deadline();
        self
    }

    /// Stores and mails it, within the limit of mails, behind the answer; `stored` is told when it is decided whether there
    /// is a new code.
    pub async fn store_and_mail(
        self,
        replaces: Replaces,
        mail_limit: &MailLimiter,
        stored: oneshot::Sender<Result<(), DomainError>>,
    ) {
        let outcome = self.store_within(replaces, mail_limit).await;
        let (is_stored, told) = match outcome {
            Ok(is_stored) => (is_stored, Ok(())),
            // Neither a code nor a mail, and not a word of it.
            Err(DomainError::TooManyMails { .. }) => (false, Ok(())),
            Err(error) => (false, Err(error)),
        };
        // The request may have ended.
        let _ = stored.send(told);
        if is_stored && let (_, Err(reason)) = self.mail() {
            tracing::warn!(%reason, "a code was made, but not mailed to every address");
        }
    }

    async fn store_within(&self, replaces: Replaces, mail_limit: &MailLimiter) -> Result<bool, DomainError> {
        let (id, addresses) = (&self.recipient.id, self.recipient.addresses());
        let counted = mail_limit.count(&self.store, id, &addresses, self.now).await?;
        let is_stored = self.store(replaces).await?;
        if !is_stored {
            mail_limit.take_back(&self.store, counted).await;
        }
        Ok(is_stored)
    }

    /// Mails it within a request, as [`NewCode::mail`] does. A slow mail server is waited for only so long; then the same
    /// mail goes on behind the answer.
    ///
    /// # Errors
    /// A verified address that is none.
    pub async fn mail_within(self, patience: Duration) -> Result<(), Refusal> {
        let (under_way, outcome) = self.mail();
        let _ = timeout(patience, under_way).await;
        outcome
    }

    /// Mails it to the verified addresses, one after the other up to the first that is none, as in the original. If it
    /// reaches no one it is removed again: a code that can be used would stand in the way of the next. The mails are under
    /// way when this returns, with what ends when they have arrived; the refusal is for a verified address that is none.
    fn mail(self) -> (BoxFuture<'static, ()>, Result<(), Refusal>) {
        let addresses = self.recipient.addresses();
        let is_malformed = |address: &String| domain_of(address).is_none();
        let usable = addresses.iter().position(is_malformed).unwrap_or(addresses.len());
        let outcome = if usable == addresses.len() { Ok(()) } else { Err(Refusal::malformed_code_address()) };
        let addresses = addresses.into_iter().take(usable).collect();
        let (store, form, hash, user) =
            (self.store.without_deadline(), self.form, self.hash, self.recipient.id);
        let remove = async move {
            let removed = match form {
                EmailCodeForm::Object => store.remove_email_code(&user, &hash).await,
                EmailCodeForm::List => store.remove_listed_email_code(&user, &hash).await,
            };
            if let Err(error) = removed {
                tracing::warn!(%error, "a code that was not mailed stays");
            }
        };
        let mail = CodeToMail { addresses, language: self.recipient.language, code: self.code };
        (self.mail.send_code(mail, Box::pin(remove)), outcome)
    }
}
