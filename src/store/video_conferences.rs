//! `rocketchat_video_conference`: who was there, who began and ended it. Source: `docs/behaviour/side-effects.md` 2.2 B5 to B7.

use super::batches::{BATCH, Statement, any_other, setting};
use super::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

const CONFERENCES: &str = "rocketchat_video_conference";

impl Store {
    /// Writes the user's present names into all conferences; `name` is left alone where it is `None`.
    ///
    /// Rocket.Chat has no index for this: the collection is read once, not once for each role.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_in_conferences(
        &self,
        user_id: &str,
        username: &str,
        name: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut names = doc! {"username": username};
        names.extend(name.map(|name| ("name".to_owned(), Bson::from(name))));
        let acted =
            |role: &str| doc! {format!("{role}._id"): user_id, "$or": any_other(&format!("{role}."), &names)};
        let listed = doc! {"_id": user_id, "$or": any_other("", &names)};
        let filter = doc! {"$or": [{"users": {"$elemMatch": listed}}, acted("createdBy"), acted("endedBy")]};
        let mut found = self
            .collection(CONFERENCES)
            .find(filter)
            .projection(doc! {"users._id": 1, "createdBy._id": 1, "endedBy._id": 1})
            .await?;
        let (mut renamed, mut statements) = (0, Vec::new());
        while let Some(conference) = found.try_next().await? {
            let is_role = |role| {
                conference
                    .get_document(role)
                    .is_ok_and(|who| who.get_str("_id").is_ok_and(|id| id == user_id))
            };
            let users = conference.get_array("users").map(Vec::as_slice).unwrap_or_default();
            let is_listed = users
                .iter()
                .filter_map(Bson::as_document)
                .any(|user| user.get_str("_id").is_ok_and(|id| id == user_id));
            let places = [
                ("users.$[user]", is_listed),
                ("createdBy", is_role("createdBy")),
                ("endedBy", is_role("endedBy")),
            ];
            let mut fields = Document::new();
            for (place, _) in places.iter().filter(|(_, is_there)| *is_there) {
                fields.extend(names.iter().map(|(key, value)| (format!("{place}.{key}"), value.clone())));
            }
            // The filter also finds whoever stands in a list where one belongs.
            if fields.is_empty() {
                continue;
            }
            statements.push(Statement {
                filter: doc! {"_id": conference.get("_id").cloned()},
                update: setting(fields),
                array_filters: if is_listed { vec![doc! {"user._id": user_id}] } else { Vec::new() },
            });
            if statements.len() == BATCH {
                renamed += self.update_each(CONFERENCES, std::mem::take(&mut statements)).await?.matched;
            }
        }
        Ok(renamed + self.update_each(CONFERENCES, statements).await?.matched)
    }
}
