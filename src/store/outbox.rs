//! `rc_account_outbox`, our own: effects that are still to happen. An effect is deleted when it has happened.
//!
//! All times are the database's own (`$$NOW`), so that instances whose clocks differ agree on what is due.

use super::bounded::Bounded;
use super::{Store, StoreError};
use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::ReturnDocument;
use mongodb::{ClientSession, IndexModel};
use std::fmt;
use std::time::Duration;

const OUTBOX: &str = "rc_account_outbox";

/// An effect that is to be written together with its cause.
#[derive(Clone)]
pub struct NewEffect {
    pub id: String,
    pub kind: &'static str,
    /// Effects that have one of these in common happen in the order in which they were written.
    pub lanes: Vec<String>,
    /// Its content, which only the code that carries it out reads.
    pub document: Document,
}

impl NewEffect {
    #[must_use]
    pub fn new(kind: &'static str, lanes: Vec<String>, document: Document) -> NewEffect {
        NewEffect { id: ObjectId::new().to_hex(), kind, lanes, document }
    }
}

/// Without the document, which may hold a token.
impl fmt::Debug for NewEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEffect").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An effect as it was stored.
pub struct StoredEffect {
    pub kind: String,
    pub document: Document,
}

/// Without the document, which may hold a token.
impl fmt::Debug for StoredEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEffect").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An effect that this instance alone may carry out until its lease ends.
#[derive(Debug)]
pub struct Leased {
    pub id: String,
    /// The id of this lease. Writes name it, so that an instance that has lost the lease cannot write into the next.
    pub owner: String,
    pub user_id: String,
    pub effect: StoredEffect,
    /// The last step that is known to be done, where the effect has steps.
    pub progress: Option<String>,
    /// It was parked before, so effects that were written later may have happened already.
    pub is_late: bool,
    /// How often it was leased since its last progress, this time included.
    pub attempts: u32,
}

/// What is to be done now, and when to look again (`None`: when an effect is written).
#[derive(Debug)]
pub struct Due {
    pub leased: Vec<Leased>,
    pub next: Option<Duration>,
}

impl Store {
    pub(super) fn outbox(&self) -> Bounded<Document> {
        self.collection(OUTBOX)
    }

    /// Writes the effects behind those that share a lane with them. The caller's transaction must already have written
    /// the user, and whatever else makes transactions that use the same lanes wait for each other.
    pub(super) async fn insert_effects(
        &self,
        user_id: &str,
        effects: &[NewEffect],
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        if effects.is_empty() {
            return Ok(());
        }
        let lanes: Vec<String> = effects.iter().flat_map(|new| new.lanes.clone()).collect();
        let last = self
            .outbox()
            .find_one(doc! {"lanes": {"$in": lanes}})
            .sort(doc! {"order": -1})
            .projection(doc! {"order": 1})
            .session(&mut *session)
            .await?;
        let last = last.and_then(|last| last.get_i64("order").ok()).unwrap_or(0);
        let documents =
            effects.iter().zip(last + 1..).map(|(NewEffect { id, kind, lanes, document: effect }, order)| {
                let mut document = doc! {
                    "_id": id, "user_id": user_id, "kind": *kind, "lanes": lanes.as_slice(),
                    "order": order, "effect": effect, "progress": Bson::Null, "created": now,
                };
                // Due at once, leased by nobody.
                document.extend(doc! {
                "due": DateTime::from_millis(0), "lease_until": DateTime::from_millis(0), "owner": Bson::Null,
                "attempts": 0, "parked": false, "late": false, "reason": Bson::Null,
            });
                document
            });
        self.outbox().insert_many(documents).session(session).await?;
        Ok(())
    }

