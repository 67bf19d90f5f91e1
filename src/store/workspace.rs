//! The smaller collections that say something about the workspace: permissions, statistics, teams.

use super::{Store, StoreError};
use bson::{Bson, doc};

pub(super) const PERMISSIONS: &str = "rocketchat_permissions";
pub(super) const STATISTICS: &str = "rocketchat_statistics";

impl Store {
    /// The ids of the roles that hold the permission; a missing document means that nobody has it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn roles_with_permission(&self, permission: &str) -> Result<Vec<String>, StoreError> {
        let found = self.collection(PERMISSIONS).find_one(doc! {"_id": permission}).await?;
        let Some(Bson::Array(roles)) = found.and_then(|mut document| document.remove("roles")) else {
            return Ok(Vec::new());
        };
        Ok(roles
            .into_iter()
            .filter_map(|role| if let Bson::String(role) = role { Some(role) } else { None })
            .collect())
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
fn escape_pattern(text: &str) -> String {
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
