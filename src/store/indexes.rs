//! Indexes that Rocket.Chat does not make and that spare a rename whole scans. Only where the operator allows them.
//! Source: `spec/side-effects.md` 2.5.

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
    /// Makes the helpful indexes of the collections that exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_helpful_indexes(&self) -> Result<(), StoreError> {
        let existing = self.database.list_collection_names().await?;
        for (collection, path) in HELPFUL {
            if existing.iter().any(|name| name == collection) {
                let sparse = IndexOptions::builder().sparse(true).build();
                let index = IndexModel::builder().keys(doc! {path: 1}).options(sparse).build();
                self.collection(collection).create_index(index).await?;
            }
        }
        Ok(())
    }
}
