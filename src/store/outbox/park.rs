//! Effects that are not tried any more. They stay for an operator to see, and block no other.

use super::Store;
use crate::store::StoreError;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

/// Why a document is parked that this version does not understand.
const UNREADABLE: &str = "the effect cannot be read";

/// A parked effect has no place in its lanes.
pub(super) fn parking(reason: &str) -> Document {
    doc! {
        "$set": {"parked": true, "late": true, "owner": Bson::Null, "reason": reason},
        "$unset": {"ready": "", "after": "", "followed_by": "", "due": "", "lease_until": ""},
    }
}

impl Store {
    /// Of the parked effects in this lane only the newest are kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_newest_parked(&self, lane: &str, count: u64) -> Result<(), StoreError> {
        let parked = doc! {"lanes": lane, "parked": true};
        let old: Vec<Document> = self
            .outbox()
            .find(parked)
            .sort(doc! {"order": -1})
            .skip(count)
            .projection(doc! {"_id": 1})
            .await?
            .try_collect()
            .await?;
        let ids: Vec<&Bson> = old.iter().filter_map(|document| document.get("_id")).collect();
        if !ids.is_empty() {
            tracing::warn!(lane, count = ids.len(), "the oldest parked effects of a lane are deleted");
            self.outbox().delete_many(doc! {"_id": {"$in": ids}, "parked": true}).await?;
        }
        Ok(())
    }

    /// Deletes a parked effect whose work is done otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forget_parked(&self, id: &str) -> Result<(), StoreError> {
        self.outbox().delete_one(doc! {"_id": id, "parked": true}).await?;
        Ok(())
    }

    /// Parks a document that is no effect of ours, or no longer.
    pub(super) async fn park_unreadable(&self, id: &Bson, user_id: &str) -> Result<(), StoreError> {
        tracing::error!(effect.id = %id, user.id = user_id, reason = UNREADABLE, "an effect is parked");
        let parked = self.outbox().update_one(doc! {"_id": id}, parking(UNREADABLE)).await;
        if let Err(error) = parked {
            // It may be as large as a document can be, without room for a reason.
            tracing::error!(%error, effect.id = %id, "an effect is parked without a reason");
            let update = doc! {"$set": {"parked": true}, "$unset": {"ready": "", "after": "", "due": "", "reason": ""}};
            self.outbox().update_one(doc! {"_id": id}, update).await?;
        }
        if let Bson::String(id) = id {
            self.unblock(id).await?;
            self.effect_done(id);
        }
        Ok(())
    }
}
