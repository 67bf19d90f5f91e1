//! `rocketchat_subscription` and what it is joined with: a user's membership in rooms.

use super::{Store, StoreError};
use bson::{DateTime, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::ClientSession;

const SUBSCRIPTIONS: &str = "rocketchat_subscription";

impl Store {
    /// Whether the user is a member of any federated room (`spec/side-effects.md` 2.1).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_in_a_federated_room(&self, user_id: &str) -> Result<bool, StoreError> {
        let mut rooms = self
            .collection(SUBSCRIPTIONS)
            .aggregate([
                doc! {"$match": {"u._id": user_id}},
                doc! {"$project": {"rid": 1}},
                doc! {"$lookup": {"from": "rocketchat_room", "localField": "rid", "foreignField": "_id", "as": "room"}},
                doc! {"$match": {"room.federated": true}},
                doc! {"$limit": 1},
                doc! {"$project": {"_id": 1}},
            ])
            .await?;
        Ok(rooms.advance().await?)
    }

    /// The user's own direct-message subscriptions, whole.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn direct_message_subscriptions(
        &self,
        user_id: &str,
    ) -> Result<Vec<RawDocumentBuf>, StoreError> {
        let subscriptions = self.database.collection::<RawDocumentBuf>(SUBSCRIPTIONS);
        Ok(subscriptions.find(doc! {"u._id": user_id, "t": "d"}).await?.try_collect().await?)
    }

    /// Replaces `customFields` in the user's own direct-message subscriptions (`spec/side-effects.md` 5).
    pub(super) async fn replace_custom_fields(
        &self,
        user_id: &str,
        custom_fields: &Document,
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        self.collection(SUBSCRIPTIONS)
            .update_many(
                doc! {"u._id": user_id, "t": "d"},
                doc! {"$set": {"customFields": custom_fields, "_updatedAt": now}},
            )
            .session(session)
            .await?;
        Ok(())
    }
}
