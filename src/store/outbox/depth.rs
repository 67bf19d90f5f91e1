//! How many effects the outbox holds.

use super::Store;
use crate::store::StoreError;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::time::Duration;

/// What an effect waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// For its turn, for its time, or for whoever has leased it.
    Waiting,
    /// It was tried before, and is tried again.
    Retrying,
    /// For an operator.
    Parked,
}

/// The effects of one kind in one state.
#[derive(Debug)]
pub struct OutboxDepth {
    pub kind: String,
    pub state: EffectState,
    pub effects: u64,
    /// How long ago the oldest of them was written.
    pub oldest: Duration,
}

impl EffectState {
    pub const ALL: [EffectState; 3] = [EffectState::Waiting, EffectState::Retrying, EffectState::Parked];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EffectState::Waiting => "waiting",
            EffectState::Retrying => "retrying",
            EffectState::Parked => "parked",
        }
    }
}

impl Store {
    /// Counted by the database, in one pass.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn outbox_depths(&self) -> Result<Vec<OutboxDepth>, StoreError> {
        let state = doc! {"$switch": {
            "branches": [
                {"case": {"$eq": ["$parked", true]}, "then": EffectState::Parked.name()},
                {"case": {"$eq": [{"$type": "$reason"}, "string"]}, "then": EffectState::Retrying.name()},
            ],
            "default": EffectState::Waiting.name(),
        }};
        let groups: Vec<Document> = self
            .outbox()
            .aggregate([
                doc! {"$group": {
                    "_id": {"kind": "$kind", "state": state},
                    "effects": {"$sum": 1_i64},
                    // What is no date does not count.
                    "oldest": {"$min": {"$cond": [
                        {"$eq": [{"$type": "$created"}, "date"]}, "$created", "$$NOW",
                    ]}},
                }},
                doc! {"$set": {"age": {"$subtract": ["$$NOW", "$oldest"]}}},
            ])
            .await?
            .try_collect()
            .await?;
        Ok(groups.iter().filter_map(OutboxDepth::read).collect())
    }
}

impl OutboxDepth {
    fn read(group: &Document) -> Option<OutboxDepth> {
        let id = group.get_document("_id").ok()?;
        let state = id.get_str("state").ok()?;
        let number =
            |key| group.get(key).and_then(Bson::as_i64).and_then(|number| u64::try_from(number).ok());
        Some(OutboxDepth {
            kind: id.get_str("kind").unwrap_or_default().to_owned(),
            state: EffectState::ALL.into_iter().find(|known| known.name() == state)?,
            effects: number("effects")?,
            oldest: Duration::from_millis(number("age").unwrap_or(0)),
        })
    }
}
