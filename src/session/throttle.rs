//! Blocking after failed logins, by address and by account. Source: `docs/behaviour/login.md` section 1.7.
//!
//! Failures of an address are counted in the original's own records. Those of an account have a counter of ours, one
//! whatever the login names it by, which is counted up in the write that allows the attempt: of guesses that arrive
//! together no more are looked at than the workspace allows.

use super::error::LoginError;
use super::request::{LoginRequest, Who};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::store::{Account, AtMost, LoginEvent, LoginOutcome, Recent, Store, StoreError};
use crate::workspace::Settings;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

pub(super) struct Throttle<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    /// The client's.
    pub address: &'a str,
    pub now: DateTime<Utc>,
}

/// An attempt that may be made.
#[derive(Default)]
pub(super) struct Admitted {
    /// Where it is counted as a failure, unless it turns out to be none.
    counted: Option<String>,
}

impl Throttle<'_> {
    /// Counts the attempt as a failure and lets it be made, or refuses it after too many recent ones; the address comes
    /// before the user.
    pub async fn admit(
        &self,
        request: &LoginRequest,
        account: Option<&Account>,
    ) -> Result<Result<Admitted, Refusal>, StoreError> {
        if !self.settings.block_failed_logins {
            return Ok(Ok(Admitted::default()));
        }
        let (address_blocked, by_account) =
            futures_util::future::try_join(self.is_address_blocked(), self.count(request, account)).await?;
        Ok(match (address_blocked, by_account) {
            (true, _) => Err(Refusal::address_blocked()),
            (false, Err(UserBlocked)) => Err(Refusal::user_blocked()),
            (false, Ok(counted)) => Ok(Admitted { counted }),
        })
    }

    async fn is_address_blocked(&self) -> Result<bool, StoreError> {
        let settings = self.settings;
        let listed = |list: &str| ecmascript::split_list(list).any(|listed| listed == self.address);
        if !settings.block_by_address || listed(&settings.never_blocked_addresses) {
            return Ok(false);
        }
        let Some(limit) = limit(settings.block_by_address_attempts) else { return Ok(false) };
        let window = window(settings.block_by_address_minutes);
        let begin = self.now.checked_sub_signed(window).unwrap_or(DateTime::UNIX_EPOCH);
        let limit = u64::from(limit);
        Ok(self.store.failed_logins_from(self.address, begin, limit).await? >= limit)
    }

    async fn count(
        &self,
        request: &LoginRequest,
        account: Option<&Account>,
    ) -> Result<Result<Option<String>, UserBlocked>, StoreError> {
        let settings = self.settings;
        let limit = limit(settings.block_by_user_attempts).filter(|_| settings.block_by_user);
        let (Some(times), Some(key)) = (limit, counter(request, account)) else { return Ok(Ok(None)) };
        let limit = AtMost { times, within: window(settings.block_by_user_minutes), now: self.now };
        let counted = self.store.count_recent(Recent::FailedLogins, &key, 1, limit).await?;
        Ok(counted.map(|()| Some(key)).map_err(|_| UserBlocked))
    }

    /// Notes how the attempt ended. No login depends on whether that can be written.
    pub async fn note(
        &self,
        request: &LoginRequest,
        account: Option<&Account>,
        admitted: Admitted,
        outcome: Result<(), &LoginError>,
    ) {
        if !self.settings.block_failed_logins {
            return;
        }
        let noted = match outcome {
            Ok(()) => {
                let forget = async {
                    let Some(account) = account else { return Ok(()) };
                    self.store.forget_recent(Recent::FailedLogins, &counter_of(account)).await
                };
                let event = self.note_event(LoginOutcome::Success, request, account);
                futures_util::future::try_join(forget, event).await.map(|_| ())
            }
            Err(error) if error.is_counted() => {
                self.note_event(LoginOutcome::Failure, request, account).await
            }
            Err(_) => match &admitted.counted {
                Some(key) => self.store.uncount_recent(Recent::FailedLogins, key, 1).await,
                None => Ok(()),
            },
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "how a login ended could not be noted");
        }
    }

    async fn note_event(
        &self,
        outcome: LoginOutcome,
        request: &LoginRequest,
        account: Option<&Account>,
    ) -> Result<(), StoreError> {
        let caller = account.map(|account| &account.caller);
        let stored = caller.and_then(|caller| caller.username.as_deref());
        let event = LoginEvent {
            outcome,
            address: self.address,
            user_id: caller.map(|caller| caller.id.as_str()),
            username: stored.or_else(|| request.username()),
            at: self.now,
        };
        self.store.note_login(&event).await
    }
}

struct UserBlocked;

/// Where the failures of a login by password are counted: at the account, or, where there is none, at the typed name in
/// lower case, so that the answers do not tell which names there are. The name itself is not kept.
fn counter(request: &LoginRequest, account: Option<&Account>) -> Option<String> {
    let LoginRequest::Password { who, .. } = request else { return None };
    let (Who::Username(name) | Who::EmailAddress(name)) = who;
    match account {
        Some(account) => Some(counter_of(account)),
        None if who.is_plausible() => {
            Some(format!("name/{}", hex::encode(Sha256::digest(name.to_lowercase()))))
        }
        None => None,
    }
}

fn counter_of(account: &Account) -> String {
    format!("id/{}", account.caller.id)
}

/// 0 is a mistake in the settings, and blocks no one. More failures than 2.5 are three.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is positive; too many are u32::MAX"
)]
fn limit(attempts: f64) -> Option<u32> {
    (attempts > 0.0).then_some(attempts.ceil() as u32)
}

/// Fractions of a minute count, as in the original.
#[expect(clippy::cast_possible_truncation, reason = "a window beyond the range of i64 is as good as its end")]
fn window(minutes: f64) -> TimeDelta {
    TimeDelta::try_milliseconds((minutes * 60_000.0) as i64).unwrap_or_default()
}
