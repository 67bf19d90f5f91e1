//! Writes effects, within the transaction of their cause.

use super::effect::whole_number;
use super::signals::EffectSlots;
use super::{HandOver, Leased, NewEffect, OUTBOX, Store, StoredEffect, in_lane, in_milliseconds};
use crate::store::users::USERS;
use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use mongodb::ClientSession;
use mongodb::error::Error;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// The last effect of a lane that is still to happen.
struct Last {
    id: String,
    order: i64,
    is_leased: bool,
    revision: i64,
}

/// What the database says about the moment of the insert.
struct Moment {
    now: DateTime,
    /// The lanes of the new effects, with the last effect of each.
    lanes: Vec<(String, Option<Last>)>,
}

impl Moment {
    fn last_of(&self, lane: &str) -> Option<&Last> {
        self.lanes.iter().find(|(name, _)| name == lane)?.1.as_ref()
    }
}

impl Store {
    /// Writes the effects behind those that share a lane with them. The caller's transaction must already have written
    /// the user, and whatever else makes transactions that use the same lanes wait for each other. The effects of one
    /// transaction share no lane.
    ///
    /// An effect that waits for none is written with its lease already taken, if this process has room for it: those
    /// are returned, to be carried out when the transaction is committed.
    pub(in crate::store) async fn insert_effects(
        &self,
        user_id: &str,
        effects: &[NewEffect],
        session: &mut ClientSession,
    ) -> Result<Option<HandOver>, Error> {
        let (mut documents, mut leased) = (Vec::new(), Vec::new());
        if effects.is_empty() {
            return Ok(None);
        }
        let asked = Instant::now();
        let moment = self.moment(user_id, effects, session).await?;
        let last_order = moment.lanes.iter().filter_map(|(_, last)| Some(last.as_ref()?.order)).max();
        for (effect, order) in effects.iter().zip(last_order.unwrap_or(0) + 1..) {
            let mut lasts: Vec<&Last> = effect.lanes.iter().filter_map(|lane| moment.last_of(lane)).collect();
            if let [last] = lasts[..]
                && self.is_to_be_replaced(last, effect, session).await?
            {
                self.replace(last, effect, moment.now, session).await?;
                continue;
            }
            lasts.sort_unstable_by(|a, b| a.id.cmp(&b.id));
            lasts.dedup_by(|a, b| a.id == b.id);
            for last in &lasts {
                // Always another value: so this conflicts with the last one's end, and one of the two sees the other.
                self.outbox()
                    .update_one(doc! {"_id": &last.id}, doc! {"$set": {"followed_by": &effect.id}})
                    .session(&mut *session)
                    .await?;
            }
            let after: Vec<&str> = lasts.iter().map(|last| last.id.as_str()).collect();
            let slot = if after.is_empty() { self.signals.free_slot(effect.kind) } else { None };
            let owner = slot.as_ref().map(|_| ObjectId::new().to_hex());
            documents.push(document(user_id, effect, order, &after, moment.now, slot.as_ref(), &owner));
            if let Some((slots, slot)) = slot {
                leased.push(fresh(user_id, effect, owner.unwrap_or_default(), asked, slots, slot));
            }
        }
        if !documents.is_empty() {
            self.outbox().insert_many(documents).session(session).await?;
        }
        Ok(Some(HandOver::new(self, leased)))
    }

    /// One command: the database's time, and the last effect of each lane.
    async fn moment(
        &self,
        user_id: &str,
        effects: &[NewEffect],
        session: &mut ClientSession,
    ) -> Result<Moment, Error> {
        let mut lanes: Vec<&String> = effects.iter().flat_map(|effect| &effect.lanes).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let mut pipeline =
            vec![doc! {"$match": {"_id": user_id}}, doc! {"$project": {"_id": 0, "now": "$$NOW"}}];
        for (number, lane) in lanes.iter().enumerate() {
            pipeline.push(doc! {"$lookup": {"from": OUTBOX, "as": number.to_string(), "pipeline": [
                {"$match": in_lane(lane)},
                {"$sort": {"order": -1}},
                {"$limit": 1},
                {"$project": {"order": 1, "owner": 1, "revision": 1}},
            ]}});
        }
        let users = self.collection(USERS);
        let mut found = users.aggregate(pipeline).session(&mut *session).await?;
        let found = found.next(session).await.transpose()?.unwrap_or_default();
        let last = |number: usize| {
            let document = found.get_array(number.to_string()).ok()?.first()?.as_document()?;
            Some(Last {
                id: document.get_str("_id").ok()?.to_owned(),
                order: whole_number(document.get("order")).unwrap_or(0),
                is_leased: document.get_str("owner").is_ok(),
                revision: whole_number(document.get("revision")).unwrap_or(0),
            })
        };
        let lanes = lanes.iter().enumerate().map(|(number, lane)| ((*lane).clone(), last(number))).collect();
        // The user was written a moment ago, so there is a document; if not, the effect is due at once.
        let now = found.get_datetime("now").copied().unwrap_or(DateTime::from_millis(0));
        Ok(Moment { now, lanes })
    }

    async fn is_to_be_replaced(
        &self,
        last: &Last,
        effect: &NewEffect,
        session: &mut ClientSession,
    ) -> Result<bool, Error> {
        let (Some(max), [lane]) = (effect.max_waiting, &effect.lanes[..]) else { return Ok(false) };
        if last.is_leased || max <= 1 {
            return Ok(!last.is_leased);
        }
        let waiting = self.outbox().count_documents(in_lane(lane)).limit(max.into()).session(session).await?;
        Ok(waiting >= max.into())
    }

    /// The content of the new effect takes the place of the last one's.
    async fn replace(
        &self,
        last: &Last,
        effect: &NewEffect,
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), Error> {
        let update = doc! {"$set": {
            "effect": &effect.document, "revision": last.revision + 1, "created": now, "due": now, "attempts": 0,
            "reason": Bson::Null,
        }};
        self.outbox()
            .update_one(doc! {"_id": &last.id, "owner": Bson::Null}, update)
            .session(session)
            .await?;
        Ok(())
    }
}

type Slot<'a> = (&'a EffectSlots, OwnedSemaphorePermit);

fn document(
    user_id: &str,
    NewEffect { id, kind, lanes, document, .. }: &NewEffect,
    order: i64,
    after: &[&str],
    now: DateTime,
    slot: Option<&Slot<'_>>,
    owner: &Option<String>,
) -> Document {
    let lease = slot.map_or(0, |(slots, _)| in_milliseconds(slots.lease));
    doc! {
        "_id": id, "user_id": user_id, "kind": *kind, "lanes": lanes.as_slice(), "order": order, "after": after,
        "ready": after.is_empty(), "effect": document, "revision": 0, "progress": Bson::Null, "created": now,
        "due": DateTime::from_millis(now.timestamp_millis().saturating_add(lease)), "owner": owner.as_deref(),
        "attempts": i32::from(owner.is_some()), "parked": false, "late": false, "reason": Bson::Null,
    }
}

fn fresh(
    user_id: &str,
    effect: &NewEffect,
    owner: String,
    asked: Instant,
    slots: &EffectSlots,
    slot: OwnedSemaphorePermit,
) -> Leased {
    Leased {
        id: effect.id.clone(),
        owner,
        user_id: user_id.to_owned(),
        effect: Some(StoredEffect { kind: effect.kind.to_owned(), document: effect.document.clone() }),
        revision: 0,
        progress: None,
        is_late: false,
        is_fresh: true,
        attempts: 1,
        held_until: asked + slots.lease,
        slot,
    }
}
