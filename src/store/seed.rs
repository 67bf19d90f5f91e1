//! Fills an empty database with a workspace for trying things out. Any other database is left as it is.

use super::{Store, StoreError};
use bson::{DateTime, Document, doc};
use futures_util::TryStreamExt;
use thiserror::Error;
use workspace_seed::{Release, Workspace};

/// Our own: one document, which is written first and says at the end that all is there.
const MARKER: &str = "rc_account_seed";
/// So many names of collections are told.
const TOLD: usize = 5;

/// Why nothing is written.
#[derive(Debug, Error)]
pub enum SeedError {
    #[error("database {database} is not empty, so it is left as it is: it holds {collections}")]
    NotEmpty { database: String, collections: String },
    #[error(
        "database {database} is being filled by somebody else, or was left half filled: drop it, and seed again"
    )]
    HalfFilled { database: String },
    #[error("database {database} cannot be filled: {reason}")]
    Store { database: String, reason: StoreError },
}

impl Store {
    /// Fills the database with a workspace that is reached at that address, unless that has been done before: then nothing is
    /// written, and the second value is `false`.
    ///
    /// # Errors
    /// [`SeedError`].
    pub async fn seed(&self, release: Release, root_url: &str) -> Result<(Workspace, bool), SeedError> {
        let database = self.database.name();
        let failed = |reason| SeedError::Store { database: database.to_owned(), reason };
        match self.marker().await.map_err(failed)?.map(|marker| marker.get_bool("done").unwrap_or(false)) {
            Some(true) => return Ok((workspace_seed::people(), false)),
            Some(false) => return Err(SeedError::HalfFilled { database: database.to_owned() }),
            None => {}
        }
        let found = self.collection_names().await.map_err(failed)?;
        if !found.is_empty() {
            let more = found.len().saturating_sub(TOLD);
            let named = found[..found.len() - more].join(", ");
            let collections = if more > 0 { format!("{named} and {more} more") } else { named };
            return Err(SeedError::NotEmpty { database: database.to_owned(), collections });
        }
        self.fill(release, root_url).await.map_err(|reason| match reason {
            // Two of them at the same time.
            StoreError::Duplicate { .. } => SeedError::HalfFilled { database: database.to_owned() },
            reason => failed(reason),
        })
    }

    async fn fill(&self, release: Release, root_url: &str) -> Result<(Workspace, bool), StoreError> {
        let markers = self.database.collection::<Document>(MARKER);
        let marker = doc! {"_id": "workspace", "done": false, "begun": DateTime::now()};
        markers.insert_one(marker).await?;
        let workspace = workspace_seed::seed(&self.database, release).await?;
        workspace_seed::reached_at(&self.database, root_url).await?;
        markers.update_one(doc! {"_id": "workspace"}, doc! {"$set": {"done": true}}).await?;
        Ok((workspace, true))
    }

    async fn marker(&self) -> Result<Option<Document>, StoreError> {
        Ok(self.database.collection(MARKER).find_one(doc! {"_id": "workspace"}).await?)
    }

    /// Of all that is not MongoDB's own, in order.
    async fn collection_names(&self) -> Result<Vec<String>, StoreError> {
        let cursor = self.database.list_collections().await?;
        let found: Vec<_> = cursor.try_collect().await?;
        let mut names: Vec<String> = found.into_iter().map(|collection| collection.name).collect();
        names.retain(|name| !name.starts_with("system."));
        names.sort();
        Ok(names)
    }
}
