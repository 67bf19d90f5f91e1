//! The smaller collections that say something about the workspace: permissions, statistics, teams.

use super::{Store, StoreError};
use bson::{Bson, doc};
use futures_util::TryStreamExt;
use std::collections::HashMap;

pub(super) const PERMISSIONS: &str = "rocketchat_permissions";
pub(super) const STATISTICS: &str = "rocketchat_statistics";

impl Store {
    /// The ids of the roles that hold each of these permissions; one whose document is missing is held by nobody.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn roles_with_permissions(
        &self,
        permissions: &[&str],
    ) -> Result<HashMap<String, Vec<String>>, StoreError> {
        let found = self.collection(PERMISSIONS).find(doc! {"_id": {"$in": permissions}}).await?;
        let roles = found.try_filter_map(|permission| async move {
            let (Ok(id), Ok(roles)) = (permission.get_str("_id"), permission.get_array("roles")) else {
                return Ok(None);
            };
            let roles = roles.iter().filter_map(Bson::as_str).map(str::to_owned).collect();
            Ok(Some((id.to_owned(), roles)))
        });
        Ok(roles.try_collect().await?)
    }

    /// The version of Rocket.Chat that last wrote statistics into this database.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn workspace_version(&self) -> Result<Option<String>, StoreError> {
        let newest = self
            .collection(STATISTICS)
            .find_one(doc! {})
            .sort(doc! {"createdAt": -1})
            .projection(doc! {"version": 1})
            .await?;
        Ok(newest.and_then(|document| document.get_str("version").ok().map(str::to_owned)))
    }

    /// Whether a team has this name, compared without letter case.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_a_team_name(&self, name: &str) -> Result<bool, StoreError> {
        let pattern = format!("^{}$", escape_pattern(name));
        let found = self
            .collection("rocketchat_team")
            .find_one(doc! {"name": {"$regex": pattern, "$options": "i"}})
            .projection(doc! {"_id": 1})
            .await?;
        Ok(found.is_some())
    }
}

/// Every character outside letters, digits and `_` loses its special meaning.
pub(super) fn escape_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\0' {
            // MongoDB takes no pattern with a null byte in it.
            pattern.push_str("\\x00");
            continue;
        }
        if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
