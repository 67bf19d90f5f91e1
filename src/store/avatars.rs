//! `rocketchat_avatars`: uploaded pictures, which are found by the username. Source: `docs/behaviour/side-effects.md` 2.2 A1 to A3.

use super::batches::setting;
use super::{Store, StoreError};
use bson::{Bson, Document, doc};

const AVATARS: &str = "rocketchat_avatars";
/// Where Rocket.Chat keeps what it deletes.
const TRASH: &str = "rocketchat__trash";

impl Store {
    /// Gives the user's picture the new name, in place of any other picture of that name. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_avatar(&self, user_id: &str, old: &str, new: &str) -> Result<u64, StoreError> {
        let avatars = self.collection(AVATARS);
        // A picture that names another user as its owner is theirs, even under this user's old name.
        let Some(picture) = avatars.find_one(doc! {"name": old, "userId": {"$in": [user_id, null]}}).await?
        else {
            // The rename was done already. A picture without an owner is then this user's own; another's must go.
            let of_another = doc! {"name": new, "userId": {"$nin": [user_id, null]}};
            if let Some(other) = avatars.find_one(of_another).await? {
                self.move_to_trash(AVATARS, other).await?;
            }
            return Ok(0);
        };
        if let Some(other) = avatars.find_one(doc! {"name": new}).await? {
            // The user may have uploaded a newer picture under the new name meanwhile: that one is kept.
            let is_own = other.get_str("userId").is_ok_and(|id| id == user_id);
            if is_own && other.get_datetime("uploadedAt").ok() > picture.get_datetime("uploadedAt").ok() {
                self.move_to_trash(AVATARS, picture).await?;
                return Ok(1);
            }
            self.move_to_trash(AVATARS, other).await?;
        }
        let id = picture.get("_id").cloned().unwrap_or(Bson::Null);
        match avatars.update_one(doc! {"_id": &id}, setting(doc! {"name": new})).await {
            Ok(done) => Ok(done.modified_count),
            Err(error) => self.leave_out_after(AVATARS, &id, error).map(|()| 0),
        }
    }

    /// Deletes the document and keeps a copy where Rocket.Chat's models keep theirs. Newer releases keep none of avatars;
    /// a copy does no harm there.
    async fn move_to_trash(&self, collection: &str, document: Document) -> Result<(), StoreError> {
        let id = document.get("_id").cloned();
        let mut copy = document;
        copy.remove("_id");
        copy.insert("__collection__", collection.trim_start_matches("rocketchat_"));
        let update = doc! {"$set": copy, "$currentDate": {"_deletedAt": true}};
        self.collection(TRASH).update_one(doc! {"_id": &id}, update).upsert(true).await?;
        self.collection(collection).delete_one(doc! {"_id": id}).await?;
        Ok(())
    }
}
