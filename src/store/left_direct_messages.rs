//! Direct messages of two in which a user has no subscription any more: the other one's is still called after the user.
//! Source: `docs/behaviour/versions.md` section 4, N3.

use super::batches::{any_other, setting};
use super::{Outdated, Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::collections::HashSet;

/// Rooms that are looked at together.
const ROOMS_AT_ONCE: usize = 200;

const ROOMS: &str = "rocketchat_room";
const SUBSCRIPTIONS: &str = "rocketchat_subscription";

impl Store {
    /// Sets `name` and `fname` of subscriptions that are called after the user by the old name, in rooms that count the user
    /// among their members, but in which the user has no subscription. By indexes alone: `uids` of the rooms, then room and
    /// user of the subscriptions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_left_direct_messages(
        &self,
        user_id: &str,
        old: &str,
        names: &Document,
    ) -> Result<u64, StoreError> {
        let id_only = doc! {"_id": 1};
        let mut found = self
            .collection(ROOMS)
            .find(doc! {"uids": user_id})
            .projection(id_only)
            .batch_size(ROOMS_AT_ONCE as u32)
            .await?;
        let mut renamed = 0;
        loop {
            let mut rooms: HashSet<String> = HashSet::new();
            while rooms.len() < ROOMS_AT_ONCE
                && let Some(room) = found.try_next().await?
            {
                // Rocket.Chat's rooms have texts for ids.
                rooms.extend(room.get_str("_id").map(str::to_owned));
            }
            if rooms.is_empty() {
                return Ok(renamed);
            }
            self.keep_left(user_id, &mut rooms).await?;
            if rooms.is_empty() {
                continue;
            }
            let rooms: Vec<Bson> = rooms.into_iter().map(Bson::from).collect();
            let filter = doc! {
                "rid": {"$in": rooms}, "t": "d", "name": old, "u._id": {"$ne": user_id}, "$or": any_other("", names),
            };
            let others = Outdated::new(SUBSCRIPTIONS, filter);
            renamed += self.update_all(others, setting(names.clone())).await?;
        }
    }

    /// Leaves only the rooms in which the user has no subscription.
    async fn keep_left(&self, user_id: &str, rooms: &mut HashSet<String>) -> Result<(), StoreError> {
        let ids: Vec<Bson> = rooms.iter().map(|room| room.as_str().into()).collect();
        let mut own = self
            .collection(SUBSCRIPTIONS)
            .find(doc! {"rid": {"$in": ids}, "u._id": user_id})
            .projection(doc! {"_id": 0, "rid": 1})
            .await?;
        while let Some(subscription) = own.try_next().await? {
            if let Ok(room) = subscription.get_str("rid") {
                rooms.remove(room);
            }
        }
        Ok(())
    }
}