    /// Leases up to `limit` effects of these kinds that are due, oldest first. Of the effects that share a lane only the
    /// first can be leased; the next one comes when that has happened or is parked.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn lease_effects(
        &self,
        kinds: &[&str],
        lease: Duration,
        limit: usize,
    ) -> Result<Due, StoreError> {
        let free_at = doc! {"$max": ["$due", "$lease_until"]};
        // A later one can be at work already, if this one was parked.
        let is_first = doc! {"$or": [
            {"$lt": ["$$rival.order", "$order"]},
            {"$and": [{"$ne": ["$$rival._id", "$_id"]}, {"$gt": ["$$rival.lease_until", "$$NOW"]}]},
        ]};
        let is_first = doc! {"$and": [{"$not": ["$$rival.parked"]}, is_first]};
        let has_turn = doc! {"$not": [
            {"$anyElementTrue": [{"$map": {"input": "$rivals", "as": "rival", "in": is_first}}]},
        ]};
        let found: Vec<Document> = self
            .outbox()
            .aggregate([
                doc! {"$match": {"parked": false, "kind": {"$in": kinds.to_vec()}}},
                doc! {"$set": {"wait": {"$max": [0, {"$subtract": [free_at, "$$NOW"]}]}}},
                doc! {"$sort": {"wait": 1, "created": 1}},
                doc! {"$lookup": {"from": OUTBOX, "localField": "lanes", "foreignField": "lanes", "as": "rivals"}},
                doc! {"$match": {"$expr": has_turn}},
                doc! {"$limit": i64::try_from(limit + 1).unwrap_or(i64::MAX)},
                doc! {"$project": {"wait": 1}},
            ])
            .await?
            .try_collect()
            .await?;
        let mut due = Due { leased: Vec::new(), next: None };
        for head in &found {
            let wait = milliseconds(head.get("wait"));
            if wait > Duration::ZERO || due.leased.len() == limit {
                due.next = Some(due.next.map_or(wait, |next| next.min(wait)));
                break;
            }
            match self.lease(head.get_str("_id").unwrap_or_default(), lease).await {
                Ok(Some(leased)) => due.leased.push(leased),
                // Another instance was faster. Should it die, the lease ends by then.
                Ok(None) => due.next = Some(lease),
                Err(error) if due.leased.is_empty() => return Err(error),
                // Those that are leased already must be carried out.
                Err(_) => due.next = Some(Duration::ZERO),
            }
        }
        Ok(due)
    }

    /// `None` when another instance was faster.
    async fn lease(&self, id: &str, lease: Duration) -> Result<Option<Leased>, StoreError> {
        let owner = ObjectId::new().to_hex();
        let free = doc! {"$and": [{"$lte": ["$lease_until", "$$NOW"]}, {"$lte": ["$due", "$$NOW"]}]};
        let found = self
            .outbox()
            .find_one_and_update(
                doc! {"_id": id, "parked": false, "$expr": free},
                vec![doc! {"$set": {
                    "owner": &owner,
                    "lease_until": {"$add": ["$$NOW", in_milliseconds(lease)]},
                    // An operator's shell may have left a number of another type.
                    "attempts": {"$toInt": {"$add": ["$attempts", 1]}},
                }}],
            )
            .return_document(ReturnDocument::After)
            .await?;
        Ok(found.map(|document| Leased {
            id: id.to_owned(),
            owner,
            is_late: document.get_bool("late").unwrap_or_default(),
            user_id: document.get_str("user_id").unwrap_or_default().to_owned(),
            effect: stored_effect(&document),
            progress: document.get_str("progress").ok().map(str::to_owned),
            attempts: document
                .get_i32("attempts")
                .ok()
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(u32::MAX),
        }))
    }

    /// The effect has happened.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn finish_effect(&self, leased: &Leased) -> Result<(), StoreError> {
        let deleted = self.outbox().delete_one(held(leased)).await?;
        if deleted.deleted_count == 1 {
            self.effect_done(&leased.id);
        }
        Ok(())
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
        let mut update = doc! {"lease_until": {"$add": ["$$NOW", in_milliseconds(lease)]}};
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
            "due": {"$add": ["$$NOW", in_milliseconds(delay)]}, "lease_until": DateTime::from_millis(0),
            "owner": Bson::Null, "reason": {"$literal": reason},
        };
        self.outbox().update_one(held(leased), vec![doc! {"$set": update}]).await?;
        Ok(())
    }

    /// The effect is not tried any more. It stays, for an operator to see.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn park_effect(&self, leased: &Leased, reason: &str) -> Result<(), StoreError> {
        let update = doc! {
            "parked": true, "late": true, "lease_until": DateTime::from_millis(0), "owner": Bson::Null, "reason": reason,
        };
        self.outbox().update_one(held(leased), doc! {"$set": update}).await?;
        // A request has nothing more to wait for.
        self.effect_done(&leased.id);
        Ok(())
    }

    /// The first of the other effects in this lane that are still to happen.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn next_in_lane(
        &self,
        leased: &Leased,
        lane: &str,
    ) -> Result<Option<StoredEffect>, StoreError> {
        let others = doc! {"lanes": lane, "parked": false, "_id": {"$ne": &leased.id}};
        let next = self.outbox().find_one(others).sort(doc! {"order": 1}).await?;
        Ok(next.as_ref().map(stored_effect))
    }

    /// Makes everything due that waits for its next attempt.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn retry_now(&self) -> Result<(), StoreError> {
        let update = doc! {"$set": {"due": DateTime::from_millis(0)}};
        self.outbox().update_many(doc! {"parked": false}, update).await?;
        Ok(())
    }

    /// Makes sure that effects that share a lane are found by an index.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn index_effects(&self) -> Result<(), StoreError> {
        let keys = doc! {"lanes": 1, "order": 1};
        self.outbox().create_index(IndexModel::builder().keys(keys).build()).await?;
        Ok(())
    }
}

/// Matches the effect only while this lease holds.
fn held(leased: &Leased) -> Document {
    doc! {"_id": &leased.id, "owner": &leased.owner}
}

fn stored_effect(document: &Document) -> StoredEffect {
    StoredEffect {
        kind: document.get_str("kind").unwrap_or_default().to_owned(),
        document: document.get_document("effect").cloned().unwrap_or_default(),
    }
}

fn in_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn milliseconds(value: Option<&Bson>) -> Duration {
    let milliseconds = match value {
        Some(Bson::Int64(n)) => u64::try_from(*n).unwrap_or(0),
        Some(Bson::Int32(n)) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    Duration::from_millis(milliseconds)
}
