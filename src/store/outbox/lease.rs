//! Leases effects and writes what becomes of them.

use super::effect::{is_about_document, whole_number};
use super::signals::EffectSlots;
use super::{Leased, Store, in_milliseconds};
use crate::store::StoreError;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::ReturnDocument;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;

/// How long to wait before looking again when there may be more that is due. Not at once: other instances look, too.
const LOOK_DELAY: Duration = Duration::from_millis(20);
/// How long to wait when there is more to do than there is room for, unless room is made before.
const FULL_DELAY: Duration = Duration::from_secs(1);
/// A command that was under way when a lease was given back is over by then.
const GIVE_BACK_DELAY: Duration = Duration::from_millis(500);

/// What is to be done now, and when to look again.
#[derive(Debug, Default)]
pub struct Due {
    pub leased: Vec<Leased>,
    /// `None`: when an effect is written.
    pub next: Option<Duration>,
    /// There may be more to do than there is room for.
    pub is_full: bool,
}

impl Due {
    fn note_full(&mut self) {
        self.is_full = true;
        self.look_again_after(FULL_DELAY);
    }

    fn look_again_after(&mut self, delay: Duration) {
        self.next = Some(self.next.map_or(delay, |next| next.min(delay)));
    }
}

impl Store {
    /// Leases what is due of these kinds, as far as there is room: what has been due longest first.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read.
    pub async fn lease_effects(&self, slots: &EffectSlots) -> Result<Due, StoreError> {
        let mut due = Due::default();
        let room = slots.free.available_permits();
        if room == 0 {
            due.note_full();
            return Ok(due);
        }
        let heads = self.next_effects(slots.kinds, room + 1).await?;
        for (id, wait) in &heads {
            if *wait > Duration::ZERO {
                due.look_again_after(*wait);
                return Ok(due);
            }
            let Ok(slot) = Arc::clone(&slots.free).try_acquire_owned() else {
                due.note_full();
                return Ok(due);
            };
            let Bson::String(id) = id else {
                self.park_unreadable(id, "").await?;
                continue;
            };
            match self.lease(id, slots.lease, slot).await {
                Ok(Some(leased)) => due.leased.push(leased),
                // Another instance was faster. Should it die, the lease ends by then.
                Ok(None) => due.look_again_after(slots.lease),
                Err(error) if is_about_document(&error) => {
                    tracing::error!(%error, effect.id = id, "an effect cannot be leased");
                    self.park_unreadable(&Bson::from(id.as_str()), "").await?;
                }
                Err(error) if due.leased.is_empty() => return Err(error),
                // Those that are leased already must be carried out.
                Err(_) => due.look_again_after(LOOK_DELAY),
            }
        }
        if heads.len() > room {
            // There was room for all of them, so there may be room for more that is due.
            due.look_again_after(LOOK_DELAY);
        }
        Ok(due)
    }

