//! The change stream that tells when settings, permissions or the version change.

use super::changes::Changes;
use super::settings::SETTINGS;
use super::workspace::{PERMISSIONS, STATISTICS};
use super::{Store, StoreError};
use bson::{Bson, doc};

/// An open stream of changes to settings, permissions and statistics.
pub struct WorkspaceChanges(Changes);

impl Store {
    /// Opens the stream for these settings, these permissions and the version of Rocket.Chat, from now on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watch_workspace(
        &self,
        settings: &[&str],
        permissions: &[&str],
    ) -> Result<WorkspaceChanges, StoreError> {
        let ids: Vec<Bson> = settings.iter().map(|id| Bson::from(*id)).collect();
        let wanted = doc! {"$match": {"$or": [
            {"ns.coll": SETTINGS, "documentKey._id": {"$in": ids}},
            {"ns.coll": PERMISSIONS, "documentKey._id": {"$in": permissions}},
            {"ns.coll": STATISTICS, "operationType": {"$ne": "delete"}},
            {"operationType": {"$in": ["drop", "rename", "dropDatabase", "invalidate"]}},
        ]}};
        Ok(WorkspaceChanges(
            Changes::asked_from_time_to_time(self.database.watch().pipeline([wanted])).await?,
        ))
    }
}

impl WorkspaceChanges {
    /// Waits until something has changed. `false` when the stream has ended and must be opened anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the driver could not resume by itself.
    pub async fn changed(&mut self) -> Result<bool, StoreError> {
        Ok(self.0.next().await?.is_some())
    }
}
