//! What a decision may have to know beyond the caller's document. Each fact is gathered only when a rule asks.

use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::hashing::{Hashing, PasswordDigest};
use crate::store::{Connection, Store, UserFilter};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

/// The facts known so far; `None`: no rule has asked yet.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// The caller is a member of a federated room.
    pub in_federated_room: Option<bool>,
    /// A user or a team has the new username, in any letter case.
    pub username_taken: Option<bool>,
    /// The caller's connections to Rocket.Chat.
    pub connections: Option<Vec<Connection>>,
    /// The new address's domain accepts mail.
    pub domain_accepts_mail: Option<bool>,
    /// Any user has the new address, in any letter case.
    pub email_taken: Option<bool>,
    /// The new password is the present one.
    pub password_is_current: Option<bool>,
    /// The new password is one of the remembered ones.
    pub password_in_history: Option<bool>,
}

/// A fact that a rule needs and does not have.
#[derive(Debug, Clone)]
pub enum FactQuery {
    InFederatedRoom,
    UsernameTaken(String),
    Connections,
    DomainAcceptsMail(String),
    EmailTaken(String),
    PasswordIsCurrent(PasswordDigest),
    /// The digest, and the remembered hashes that count.
    PasswordInHistory(PasswordDigest, Vec<SecretString>),
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
                let (by_user, by_team) = futures_util::future::try_join(
                    store.is_held_by_a_user(UserFilter::Username(&username)),
                    store.is_a_team_name(&username),
                )
                .await?;
                self.username_taken = Some(by_user || by_team);
            }
            FactQuery::Connections => self.connections = Some(store.connections(&caller.id).await?),
            FactQuery::DomainAcceptsMail(domain) => {
                self.domain_accepts_mail = Some(sources.mail_domains.accepts_mail(&domain).await);
            }
            FactQuery::EmailTaken(address) => {
                self.email_taken = Some(store.is_held_by_a_user(UserFilter::EmailAddress(&address)).await?);
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
        }
        Ok(())
    }
}
