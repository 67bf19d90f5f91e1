//! Gives effects their place among those that share a lane with them: those of the earlier form of the outbox, which had
//! no `after`; those that were parked and are to be tried again; and those that were written by hand.
//!
//! Effects of the earlier form keep their order. One that was parked comes behind all others of its lanes: they did not
//! wait for it, and go on.

use super::effect::whole_number;
use super::{OUTBOX, Store, in_lane};
use crate::store::StoreError;
use crate::store::batches::Statement;
use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt;
use std::collections::HashMap;

/// Effects that get their place together.
const BATCH: usize = 2000;

/// An effect without a place.
struct Newcomer {
    id: String,
    order: i64,
    lanes: Vec<String>,
    due: DateTime,
    is_late: bool,
}

/// An effect that others may have to wait for.
#[derive(Clone)]
struct Predecessor {
    id: String,
    order: i64,
}

impl Store {
    /// Gives every effect its place that has none. One that cannot be read is parked.
    pub(super) async fn admit_effects(&self) -> Result<(), StoreError> {
        loop {
            let found = self.without_place().await?;
            let mut newcomers = Vec::new();
            for document in &found {
                match Newcomer::read(document) {
                    Some(newcomer) => newcomers.push(newcomer),
                    None => {
                        let id = document.get("_id").cloned().unwrap_or(Bson::Null);
                        self.park_unreadable(&id, document.get_str("user_id").unwrap_or_default()).await?;
                    }
                }
            }
            // What comes behind all others comes last.
            newcomers.sort_by_key(|newcomer| newcomer.is_late);
            if !newcomers.is_empty() {
                self.place(&newcomers).await?;
                self.wake_worker();
            }
            if found.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// The next effects without a place, in their order. Of their content only whether it is there.
    async fn without_place(&self) -> Result<Vec<Document>, StoreError> {
        let no_flag = doc! {"$nin": [true, false]};
        // An effect of the earlier form may be leased.
        let date = |path: &str| doc! {"$cond": [{"$eq": [{"$type": path}, "date"]}, path, Bson::Null]};
        let due = doc! {"$max": [date("$due"), date("$lease_until"), DateTime::from_millis(0)]};
        let pipeline = [
            doc! {"$match": {"$or": [
                {"parked": &no_flag}, {"parked": false, "ready": &no_flag},
                {"parked": false, "ready": {"$in": [true, false]}, "kind": {"$not": {"$type": "string"}}},
            ]}},
            doc! {"$project": {
                "order": 1, "lanes": 1, "late": 1, "kind": 1, "user_id": 1, "due": due, "content": {"$type": "$effect"},
            }},
            doc! {"$sort": {"order": 1, "_id": 1}},
            doc! {"$limit": i64::try_from(BATCH).unwrap_or(i64::MAX)},
        ];
        Ok(self.outbox().aggregate(pipeline).allow_disk_use(true).await?.try_collect().await?)
    }

    async fn place(&self, newcomers: &[Newcomer]) -> Result<(), StoreError> {
        let (mut lasts, mut marks, mut places) = (HashMap::new(), Vec::new(), Vec::new());
        for newcomer in newcomers {
            let (mut after, mut order) = (Vec::new(), newcomer.order);
            for lane in &newcomer.lanes {
                let known: Option<Predecessor> = lasts.get(lane).cloned();
                let last = match known {
                    Some(last) if !newcomer.is_late => Some(last),
                    known => known
                        .into_iter()
                        .chain(self.last_before(lane, newcomer).await?)
                        .max_by_key(|l| l.order),
                };
                if let Some(last) = last {
                    after.push(last.id.clone());
                    order = if newcomer.is_late { order.max(last.order + 1) } else { order };
                }
            }
            after.sort_unstable();
            after.dedup();
            let mark = doc! {"$set": {"followed_by": &newcomer.id}};
            marks.extend(after.iter().map(|id| statement(doc! {"_id": id, "parked": false}, mark.clone())));
            let filter = doc! {
                "_id": &newcomer.id, "parked": {"$ne": true}, "ready": {"$nin": [true, false]},
            };
            let place = doc! {
                "parked": false, "ready": after.is_empty(), "after": after, "order": order, "due": newcomer.due,
                "late": newcomer.is_late,
            };
            places.push(statement(filter, doc! {"$set": place, "$unset": {"lease_until": ""}}));
            for lane in &newcomer.lanes {
                lasts.insert(lane.clone(), Predecessor { id: newcomer.id.clone(), order });
            }
        }
        // Marked first: so an effect that ends in between lets its followers go on, or is found to be over afterwards.
        self.update_each(OUTBOX, marks).await?;
        self.update_each(OUTBOX, places).await?;
        Ok(())
    }

    /// The effect of this lane that the newcomer has to wait for.
    async fn last_before(&self, lane: &str, newcomer: &Newcomer) -> Result<Option<Predecessor>, StoreError> {
        let mut filter = in_lane(lane);
        filter.insert("_id", doc! {"$ne": &newcomer.id});
        if !newcomer.is_late {
            filter.insert("order", doc! {"$lt": newcomer.order});
        }
        let last =
            self.outbox().find_one(filter).sort(doc! {"order": -1}).projection(doc! {"order": 1}).await?;
        Ok(last.and_then(|last| {
            let order = whole_number(last.get("order")).unwrap_or(0);
            Some(Predecessor { id: last.get_str("_id").ok()?.to_owned(), order })
        }))
    }
}

fn statement(filter: Document, update: Document) -> Statement {
    Statement { filter, update, array_filters: Vec::new() }
}

impl Newcomer {
    /// `None` when the document cannot be an effect. A kind that is not known is of a later version.
    fn read(document: &Document) -> Option<Newcomer> {
        document.get_str("kind").ok()?;
        document.get_str("user_id").ok()?;
        let lanes = match document.get("lanes") {
            None | Some(Bson::Null) => Vec::new(),
            Some(Bson::Array(lanes)) => {
                lanes.iter().map(|lane| lane.as_str().map(str::to_owned)).collect::<Option<_>>()?
            }
            Some(_) => return None,
        };
        let order = match document.get("order") {
            None | Some(Bson::Null) => 0,
            order => whole_number(order)?,
        };
        Some(Newcomer {
            id: document.get_str("_id").ok()?.to_owned(),
            order,
            lanes,
            due: document.get_datetime("due").copied().ok()?,
            is_late: document.get_bool("late").unwrap_or_default(),
        })
        .filter(|_| document.get_str("content").is_ok_and(|kind| kind == "object"))
    }
}
