//! `rocketchat_avatars`: uploaded pictures, which are found by the username. Source: `spec/side-effects.md` 2.2 A1 to A3.

use super::batches::setting;
use super::{Store, StoreError};
use bson::{Document, doc};

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
        // A picture that says it is somebody else's stays theirs, whoever had the name first.
        let own = doc! {"name": old, "userId": {"$in": [user_id, null]}};
        let picture = avatars.find_one(own).projection(doc! {"_id": 1}).await?;
        let mut in_its_place = doc! {"name": new};
        if picture.is_none() {
            // The user's own picture of that name is the one that was renamed the last time.
            in_its_place.insert("userId", doc! {"$ne": user_id});
        }
        if let Some(other) = avatars.find_one(in_its_place).await? {
            self.move_to_trash(AVATARS, other).await?;
        }
        let Some(picture) = picture else { return Ok(0) };
        let id = picture.get("_id").cloned();
        Ok(avatars.update_one(doc! {"_id": id}, setting(doc! {"name": new})).await?.modified_count)
    }

    /// Deletes the document as Rocket.Chat's models with a trash do; newer ones have none for avatars, but a copy
    /// harms nobody.
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
