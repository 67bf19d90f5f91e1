//! `rocketchat_avatars`: uploaded pictures, which are found by the username. Source: `docs/behaviour/side-effects.md` 2.2 A1 to A3.

use super::batches::setting;
use super::{Outdated, Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

const AVATARS: &str = "rocketchat_avatars";
/// Where Rocket.Chat keeps what it deletes.
const TRASH: &str = "rocketchat__trash";

impl Outdated {
    /// The user's picture under the old name, or another's in the way.
    #[must_use]
    pub fn pictures(user_id: &str, old: &str, new: &str) -> Outdated {
        let own = doc! {"name": old, "userId": {"$in": [user_id, null]}};
        let of_another = doc! {"name": new, "userId": {"$nin": [user_id, null]}};
        Outdated::new(AVATARS, doc! {"$or": [own, of_another]})
    }
}

impl Store {
    /// Gives the user's picture the new name, in place of any other picture of that name. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_avatar(&self, user_id: &str, old: &str, new: &str) -> Result<u64, StoreError> {
        let avatars = self.collection(AVATARS);
        let found: Vec<Document> =
            avatars.find(doc! {"name": {"$in": [old, new]}}).await?.try_collect().await?;
        let has = |picture: &Document, name: &str| picture.get_str("name").is_ok_and(|found| found == name);
        // A picture that names another user as its owner is theirs, even under this user's old name.
        let is_own = |picture: &Document| picture.get_str("userId").is_ok_and(|id| id == user_id);
        let has_owner = |picture: &Document| picture.get("userId").is_some_and(|id| *id != Bson::Null);
        let is_anothers = |picture: &Document| has_owner(picture) && !is_own(picture);
        let in_the_way = found.iter().find(|picture| has(picture, new));
        let Some(picture) = found.iter().find(|picture| has(picture, old) && !is_anothers(picture)) else {
            // The rename was done already. A picture without an owner is then this user's own; another's must go.
            if let Some(other) = found.iter().find(|picture| has(picture, new) && is_anothers(picture)) {
                self.move_to_trash(AVATARS, other.clone()).await?;
            }
            return Ok(0);
        };
        if let Some(other) = in_the_way {
            // The user may have uploaded a newer picture under the new name meanwhile: that one is kept.
            if is_own(other)
                && other.get_datetime("uploadedAt").ok() > picture.get_datetime("uploadedAt").ok()
            {
                self.move_to_trash(AVATARS, picture.clone()).await?;
                return Ok(1);
            }
            self.move_to_trash(AVATARS, other.clone()).await?;
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
