//! Keeps the outbox usable: its indexes, and what a shell or an earlier version has left in it.

use super::{OUTBOX, Store};
use crate::store::StoreError;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::IndexModel;

/// Effects that are over and for which others still wait: so many are looked for at a time.
const BATCH: i64 = 1000;
/// The index of the earlier form, which also led through what is parked.
const FORMER_INDEX: &str = "lanes_1_order_1";

impl Store {
    /// Makes the indexes by which the outbox is read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn index_outbox(&self) -> Result<(), StoreError> {
        let index = |keys| IndexModel::builder().keys(keys).build();
        self.outbox()
            .create_indexes([
                // What is to be leased next.
                index(doc! {"parked": 1, "ready": 1, "kind": 1, "due": 1}),
                // The last of a lane.
                index(doc! {"lanes": 1, "parked": 1, "order": 1}),
                // Those that wait for an effect.
                index(doc! {"after": 1}),
            ])
            .await?;
        // Mostly it is not there.
        let _ = self.outbox().drop_index(FORMER_INDEX).await;
        Ok(())
    }

    /// Gives a place to effects that have none, and lets those go on that wait for one that is over or parked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mend_outbox(&self) -> Result<(), StoreError> {
        self.admit_effects().await?;
        loop {
            let over = self.waited_for_in_vain().await?;
            for id in &over {
                self.unblock(id).await?;
            }
            if i64::try_from(over.len()).unwrap_or(i64::MAX) < BATCH {
                break;
            }
        }
        let forgotten =
            doc! {"parked": false, "ready": false, "after": {"$in": [Bson::Null, Bson::Array(Vec::new())]}};
        self.outbox().update_many(forgotten, doc! {"$set": {"ready": true}}).await?;
        Ok(())
    }

    /// Ids that others wait for, of effects that are over or parked.
    async fn waited_for_in_vain(&self) -> Result<Vec<String>, StoreError> {
        let is_it = doc! {"$expr": {"$eq": ["$_id", "$$id"]}};
        let found: Vec<Document> = self
            .outbox()
            .aggregate([
                doc! {"$match": {"parked": false, "ready": false}},
                doc! {"$project": {"after": 1}},
                doc! {"$unwind": "$after"},
                doc! {"$group": {"_id": "$after"}},
                doc! {"$lookup": {"from": OUTBOX, "let": {"id": "$_id"}, "as": "found", "pipeline": [
                    {"$match": is_it}, {"$match": {"parked": {"$ne": true}}}, {"$project": {"_id": 1}},
                ]}},
                doc! {"$match": {"found": {"$size": 0}}},
                doc! {"$limit": BATCH},
                doc! {"$project": {"_id": 1}},
            ])
            .allow_disk_use(true)
            .await?
            .try_collect()
            .await?;
        Ok(found.iter().filter_map(|found| found.get_str("_id").ok().map(str::to_owned)).collect())
    }

    /// This effect is over or parked: no other waits for it any more. For what was not ended by
    /// [`Store::finish_effect`] or [`Store::park_effect`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unblock(&self, id: &str) -> Result<(), StoreError> {
        if self.outbox().update_many(waiting_for(id), freed_from(id)).await?.modified_count > 0 {
            self.wake_worker();
        }
        Ok(())
    }
}

/// The effects that wait for this one. One that is parked has no place, and no list.
pub(super) fn waiting_for(id: &str) -> Document {
    doc! {"after": id, "parked": false}
}

/// They wait for it no more, and are ready where they wait for nothing else.
pub(super) fn freed_from(id: &str) -> Vec<Document> {
    let others = doc! {"$filter": {"input": "$after", "cond": {"$ne": ["$$this", {"$literal": id}]}}};
    vec![
        doc! {"$set": {"after": {"$cond": [{"$isArray": "$after"}, others, []]}}},
        doc! {"$set": {"ready": {"$eq": ["$after", []]}}},
    ]
}
