//! `rocketchat_settings`.

use super::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::collections::HashMap;

pub(super) const SETTINGS: &str = "rocketchat_settings";
const DEFAULT_PREFERENCE: &str = "Accounts_Default_User_Preferences_";

impl Store {
    /// The values of the settings with these ids; a document without `value` counts as null.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn setting_values(&self, ids: &[&str]) -> Result<HashMap<String, Bson>, StoreError> {
        let documents =
            self.collection(SETTINGS).find(doc! {"_id": {"$in": ids}}).projection(doc! {"value": 1}).await?;
        let values = documents
            .try_filter_map(|mut document| async move {
                let id = document.get_str("_id").map(str::to_owned);
                Ok(id.ok().map(|id| (id, document.remove("value").unwrap_or(Bson::Null))))
            })
            .try_collect()
            .await?;
        Ok(values)
    }

    /// Adds one to `Triggered_Emails_Count`, unless the workspace lacks it or blocks it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count_triggered_email(&self) -> Result<(), StoreError> {
        self.collection(SETTINGS)
            .find_one_and_update(
                doc! {"_id": "Triggered_Emails_Count", "blocked": {"$ne": true}},
                doc! {"$inc": {"value": 1}, "$currentDate": {"_updatedAt": true}},
            )
            .projection(doc! {"_id": 1})
            .await?;
        Ok(())
    }

    /// The preferences of a user who has chosen none, by their names; those that the database knows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn default_preferences(&self) -> Result<Document, StoreError> {
        let documents = self
            .collection(SETTINGS)
            .find(doc! {"_id": {"$regex": format!("^{DEFAULT_PREFERENCE}")}, "value": {"$exists": true}})
            .sort(doc! {"_id": 1})
            .projection(doc! {"value": 1})
            .await?;
        let preferences = documents
            .try_filter_map(|mut document| async move {
                let id = document.get_str("_id").ok();
                let name = id.and_then(|id| id.strip_prefix(DEFAULT_PREFERENCE)).map(str::to_owned);
                Ok(name.zip(document.remove("value")))
            })
            .try_collect()
            .await?;
        Ok(preferences)
    }
}
