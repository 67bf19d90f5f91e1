//! Ends claims on a status whose time is over, which Rocket.Chat's presence service does where there is one. Source:
//! `docs/behaviour/own-account.md` section 1.4.

use crate::clock::Clock;
use crate::profile::status;
use crate::release::PresenceRules;
use crate::store::{Commit, Committed, EndedClaim, Store, StoreError};
use crate::workspace::LiveWorkspace;
use bson::{RawDocumentBuf, doc};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it is looked. Whoever asks for the own status is told the truth at once.
const INTERVAL: Duration = Duration::from_secs(10);

/// Tells of a status that has ended: the new document, and what was seen before.
pub type Tell = Arc<dyn Fn(&RawDocumentBuf, Option<String>) + Send + Sync>;

/// Looks for claims that are over. Dropping it ends the looking.
#[derive(Debug)]
pub struct StatusExpiry(JoinHandle<()>);

impl StatusExpiry {
    /// Starts looking.
    #[must_use]
    pub fn start(store: Store, workspace: Arc<LiveWorkspace>, clock: Clock, tell: Tell) -> StatusExpiry {
        StatusExpiry(tokio::spawn(async move {
            loop {
                tokio::time::sleep(INTERVAL).await;
                if workspace.now().release.presence != PresenceRules::Claim {
                    continue;
                }
                if let Err(error) = end_claims(&store, None, clock(), &tell).await {
                    tracing::warn!(%error, "statuses whose time is over stay for now");
                }
            }
        }))
    }
}

impl Drop for StatusExpiry {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends the claim of this user, if it is over.
///
/// # Errors
/// [`StoreError`].
pub async fn end_claim_of(
    store: &Store,
    user_id: &str,
    now: DateTime<Utc>,
    tell: &Tell,
) -> Result<(), StoreError> {
    end_claims(store, Some(user_id), now, tell).await
}

async fn end_claims(
    store: &Store,
    user_id: Option<&str>,
    now: DateTime<Utc>,
    tell: &Tell,
) -> Result<(), StoreError> {
    let now = bson::DateTime::from_chrono(now);
    for claim in store.ended_claims(user_id, now).await? {
        let EndedClaim { user_id, expires_at, previous, displayed, updated_at } = claim;
        let connections = store.connections(&user_id).await?;
        let mut update = status::end(expires_at, previous.as_ref(), &connections, now);
        update.set("_updatedAt", now);
        let projection = doc! {
            "username": 1, "name": 1, "roles": 1, "status": 1, "statusText": 1, "statusSource": 1,
            "statusExpiresAt": 1,
        };
        let commit = Commit { user_id, seen: updated_at, update, projection, now };
        // Where it is stale, another instance has ended it, or the user has.
        if let Committed::Done(user) = store.commit(&commit).await? {
            tell(&user, displayed);
        }
    }
    Ok(())
}
