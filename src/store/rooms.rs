//! `rocketchat_room`: names of users in rooms. Source: `docs/behaviour/side-effects.md` 2.2 A7 to A9 and B2.

use super::{Outdated, Replacement, Store, StoreError};
use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

pub(super) const ROOMS: &str = "rocketchat_room";

/// Direct messages of more than two.
#[derive(Debug, Clone)]
pub struct GroupRoom {
    pub id: String,
    pub user_ids: Vec<String>,
}

impl Replacement {
    /// The username in the lists of members.
    #[must_use]
    pub fn of_member(user_id: &str, old: &str, new: &str) -> Replacement {
        // Unless the operator has made an index, this reads all rooms, once. A room that lists its members' ids without
        // this user's means somebody else by the name.
        let listing = doc! {"usernames": old, "$or": [{"uids": user_id}, {"uids": null}]};
        Replacement::new(ROOMS, listing, doc! {"usernames.$[name]": new}, vec![doc! {"name": old}])
    }

    /// The username in the lists of those who are muted.
    #[must_use]
    pub fn of_muted(old: &str, new: &str) -> Replacement {
        Replacement::new(ROOMS, doc! {"muted": old}, doc! {"muted.$[name]": new}, vec![doc! {"name": old}])
    }

    /// The username in all rooms that the user created.
    #[must_use]
    pub fn of_creator(user_id: &str, new: &str) -> Replacement {
        let others = doc! {"u._id": user_id, "u.username": {"$ne": new}};
        Replacement::new(ROOMS, others, doc! {"u.username": new}, Vec::new())
    }
}

impl Outdated {
    /// The user's direct messages, also those that the user has left.
    #[must_use]
    pub fn direct_message_rooms(user_id: &str) -> Outdated {
        Outdated::new(ROOMS, doc! {"uids": user_id})
    }

    /// The user's direct messages of more than two: what they are called is judged when they are read.
    #[must_use]
    pub fn group_direct_messages(user_id: &str) -> Outdated {
        Outdated::new(ROOMS, doc! {"usersCount": {"$gt": 2}, "uids": user_id})
    }
}

impl Store {
    /// The user's direct messages of more than two.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn group_direct_messages(&self, user_id: &str) -> Result<Vec<GroupRoom>, StoreError> {
        let rooms = self
            .collection(ROOMS)
            .find(Outdated::group_direct_messages(user_id).filter)
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
        self.ids(ROOMS, Outdated::direct_message_rooms(user_id).filter).await
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
