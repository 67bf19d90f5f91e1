//! The way of a login: find the account, prove that it is the client's, ask the rules and the second factor, write;
//! decide again if the account was changed meanwhile.

use super::error::{Ended, LoginError};
use super::lifetime::{expiry, hash_token};
use super::request::LoginRequest;
use super::rules;
use super::throttle::Throttle;
use super::write::{LoginToken, plan};
use crate::hashing::Hashing;
use crate::random;
use crate::refusal::Refusal;
use crate::second_factor::{ConfirmError, Confirmation, Gate, Method, Offered};
use crate::store::{Account, Committed, StoreError, StoredToken};
use bson::{Document, RawDocumentBuf};
use secrecy::{ExposeSecret, SecretString};

/// How often a login is decided anew because the account was changed meanwhile.
const ATTEMPTS: u32 = 5;

/// What somebody is signed in with.
pub struct Login<'a> {
    pub gate: Gate<'a>,
    /// How many sessions a login leaves.
    pub max_tokens: usize,
    /// The client's address.
    pub address: &'a str,
    /// Which parts of the user's document the reply needs.
    pub projection: Document,
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
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn log_in(&self, request: &LoginRequest) -> Result<LoggedIn, LoginError> {
        let mut account = None;
        let outcome = self.decide(request, &mut account).await;
        let noted = outcome.as_ref().map(|_| ());
        self.throttle().note(request, account.as_ref(), noted).await;
        outcome
    }

    async fn decide(
        &self,
        request: &LoginRequest,
        found: &mut Option<Account>,
    ) -> Result<LoggedIn, LoginError> {
        for _ in 0..ATTEMPTS {
            *found = self.find(request).await?;
            // Before the password: who is blocked costs no hashing.
            if let Some(refusal) = self.throttle().refusal(request, found.as_ref()).await? {
                return Err(refusal.into());
            }
            let account = self.prove(request, found.as_ref()).await?;
            rules::check(account, request, self.gate.settings)?;
            let confirmation = self.confirm(request, account).await?;
            if let Some(logged_in) = self.write(request, account, &confirmation).await? {
                return Ok(logged_in);
            }
            if let Some(refusal) = self.refusal_if_spent(request, account, &confirmation).await? {
                return Err(refusal.into());
            }
        }
        Err(Refusal::too_many_changes().into())
    }

    /// An account without a password cannot be found by its name.
    async fn find(&self, request: &LoginRequest) -> Result<Option<Account>, StoreError> {
        match request {
            LoginRequest::Password { who, .. } if !who.is_plausible() => Ok(None),
            LoginRequest::Password { who, .. } => {
                let account = self.gate.store.account_named(who.filter()).await?;
                Ok(account.filter(|account| account.caller.services.password_hash.is_some()))
            }
            LoginRequest::Resume(token) => {
                let token = token.expose_secret();
                let hashed = hash_token(token);
                match self.gate.store.account_with_token(StoredToken::Hashed(&hashed)).await? {
                    Some(account) => Ok(Some(account)),
                    None => self.gate.store.account_with_token(StoredToken::Plain(token)).await,
                }
            }
            LoginRequest::Unrecognised | LoginRequest::Malformed { .. } => Ok(None),
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
                let is_right = self.gate.hashing.matches_account(digest.clone(), hash).await?;
                account.filter(|_| is_right).ok_or(LoginError::Credentials)
            }
            LoginRequest::Resume(_) => {
                let account = account.ok_or(LoginError::Ended(Ended::Removed))?;
                match expiry(&account.caller.login_token, self.gate.settings) {
                    Some(end) if self.gate.now >= end => Err(LoginError::Ended(Ended::Expired)),
                    _ => Ok(account),
                }
            }
            LoginRequest::Unrecognised => Err(LoginError::Credentials),
            LoginRequest::Malformed { field } => Err(LoginError::Malformed { field }),
        }
    }

    /// Of a login only the user's own methods are asked; who has turned none on passes.
    async fn confirm(&self, request: &LoginRequest, account: &Account) -> Result<Confirmation, LoginError> {
        let LoginRequest::Password { code, .. } = request else { return Ok(Confirmation::NotAsked) };
        if account.is_visitor() || Method::available(&account.caller, self.gate.settings).is_empty() {
            return Ok(Confirmation::NotAsked);
        }
        let confirmed = self.gate.confirm(&account.caller, &offered(code.as_ref())).await;
        confirmed.map_err(|error| match error {
            ConfirmError::Refused(refusal) => naming_the_user(refusal, account).into(),
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
            LoginRequest::Password { digest, .. } => LoginToken::New {
                token: random::secret().into(),
                renewed_hash: match &account.caller.services.password_hash {
                    Some(hash) if Hashing::is_outdated(hash) => {
                        Some(self.gate.hashing.hash(digest.clone()).await?)
                    }
                    _ => None,
                },
            },
            LoginRequest::Unrecognised | LoginRequest::Malformed { .. } => {
                return Err(LoginError::Credentials);
            }
        };
        let commit = plan(account, &login_token, confirmation, self.projection.clone(), self.gate.now);
        let Committed::Done(user) = self.gate.store.commit(&commit).await? else { return Ok(None) };
        let user_id = account.caller.id.clone();
        if account.login_tokens >= self.max_tokens
            && let Err(error) = self.gate.store.keep_newest_logins(&user_id, self.max_tokens).await
        {
            // The next login tries again; this one stands.
            tracing::warn!(%error, "old login tokens could not be removed");
        }
        Ok(Some(LoggedIn { user_id, token: login_token.token().clone(), user }))
    }

    fn throttle(&self) -> Throttle<'_> {
        let Gate { store, settings, now, .. } = self.gate;
        Throttle { store, settings, address: self.address, now }
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
