//! A new code by e-mail: made, stored in the place of any other, mailed.
//!
//! It owns all that it needs, so that it can outlive the request that asked for it.

use super::{CodeMail, Gate, email_code};
use crate::domain_error::DomainError;
use crate::email_address::domain_of;
use crate::refusal::Refusal;
use crate::store::{CodeRecipient, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use std::sync::Arc;

pub struct NewCode {
    store: Store,
    mail: Arc<dyn CodeMail>,
    recipient: CodeRecipient,
    code: SecretString,
    hash: SecretString,
    expire: DateTime<Utc>,
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
        Ok(NewCode { store, mail, recipient, code, hash, expire, now: self.now })
    }
}

impl NewCode {
    /// Puts it in the place of any other.
    pub async fn store(&self) -> Result<(), StoreError> {
        self.store.store_email_code(&self.recipient.id, &self.hash, self.expire, self.now).await
    }

    /// Mails it to the verified addresses, one after the other up to the first that is none, as in the original.
    ///
    /// # Errors
    /// A verified address that is none.
    pub async fn mail(&self) -> Result<(), Refusal> {
        let verified = self.recipient.emails.iter().filter(|email| email.verified);
        let addresses: Vec<String> = verified.map(|email| email.address.clone()).collect();
        let is_malformed = |address: &String| domain_of(address).is_none();
        let usable = addresses.iter().position(is_malformed).unwrap_or(addresses.len());
        let (usable, rest) = addresses.split_at(usable);
        self.mail.send_code(usable, self.recipient.language.as_deref(), &self.code).await;
        if rest.is_empty() { Ok(()) } else { Err(Refusal::malformed_code_address()) }
    }
}
