//! The gate in front of a sensitive change. Source: `spec/two-factor.md` section 2.

use super::{Method, Offered};
use crate::caller::Caller;
use crate::hashing::{Hashing, HashingError, PasswordDigest};
use crate::refusal::Refusal;
use crate::workspace::Settings;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use thiserror::Error;

/// Why the gate stays shut.
#[derive(Debug, Error)]
pub enum ConfirmError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Hashing(#[from] HashingError),
}

pub struct Gate<'a> {
    pub settings: &'a Settings,
    pub hashing: &'a Hashing,
}

impl Gate<'_> {
    /// Lets through who offers a valid second factor; returns the present password's digest if that was it.
    ///
    /// Remembered authorisations and personal access tokens do not help here: the original asks this route's
    /// callers anew each time. With two-factor authentication switched off in the workspace, everybody passes.
    ///
    /// # Errors
    /// [`ConfirmError::Refused`] with the challenge.
    pub async fn confirm(
        &self,
        caller: &Caller,
        offered: &Offered,
    ) -> Result<Option<PasswordDigest>, ConfirmError> {
        if !self.settings.two_factor_enabled {
            return Ok(None);
        }
        let available = Method::available(caller, self.settings);
        let method = Method::select(offered.method.as_deref(), &available);
        let Some(code) = &offered.code else {
            return Err(Refusal::totp_required(details(method, &available)).into());
        };
        let confirmed = match method {
            Method::Password => self.confirm_password(caller, code).await?,
            Method::Totp | Method::Email => None,
        };
        match confirmed {
            Some(digest) => Ok(Some(digest)),
            None => Err(Refusal::totp_invalid(details(method, &available)).into()),
        }
    }

    /// The code must be the digest of the present password. A user without one can never pass.
    async fn confirm_password(
        &self,
        caller: &Caller,
        code: &SecretString,
    ) -> Result<Option<PasswordDigest>, HashingError> {
        let Some(hash) = &caller.services.password_hash else { return Ok(None) };
        let digest = PasswordDigest::from_client(code.expose_secret());
        let matches = self.hashing.matches(digest.clone(), hash.clone()).await?;
        Ok(matches.then_some(digest))
    }
}

fn details(method: Method, available: &[Method]) -> Value {
    let available: Vec<_> = available.iter().map(|method| method.name()).collect();
    json!({"method": method.name(), "codeGenerated": false, "availableMethods": available})
}
