//! Blocking after failed logins, by address and by user. Source: `docs/behaviour/login.md` section 1.7.

use super::error::LoginError;
use super::request::LoginRequest;
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::store::{Account, LoginEvent, LoginOutcome, Store, StoreError, Subject};
use crate::workspace::Settings;
use chrono::{DateTime, TimeDelta, Utc};

pub(super) struct Throttle<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    /// The client's.
    pub address: &'a str,
    pub now: DateTime<Utc>,
}

impl Throttle<'_> {
    /// The refusal after too many recent failures; the address comes before the user.
    pub async fn refusal(
        &self,
        request: &LoginRequest,
        account: Option<&Account>,
    ) -> Result<Option<Refusal>, StoreError> {
        let settings = self.settings;
        if !settings.block_failed_logins {
            return Ok(None);
        }
        let listed = |list: &str| list.split(',').any(|listed| ecmascript::trim(listed) == self.address);
        let by_address = Rule {
            is_on: settings.block_by_address && !listed(&settings.never_blocked_addresses),
            attempts: settings.block_by_address_attempts,
            minutes: settings.block_by_address_minutes,
        };
        // Counted by the stored name, where the original goes by the typed one: else each other way of
        // writing it in capitals would have attempts of its own.
        let stored = account.and_then(|account| account.caller.username.as_deref());
        let username = request.username().map(|typed| stored.unwrap_or(typed));
        let by_user = Rule {
            is_on: settings.block_by_user,
            attempts: settings.block_by_user_attempts,
            minutes: settings.block_by_user_minutes,
        };
        let (address_blocked, user_blocked) = futures_util::future::try_join(
            self.applies(&by_address, Some(Subject::Address(self.address))),
            self.applies(&by_user, username.map(Subject::Username)),
        )
        .await?;
        Ok(match (address_blocked, user_blocked) {
            (true, _) => Some(Refusal::address_blocked()),
            (false, true) => Some(Refusal::user_blocked()),
            (false, false) => None,
        })
    }

    async fn applies(&self, rule: &Rule, subject: Option<Subject<'_>>) -> Result<bool, StoreError> {
        let limit = u64::try_from(rule.attempts).ok().filter(|attempts| *attempts > 0);
        let (true, Some(limit), Some(subject)) = (rule.is_on, limit, subject) else { return Ok(false) };
        let window = TimeDelta::try_minutes(rule.minutes).unwrap_or_default();
        let begin = self.now.checked_sub_signed(window).unwrap_or(DateTime::UNIX_EPOCH);
        Ok(self.store.failed_logins(subject, begin, limit).await? >= limit)
    }

    /// Notes how the attempt ended. No login depends on whether that can be written.
    pub async fn note(
        &self,
        request: &LoginRequest,
        account: Option<&Account>,
        outcome: Result<(), &LoginError>,
    ) {
        let outcome = match outcome {
            Ok(()) => LoginOutcome::Success,
            Err(error) if error.is_counted() => LoginOutcome::Failure,
            Err(_) => return,
        };
        if !self.settings.block_failed_logins {
            return;
        }
        let caller = account.map(|account| &account.caller);
        let stored = caller.and_then(|caller| caller.username.as_deref());
        let event = LoginEvent {
            outcome,
            address: self.address,
            user_id: caller.map(|caller| caller.id.as_str()),
            username: stored.or_else(|| request.username()),
            at: self.now,
        };
        if let Err(error) = self.store.note_login(&event).await {
            tracing::warn!(%error, "a login attempt could not be noted");
        }
    }
}

struct Rule {
    is_on: bool,
    /// 0 is a mistake in the settings, and blocks no one.
    attempts: i64,
    minutes: i64,
}
