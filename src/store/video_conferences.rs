//! `rocketchat_video_conference`: who was there, who began and ended it. Source: `docs/behaviour/side-effects.md` 2.2 B5 to B7.

use super::batches::{BATCH, Statement, any_other, setting};
use super::{Outdated, Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

const CONFERENCES: &str = "rocketchat_video_conference";

/// What is written of the user; `name` is left alone where it is `None`.
fn names(username: &str, name: Option<&str>) -> Document {
    let mut names = doc! {"username": username};
    names.extend(name.map(|name| ("name".to_owned(), Bson::from(name))));
    names
}

impl Outdated {
    /// Conferences with other names of the user. Rocket.Chat has no index for this: the collection is read once, not once
    /// for each role.
    #[must_use]
    pub fn conferences(user_id: &str, username: &str, name: Option<&str>) -> Outdated {
        let names = names(username, name);
        let acted =
            |role: &str| doc! {format!("{role}._id"): user_id, "$or": any_other(&format!("{role}."), &names)};
        let listed = doc! {"_id": user_id, "$or": any_other("", &names)};
        let filter = doc! {"$or": [{"users": {"$elemMatch": listed}}, acted("createdBy"), acted("endedBy")]};
        Outdated::new(CONFERENCES, filter)
    }
}

impl Store {
    /// Writes the user's present names into all conferences, or into those that are known; `name` is left alone where it is
    /// `None`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_in_conferences(
        &self,
        user_id: &str,
        username: &str,
        name: Option<&str>,
        known: Option<&[Bson]>,
    ) -> Result<u64, StoreError> {
        let names = names(username, name);
        let outdated = Outdated::conferences(user_id, username, name);
        let mut found = self
            .collection(CONFERENCES)
            .find(outdated.among(known))
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
