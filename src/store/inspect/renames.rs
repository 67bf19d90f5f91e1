//! Renames that did not reach all the places where a username is written. Source: `docs/behaviour/side-effects.md` 2.2.

use super::traces::{COLLECTIONS, Place, Trace, other_usernames};
use super::{count, text};
use crate::store::users::USERS;
use crate::store::{Store, StoreError};
use bson::{Document, doc};
use futures_util::TryStreamExt;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A user whose present username has not reached all places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfRenamed {
    pub user_id: String,
    pub username: String,
    pub name: Option<String>,
    /// By place, then by old username.
    pub traces: Vec<Trace>,
    /// The old usernames that belong to somebody else by now: what carries them need not be this user's.
    pub reused: BTreeSet<String>,
    /// The rename waits in the outbox or is being carried out: nothing is wrong.
    pub in_progress: bool,
}

impl HalfRenamed {
    /// All usernames that are still found and are not the present one.
    #[must_use]
    pub fn old_usernames(&self) -> BTreeSet<&str> {
        self.traces.iter().map(|trace| trace.username.as_str()).collect()
    }
}

impl Store {
    /// The users of whom an old username is still found beside their id, by id. Reads each of four collections once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn half_renamed_users(&self) -> Result<Vec<HalfRenamed>, StoreError> {
        // Looked up before and after: a rename may begin or end meanwhile.
        let mut in_progress = self.users_being_renamed().await?;
        let mut users: BTreeMap<String, HalfRenamed> = BTreeMap::new();
        for collection in COLLECTIONS {
            for found in self.inspected(collection, other_usernames(collection)).await? {
                collect(&found, &mut users);
            }
        }
        if users.is_empty() {
            return Ok(Vec::new());
        }
        in_progress.extend(self.users_being_renamed().await?);
        let held = self.held_usernames(&users).await?;
        let mut users: Vec<HalfRenamed> = users.into_values().collect();
        for user in &mut users {
            user.traces.sort_by(|a, b| (a.place, &a.username).cmp(&(b.place, &b.username)));
            user.in_progress = in_progress.contains(&user.user_id);
            user.reused = user
                .old_usernames()
                .into_iter()
                .filter(|old| held.contains(*old))
                .map(str::to_owned)
                .collect();
        }
        Ok(users)
    }

    /// Which of the old usernames are somebody's present one.
    async fn held_usernames(
        &self,
        users: &BTreeMap<String, HalfRenamed>,
    ) -> Result<HashSet<String>, StoreError> {
        let old: BTreeSet<&str> = users.values().flat_map(HalfRenamed::old_usernames).collect();
        let old: Vec<&str> = old.into_iter().collect();
        let mut held = HashSet::new();
        // A command has a bounded size.
        for some in old.chunks(1000) {
            let users = self
                .collection(USERS)
                .find(doc! {"username": {"$in": some}})
                .projection(doc! {"username": 1})
                .await?;
            let users: Vec<Document> = users.try_collect().await?;
            held.extend(users.iter().filter_map(|user| text(user, "username")));
        }
        Ok(held)
    }
}

fn collect(found: &Document, users: &mut BTreeMap<String, HalfRenamed>) {
    let (Ok(key), Ok(user)) = (found.get_document("_id"), found.get_document("user")) else { return };
    let place = text(found, "collection")
        .zip(text(key, "path"))
        .and_then(|(collection, path)| Place::find(&collection, &path));
    let (Some(place), Some(user_id), Some(old)) = (place, text(key, "id"), text(key, "username")) else {
        return;
    };
    let entry = users.entry(user_id.clone()).or_insert_with(|| HalfRenamed {
        user_id,
        username: text(user, "username").unwrap_or_default(),
        name: text(user, "name"),
        traces: Vec::new(),
        reused: BTreeSet::new(),
        in_progress: false,
    });
    entry.traces.push(Trace { username: old, place, documents: count(found, "documents") });
}
