//! What a decision may have to know beyond the caller's document. Each fact is gathered only when a rule asks.

use super::plan_input::NoPlan;
use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::effects::{Rename, in_few_places};
use crate::hashing::{Hashing, PasswordDigest};
use crate::refusal::Refusal;
use crate::store::{AtMost, Connection, InvitedRoom, Recent, Replacement, Store, StoreError, UserFilter};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

/// The facts known so far; `None`: no rule has asked yet.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// The caller is a member of a federated room.
    pub in_federated_room: Option<bool>,
    /// Another user or a team has the new username, in any letter case.
    pub username_taken: Option<bool>,
    /// The room of the caller's invitation, if it can be joined.
    pub invited_room: Option<Option<InvitedRoom>>,
    /// The caller's connections to Rocket.Chat.
    pub connections: Option<Vec<Connection>>,
    /// The new address's domain accepts mail.
    pub domain_accepts_mail: Option<bool>,
    /// Another user has the new address, in any letter case.
    pub email_taken: Option<bool>,
    /// The new password is the present one.
    pub password_is_current: Option<bool>,
    /// The new password is one of the remembered ones.
    pub password_in_history: Option<bool>,
    /// What the new name changes elsewhere, if it can be written with the change.
    pub name_elsewhere: Option<Option<Vec<Replacement>>>,
    pub counted: CountedChanges,
}

/// A fact that a rule needs and does not have.
#[derive(Debug, Clone)]
pub enum FactQuery {
    InFederatedRoom,
    UsernameTaken(String),
    InvitedRoom(String),
    Connections,
    DomainAcceptsMail(String),
    EmailTaken(String),
    PasswordIsCurrent(PasswordDigest),
    /// The digest, and the remembered hashes that count.
    PasswordInHistory(PasswordDigest, Vec<SecretString>),
    /// What a new name changes elsewhere.
    NameElsewhere(Rename),
    /// Counts this one as well.
    MayChange(LimitedChange),
}

/// What one user may change only so often. Source: `docs/behaviour/versions.md` S12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedChange {
    Address,
    StatusText,
}

/// What was counted for this request, which happens once, however often it is decided.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountedChanges {
    pub address: Option<Allowance>,
    pub status_text: Option<Allowance>,
}

/// Whether there is one left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    Left,
    UsedUp { milliseconds: i64 },
}

impl LimitedChange {
    /// The name in the counter's key, and how many there are a minute.
    fn limit(self) -> (&'static str, u32) {
        match self {
            LimitedChange::Address => ("address", 1),
            LimitedChange::StatusText => ("status-text", 5),
        }
    }

    /// Counts one by this user.
    pub async fn count(
        self,
        store: &Store,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Allowance, StoreError> {
        let (name, times) = self.limit();
        let limit = AtMost { times, within: TimeDelta::minutes(1), now };
        let key = format!("{name}/{user_id}");
        Ok(match store.count_recent(Recent::Changes, &key, 1, limit).await? {
            Ok(()) => Allowance::Left,
            Err(milliseconds) => Allowance::UsedUp { milliseconds },
        })
    }
}

impl CountedChanges {
    /// Where nothing is counted.
    pub const UNLIMITED: CountedChanges =
        CountedChanges { address: Some(Allowance::Left), status_text: Some(Allowance::Left) };

    /// Asks for what is not counted yet, and refuses what is used up.
    pub fn check(self, change: LimitedChange) -> Result<(), NoPlan> {
        let counted = match change {
            LimitedChange::Address => self.address,
            LimitedChange::StatusText => self.status_text,
        };
        match counted.ok_or(FactQuery::MayChange(change))? {
            Allowance::Left => Ok(()),
            Allowance::UsedUp { milliseconds } => {
                Err(Refusal::too_many_changes_of_a_kind(milliseconds).into())
            }
        }
    }
}

/// Tells whether a domain accepts mail. Real: DNS.
pub trait MailDomains: Send + Sync {
    fn accepts_mail<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, bool>;
}

/// The sources of the facts.
pub struct Sources<'a> {
    pub store: &'a Store,
    pub mail_domains: &'a dyn MailDomains,
    pub hashing: &'a Hashing,
    pub now: DateTime<Utc>,
}

impl Facts {
    /// Learns one fact.
    pub async fn gather(
        &mut self,
        query: FactQuery,
        caller: &Caller,
        confirmed: Option<&PasswordDigest>,
        sources: &Sources<'_>,
    ) -> Result<(), DomainError> {
        let store = sources.store;
        match query {
            FactQuery::InFederatedRoom => {
                self.in_federated_room = Some(store.is_in_a_federated_room(&caller.id).await?);
            }
            FactQuery::UsernameTaken(username) => {
                self.username_taken = Some(store.is_username_taken(&username, Some(&caller.id)).await?);
            }
            FactQuery::InvitedRoom(invitation) => {
                self.invited_room = Some(store.invited_room(&invitation).await?);
            }
            FactQuery::Connections => self.connections = Some(store.connections(&caller.id).await?),
            FactQuery::DomainAcceptsMail(domain) => {
                self.domain_accepts_mail = Some(sources.mail_domains.accepts_mail(&domain).await);
            }
            FactQuery::EmailTaken(address) => {
                let address = UserFilter::EmailAddress(&address);
                self.email_taken = Some(store.is_held(address, Some(&caller.id)).await?);
            }
            FactQuery::PasswordIsCurrent(digest) => {
                // The second factor has already proved the present digest: no need to hash again.
                self.password_is_current = Some(match (confirmed, &caller.services.password_hash) {
                    (Some(present), _) => *present == digest,
                    (None, Some(hash)) => sources.hashing.matches(digest, hash.clone()).await?,
                    (None, None) => false,
                });
            }
            FactQuery::PasswordInHistory(digest, hashes) => {
                self.password_in_history = Some(sources.hashing.matches_any(digest, hashes).await?);
            }
            FactQuery::NameElsewhere(rename) => {
                self.name_elsewhere = Some(in_few_places(store, &caller.id, &rename).await);
            }
            FactQuery::MayChange(change) => {
                let allowance = change.count(store, &caller.id, sources.now).await?;
                match change {
                    LimitedChange::Address => self.counted.address = Some(allowance),
                    LimitedChange::StatusText => self.counted.status_text = Some(allowance),
                }
            }
        }
        Ok(())
    }
}
