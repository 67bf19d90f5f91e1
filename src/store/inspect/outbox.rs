use super::{count, text};
use crate::store::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::collections::HashSet;
use std::time::Duration;

const OUTBOX: &str = "rc_account_outbox";
/// The kind of the effect that carries a new username into a user's traces.
const RENAME: &str = "rename";
/// How many parked effects are told one by one.
const LISTED: i64 = 100;
/// Larger than any effect that this version writes, in bytes.
const LARGE: i64 = 64 << 10;
/// How many large effects are told one by one, the largest first.
const LARGE_LISTED: i64 = 20;

/// What is still to happen, and what will not happen without an operator. Never what an effect says: that may be a
/// token or an address.
#[derive(Debug, Default)]
pub struct OutboxState {
    pub pending: u64,
    /// How long ago the oldest pending effect was written.
    pub oldest: Option<Duration>,
    pub parked: u64,
    /// The newest of the parked.
    pub parked_effects: Vec<ParkedEffect>,
    /// The largest, parked ones included.
    pub large_effects: Vec<LargeEffect>,
}

#[derive(Debug)]
pub struct LargeEffect {
    pub id: String,
    pub kind: String,
    pub user_id: String,
    /// Of the whole document.
    pub bytes: u64,
}

#[derive(Debug)]
pub struct ParkedEffect {
    pub id: String,
    pub kind: String,
    pub user_id: String,
    pub attempts: u64,
    pub reason: String,
}

/// A rename that waits for an operator.
#[derive(Debug)]
pub struct ParkedRename {
    pub id: String,
    pub user_id: String,
    /// Its content.
    pub effect: Document,
}

impl Store {
    /// The newest of the parked renames, as many as are listed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn parked_renames(&self) -> Result<Vec<ParkedRename>, StoreError> {
        let parked: Vec<Document> = self
            .collection(OUTBOX)
            .find(doc! {"kind": RENAME, "parked": true})
            .sort(doc! {"created": -1})
            .limit(LISTED)
            .projection(doc! {"user_id": 1, "effect": 1})
            .await?
            .try_collect()
            .await?;
        let read = |document: Document| {
            let (id, user_id) = (text(&document, "_id")?, text(&document, "user_id").unwrap_or_default());
            let effect = document.get_document("effect").cloned().unwrap_or_default();
            Some(ParkedRename { id, user_id, effect })
        };
        Ok(parked.into_iter().filter_map(read).collect())
    }

    /// The state of the outbox.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn outbox_state(&self) -> Result<OutboxState, StoreError> {
        let groups = self
            .inspected(
                OUTBOX,
                vec![
                    doc! {"$group": {"_id": "$parked", "effects": {"$sum": 1}, "oldest": {"$min": "$created"}}},
                    // By the server's clock, as all times of the outbox.
                    doc! {"$set": {"age": {"$cond": [
                        {"$eq": [{"$type": "$oldest"}, "date"]}, {"$subtract": ["$$NOW", "$oldest"]}, 0,
                    ]}}},
                ],
            )
            .await?;
        let mut state = OutboxState::default();
        for group in &groups {
            if group.get_bool("_id").unwrap_or(false) {
                state.parked = count(group, "effects");
            } else {
                state.pending += count(group, "effects");
                state.oldest = Some(Duration::from_millis(count(group, "age"))).max(state.oldest);
            }
        }
        let parked: Vec<Document> = self
            .collection(OUTBOX)
            .find(doc! {"parked": true})
            .sort(doc! {"created": -1})
            .limit(LISTED)
            .projection(doc! {"kind": 1, "user_id": 1, "attempts": 1, "reason": 1})
            .await?
            .try_collect()
            .await?;
        state.parked_effects = parked.iter().map(ParkedEffect::read).collect();
        state.large_effects = self.large_effects().await?;
        Ok(state)
    }

    async fn large_effects(&self) -> Result<Vec<LargeEffect>, StoreError> {
        let pipeline = vec![
            doc! {"$project": {"kind": 1, "user_id": 1, "bytes": {"$bsonSize": "$$ROOT"}}},
            doc! {"$match": {"bytes": {"$gt": LARGE}}},
            doc! {"$sort": {"bytes": -1}},
            doc! {"$limit": LARGE_LISTED},
        ];
        let read = |document: &Document| {
            let text = |key| text(document, key).unwrap_or_default();
            let bytes = count(document, "bytes");
            LargeEffect { id: text("_id"), kind: text("kind"), user_id: text("user_id"), bytes }
        };
        Ok(self.inspected(OUTBOX, pipeline).await?.iter().map(read).collect())
    }

    /// The users whose rename is being carried into their traces right now.
    pub(super) async fn users_being_renamed(&self) -> Result<HashSet<String>, StoreError> {
        let users = self
            .collection(OUTBOX)
            .distinct("user_id", doc! {"kind": RENAME, "parked": {"$ne": true}})
            .await?;
        Ok(users.iter().filter_map(Bson::as_str).map(str::to_owned).collect())
    }
}

impl ParkedEffect {
    fn read(document: &Document) -> ParkedEffect {
        let text = |key| text(document, key).unwrap_or_default();
        ParkedEffect {
            id: text("_id"),
            kind: text("kind"),
            user_id: text("user_id"),
            attempts: count(document, "attempts"),
            reason: text("reason"),
        }
    }
}
