//! The way of a login: find the account, prove that it is the client's, ask the rules and the second factor, write.

use super::error::{Ended, LoginError};
use super::lifetime::{expiry, hash_token};
use super::request::LoginRequest;
use super::rules;
use super::throttle::{Admitted, Throttle};
use super::write::{LoginToken, plan};
use crate::decide_again::decide_again;
use crate::domain_error::DomainError;
use crate::hashing::Hashing;
use crate::random;
use crate::refusal::Refusal;
use crate::second_factor::{Confirmation, Gate, Method, Offered, renew_hash};
use crate::store::{Account, Committed, Store, StoreError, StoredToken};
use crate::workspace::Settings;
use bson::{Document, RawDocumentBuf};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

/// What a user is signed in with.
pub struct Login<'a> {
    pub gate: Gate<'a>,
    pub store: &'a Store,
    pub hashing: Hashing,
    pub settings: &'a Settings,
    /// How many sessions a login leaves.
    pub max_tokens: usize,
    /// The client's address.
    pub address: &'a str,
    /// Which parts of the user's document the reply needs.
    pub projection: Document,
    pub now: DateTime<Utc>,
}

/// A session.
pub struct LoggedIn {
    pub user_id: String,
    pub token: SecretString,
    /// The user's document after the login.
    pub user: RawDocumentBuf,
}