    /// The ids of the effects of these kinds that may be leased first, and how long each has to wait until then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_effects(
        &self,
        kinds: &[&str],
        limit: usize,
    ) -> Result<Vec<(Bson, Duration)>, StoreError> {
        // What is no date counts as due.
        let wait = doc! {"$cond": [
            {"$eq": [{"$type": "$due"}, "date"]}, {"$max": [0, {"$subtract": ["$due", "$$NOW"]}]}, 0,
        ]};
        let found: Vec<Document> = self
            .outbox()
            .aggregate([
                doc! {"$match": {"parked": false, "ready": true, "kind": {"$in": kinds.to_vec()}}},
                doc! {"$sort": {"due": 1}},
                doc! {"$limit": i64::try_from(limit).unwrap_or(i64::MAX)},
                doc! {"$project": {"wait": wait}},
            ])
            .await?
            .try_collect()
            .await?;
        let wait = |document: &Document| {
            let milliseconds = whole_number(document.get("wait")).and_then(|n| u64::try_from(n).ok());
            Duration::from_millis(milliseconds.unwrap_or(0))
        };
        Ok(found.iter().map(|found| (found.get("_id").cloned().unwrap_or(Bson::Null), wait(found))).collect())
    }

    /// `None` when another instance was faster.
    async fn lease(
        &self,
        id: &str,
        lease: Duration,
        slot: OwnedSemaphorePermit,
    ) -> Result<Option<Leased>, StoreError> {
        let (owner, asked) = (ObjectId::new().to_hex(), Instant::now());
        let is_due = doc! {"$or": [{"$ne": [{"$type": "$due"}, "date"]}, {"$lte": ["$due", "$$NOW"]}]};
        // An operator's shell may have left a number of another type, or no number at all.
        let attempts = doc! {"$convert": {
            "input": {"$cond": [{"$isNumber": "$attempts"}, {"$add": ["$attempts", 1]}, 1]}, "to": "int", "onError": i32::MAX,
        }};
        let found = self
            .outbox()
            .find_one_and_update(
                doc! {"_id": id, "parked": false, "ready": true, "$expr": is_due},
                vec![doc! {"$set": {
                    "owner": &owner, "due": {"$add": ["$$NOW", in_milliseconds(lease)]}, "attempts": attempts,
                }}],
            )
            .return_document(ReturnDocument::After)
            .await?;
        Ok(found.map(|document| Leased::read(id, owner, &document, asked + lease, slot)))
    }

    /// Renews the lease, and remembers the step that is done. `false` if the lease was lost meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn renew_lease(
        &self,
        leased: &Leased,
        lease: Duration,
        progress: Option<&str>,
    ) -> Result<bool, StoreError> {
        let mut update = doc! {"due": {"$add": ["$$NOW", in_milliseconds(lease)]}};
        if let Some(step) = progress {
            update.extend(doc! {"progress": {"$literal": step}, "attempts": 1});
        }
        let written = self.outbox().update_one(held(leased), vec![doc! {"$set": update}]).await?;
        Ok(written.matched_count == 1)
    }

    /// The effect is to be tried again after a delay.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn postpone_effect(
        &self,
        leased: &Leased,
        delay: Duration,
        reason: &str,
    ) -> Result<(), StoreError> {
        let update = doc! {
            "due": {"$add": ["$$NOW", in_milliseconds(delay)]}, "owner": Bson::Null, "reason": {"$literal": reason},
        };
        self.outbox().update_one(held(leased), vec![doc! {"$set": update}]).await?;
        Ok(())
    }

    /// This instance stops: another one may go on at once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn give_back_effect(&self, leased: &Leased) -> Result<(), StoreError> {
        let update = doc! {
            "due": {"$add": ["$$NOW", in_milliseconds(GIVE_BACK_DELAY)]}, "owner": Bson::Null,
            // Other instances hear of this field, see `watch_effects`.
            "given_back": "$$NOW",
        };
        self.outbox().update_one(held(leased), vec![doc! {"$set": update}]).await?;
        Ok(())
    }

    /// This text of the first of the other effects in this lane that are still to happen; `None` also where it has none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn next_in_lane(
        &self,
        leased: &Leased,
        lane: &str,
        field: &str,
    ) -> Result<Option<String>, StoreError> {
        let others = doc! {"lanes": lane, "parked": false, "_id": {"$ne": &leased.id}};
        let next = self
            .outbox()
            .find_one(others)
            .sort(doc! {"order": 1})
            .projection(doc! {format!("effect.{field}"): 1})
            .await?;
        let effect = next.as_ref().and_then(|next| next.get_document("effect").ok());
        Ok(effect.and_then(|effect| effect.get_str(field).ok()).map(str::to_owned))
    }

    /// Makes everything due that waits for its next attempt.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn retry_now(&self) -> Result<(), StoreError> {
        let waiting = doc! {
            "parked": false, "ready": true, "owner": Bson::Null, "$expr": {"$gt": ["$due", "$$NOW"]},
        };
        self.outbox().update_many(waiting, vec![doc! {"$set": {"due": "$$NOW"}}]).await?;
        Ok(())
    }
}

/// Matches the effect only while this lease holds.
pub(super) fn held(leased: &Leased) -> Document {
    doc! {"_id": &leased.id, "owner": &leased.owner}
}
