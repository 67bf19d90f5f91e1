//! Indexes that Rocket.Chat does not make and that spare a rename whole scans. Only where the operator allows them.
//! Source: `docs/behaviour/side-effects.md` 2.5.

use super::{Store, StoreError};
use bson::doc;
use mongodb::IndexModel;
use mongodb::options::IndexOptions;

/// Collection and path.
pub const HELPFUL: [(&str, &str); 5] = [
    ("rocketchat_room", "usernames"),
    ("rocketchat_video_conference", "users._id"),
    ("rocketchat_video_conference", "createdBy._id"),
    ("rocketchat_video_conference", "endedBy._id"),
    ("rocketchat_call_history", "contactId"),
];

impl Store {
    /// Makes the helpful indexes of the collections that exist. Returns those that could not be made, with the reasons.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known which collections exist.
    pub async fn create_helpful_indexes(&self) -> Result<Vec<(String, StoreError)>, StoreError> {
        let existing = self.database.list_collection_names().await?;
        let mut missing = Vec::new();
        for (collection, path) in HELPFUL {
            if existing.iter().any(|name| name == collection) {
                let sparse = IndexOptions::builder().sparse(true).build();
                let index = IndexModel::builder().keys(doc! {path: 1}).options(sparse).build();
                if let Err(error) = self.collection(collection).create_index(index).await {
                    missing.push((format!("{collection} {path}"), error.into()));
                }
            }
        }
        Ok(missing)
    }
}