impl Login<'_> {
    /// Signs in. Nothing is written to the account, and no code is spent, unless all of it is.
    pub async fn log_in(&self, request: &LoginRequest) -> Result<LoggedIn, LoginError> {
        // However many come, those that are turned away cost nobody anything.
        if matches!(request, LoginRequest::Password { .. }) {
            self.hashing.expect_room().await.map_err(DomainError::from)?;
        }
        let (mut account, mut admitted) = (None, None);
        let outcome = self.decide(request, &mut account, &mut admitted).await;
        let noted = outcome.as_ref().map(|_| ());
        self.throttle().note(request, account.as_ref(), admitted.unwrap_or_default(), noted).await;
        outcome
    }

    async fn decide(
        &self,
        request: &LoginRequest,
        found: &mut Option<Account>,
        admitted: &mut Option<Admitted>,
    ) -> Result<LoggedIn, LoginError> {
        decide_again(async || {
            *found = self.find(request).await?;
            // Before the password: a blocked login costs no hashing.
            if admitted.is_none() {
                *admitted = Some(self.throttle().admit(request, found.as_ref()).await??);
            }
            let account = self.prove(request, found.as_ref()).await?;
            rules::check(account, request, self.settings)?;
            let confirmation = self.confirm(request, account).await?;
            if let Some(logged_in) = self.write(request, account, &confirmation).await? {
                return Ok(Some(logged_in));
            }
            match self.refusal_if_spent(request, account, &confirmation).await? {
                Some(refusal) => Err(refusal.into()),
                None => Ok(None),
            }
        })
        .await
    }

    /// An account without a password cannot be found by its name.
    async fn find(&self, request: &LoginRequest) -> Result<Option<Account>, StoreError> {
        match request {
            LoginRequest::Password { who, .. } if !who.is_plausible() => Ok(None),
            LoginRequest::Password { who, .. } => {
                let account = self.store.account_named(who.filter()).await?;
                Ok(account.filter(|account| account.caller.services.password_hash.is_some()))
            }
            LoginRequest::Resume(token) => {
                let token = token.expose_secret();
                let hashed = hash_token(token);
                match self.store.account_with_token(StoredToken::Hashed(&hashed)).await? {
                    Some(account) => Ok(Some(account)),
                    None => self.store.account_with_token(StoredToken::Plain(token)).await,
                }
            }
            LoginRequest::Mailed(Ok(id)) => self.store.account_with_id(id).await,
            LoginRequest::Mailed(Err(_)) | LoginRequest::Unrecognised | LoginRequest::Malformed(_) => {
                Ok(None)
            }
        }
    }

    async fn prove<'a>(
        &self,
        request: &LoginRequest,
        account: Option<&'a Account>,
    ) -> Result<&'a Account, LoginError> {
        match request {
            LoginRequest::Password { digest, .. } => {
                let hash = account.and_then(|account| account.caller.services.password_hash.as_ref());
                let is_right = self.hashing.matches_account(digest.clone(), hash).await?;
                account.filter(|_| is_right).ok_or(LoginError::Credentials)
            }
            LoginRequest::Resume(_) => {
                let account = account.ok_or(LoginError::Ended(Ended::Removed))?;
                match expiry(&account.caller.login_token, self.settings) {
                    Some(end) if self.now >= end => Err(LoginError::Ended(Ended::Expired)),
                    _ => Ok(account),
                }
            }
            LoginRequest::Mailed(Ok(_)) => account.ok_or(LoginError::Credentials),
            LoginRequest::Mailed(Err(reason)) => Err(LoginError::Mailed(reason)),
            LoginRequest::Unrecognised => Err(LoginError::Unrecognised),
            LoginRequest::Malformed(text) => Err(LoginError::Malformed(text.clone())),
        }
    }

    /// A login asks only for the user's own methods; a user who has turned none on passes.
    async fn confirm(&self, request: &LoginRequest, account: &Account) -> Result<Confirmation, LoginError> {
        let LoginRequest::Password { code, .. } = request else { return Ok(Confirmation::NotAsked) };
        if account.is_visitor() || Method::available(&account.caller, self.settings).is_empty() {
            return Ok(Confirmation::NotAsked);
        }
        let confirmed = self.gate.confirm(&account.caller, &offered(code.as_ref())).await;
        confirmed.map_err(|error| match error {
            DomainError::Refused(refusal) => naming_the_user(refusal, account).into(),
            other => other.into(),
        })
    }

    async fn refusal_if_spent(
        &self,
        request: &LoginRequest,
        account: &Account,
        confirmation: &Confirmation,
    ) -> Result<Option<Refusal>, StoreError> {
        if !matches!(request, LoginRequest::Password { .. }) {
            return Ok(None);
        }
        let refusal = self.gate.refusal_if_spent(&account.caller, confirmation).await?;
        Ok(refusal.map(|refusal| naming_the_user(refusal, account)))
    }

    /// `None` if the account is no longer as it was read.
    async fn write(
        &self,
        request: &LoginRequest,
        account: &Account,
        confirmation: &Confirmation,
    ) -> Result<Option<LoggedIn>, LoginError> {
        let login_token = match request {
            LoginRequest::Resume(token) => LoginToken::Resumed(token),
            LoginRequest::Password { .. } | LoginRequest::Mailed(Ok(_)) => {
                LoginToken::New { token: random::secret().into() }
            }
            LoginRequest::Mailed(Err(_)) | LoginRequest::Unrecognised | LoginRequest::Malformed(_) => {
                return Err(LoginError::Credentials);
            }
        };
        let commit = plan(account, &login_token, confirmation, self.projection.clone(), self.now);
        let Committed::Done(user) = self.store.commit(&commit).await? else { return Ok(None) };
        if let LoginRequest::Password { digest, .. } = request {
            renew_hash(self.store, &self.hashing, &account.caller, digest);
        }
        let user_id = account.caller.id.clone();
        if account.login_tokens >= self.max_tokens
            && let Err(error) = self.store.keep_newest_logins(&user_id, self.max_tokens).await
        {
            // The next login tries again; this one stands.
            tracing::warn!(%error, "old login tokens could not be removed");
        }
        Ok(Some(LoggedIn { user_id, token: login_token.token().clone(), user }))
    }

    fn throttle(&self) -> Throttle<'_> {
        let Login { store, settings, address, now, .. } = *self;
        Throttle { store, settings, address, now }
    }
}

fn offered(code: Option<&SecretString>) -> Offered {
    Offered { code: code.cloned(), method: None }
}

/// At a login the original has the whole user at hand, and so tells the username where other routes tell the
/// address that a code went to.
fn naming_the_user(mut refusal: Refusal, account: &Account) -> Refusal {
    let told = refusal.details.as_mut().and_then(|details| details.get_mut("emailOrUsername"));
    if let (Some(told), Some(username)) = (told, &account.caller.username) {
        *told = username.as_str().into();
    }
    refusal
}
