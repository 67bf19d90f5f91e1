//! What an operator does to single effects from the command line. A running instance hears of each change by its stream.

use super::Store;
use crate::store::StoreError;
use bson::{Bson, Document, doc};

/// What became of a wish about one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Done,
    /// It is due by itself.
    Needless,
    /// An instance is carrying it out at this moment.
    InProgress,
    /// It has happened, or there never was one.
    Gone,
}

impl Store {
    /// A parked effect is tried again, behind all others of its lanes; one that waits for its next attempt is due at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_effect(&self, id: &str) -> Result<Wish, StoreError> {
        if self.unpark(doc! {"_id": id}).await? > 0 {
            return Ok(Wish::Done);
        }
        let waits = doc! {
            "_id": id, "parked": false, "ready": true, "owner": Bson::Null, "$expr": {"$gt": ["$due", "$$NOW"]},
        };
        // Instances hear of the second field.
        let due = vec![doc! {"$set": {"due": "$$NOW", "given_back": "$$NOW"}}];
        if self.outbox().update_one(waits, due).await?.matched_count > 0 {
            return Ok(Wish::Done);
        }
        self.why_not(id, Wish::Needless).await
    }

    /// Every parked effect is tried again. How many there were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_parked(&self) -> Result<u64, StoreError> {
        self.unpark(doc! {}).await
    }

    /// The effect never happens. What waits for it goes on.
    ///
    /// # Errors
    /// [`StoreError`]. Should it end in the middle, the next mending of the outbox finishes it.
    pub async fn drop_effect(&self, id: &str) -> Result<Wish, StoreError> {
        let mut idle = doc! {"_id": id};
        idle.insert("$nor", vec![in_progress()]);
        if self.outbox().delete_one(idle).await?.deleted_count == 0 {
            return self.why_not(id, Wish::InProgress).await;
        }
        self.unblock(id).await?;
        Ok(Wish::Done)
    }

    /// A running instance gives them their places (`admit`).
    async fn unpark(&self, mut which: Document) -> Result<u64, StoreError> {
        which.insert("parked", true);
        let update = doc! {"$set": {"parked": false, "attempts": 0, "late": true}};
        Ok(self.outbox().update_many(which, update).await?.modified_count)
    }

    async fn why_not(&self, id: &str, otherwise: Wish) -> Result<Wish, StoreError> {
        let found = self.outbox().find_one(doc! {"_id": id}).projection(doc! {"_id": 1}).await?;
        if found.is_none() {
            return Ok(Wish::Gone);
        }
        let mut busy = in_progress();
        busy.insert("_id", id);
        let is_busy = self.outbox().find_one(busy).projection(doc! {"_id": 1}).await?.is_some();
        Ok(if is_busy { Wish::InProgress } else { otherwise })
    }
}

/// The lease of an instance holds.
fn in_progress() -> Document {
    doc! {"parked": false, "owner": {"$type": "string"}, "$expr": {"$and": [
        {"$eq": [{"$type": "$due"}, "date"]}, {"$gt": ["$due", "$$NOW"]},
    ]}}
}
