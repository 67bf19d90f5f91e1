//! `rocketchat_room`: names of users in rooms. Source: `docs/behaviour/side-effects.md` 2.2 A7 to A9 and B2.

use super::batches::setting;
use super::{Store, StoreError};
use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

const ROOMS: &str = "rocketchat_room";

/// Direct messages of more than two.
#[derive(Debug, Clone)]
pub struct GroupRoom {
    pub id: String,
    pub user_ids: Vec<String>,
}

impl Store {
    /// Writes the user's new name into the lists of members and of those who are muted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_in_rooms(&self, user_id: &str, old: &str, new: &str) -> Result<u64, StoreError> {
        // Unless the operator has made an index, this reads all rooms, once. A room that lists its members' ids without
        // this user's means somebody else by the name.
        let listing = doc! {"usernames": old, "$or": [{"uids": user_id}, {"uids": null}]};
        let of_old = vec![doc! {"name": old}];
        let members = setting(doc! {"usernames.$[name]": new});
        let muted = setting(doc! {"muted.$[name]": new});
        Ok(self.update_in_batches(ROOMS, listing, members, of_old.clone()).await?
            + self.update_in_batches(ROOMS, doc! {"muted": old}, muted, of_old).await?)
    }

    /// Writes the username into all rooms that the user created.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_creator(&self, user_id: &str, new: &str) -> Result<u64, StoreError> {
        let others = doc! {"u._id": user_id, "u.username": {"$ne": new}};
        self.update_in_batches(ROOMS, others, setting(doc! {"u.username": new}), Vec::new()).await
    }

    /// The user's direct messages of more than two.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn group_direct_messages(&self, user_id: &str) -> Result<Vec<GroupRoom>, StoreError> {
        let rooms = self
            .collection(ROOMS)
            .find(doc! {"usersCount": {"$gt": 2}, "uids": user_id})
            .projection(doc! {"uids": 1})
            .await?;
        let room = |room: Document| {
            let ids = room.get_array("uids").map(Vec::as_slice).unwrap_or_default();
            GroupRoom {
                id: room.get_str("_id").unwrap_or_default().to_owned(),
                user_ids: ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            }
        };
        Ok(rooms.map_ok(room).try_collect().await?)
    }

    /// The ids of the rooms of the user's direct messages.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn direct_message_rooms(&self, user_id: &str) -> Result<Vec<Bson>, StoreError> {
        self.ids(ROOMS, doc! {"uids": user_id}).await
    }

    /// Whole rooms, to be announced.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn rooms(&self, ids: &[Bson]) -> Result<Vec<RawDocumentBuf>, StoreError> {
        let rooms = self.raw_collection(ROOMS);
        Ok(rooms.find(doc! {"_id": {"$in": ids}}).await?.try_collect().await?)
    }
}
