use super::text;
use crate::store::{Store, StoreError};
use bson::doc;
use chrono::{DateTime, Utc};

/// The MongoDB behind the workspace.
#[derive(Debug)]
pub struct Server {
    pub version: String,
    /// `None` behind a router of a sharded cluster.
    pub replica_set: Option<String>,
}

impl Store {
    /// Which MongoDB this is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn server(&self) -> Result<Server, StoreError> {
        let build = self.database.run_command(doc! {"buildInfo": 1}).await?;
        let hello = self.database.run_command(doc! {"hello": 1}).await?;
        let version = text(&build, "version").unwrap_or_default();
        Ok(Server { version, replica_set: text(&hello, "setName") })
    }

    /// What time it is by the clock of the primary.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn server_time(&self) -> Result<DateTime<Utc>, StoreError> {
        let hello = self.database.run_command(doc! {"hello": 1}).await?;
        let time = hello.get_datetime("localTime").map(|time| time.to_chrono());
        time.map_err(|_| StoreError::Unavailable("it does not tell the time".to_owned()))
    }

    /// The name of the workspace's database.
    #[must_use]
    pub fn database_name(&self) -> &str {
        self.database.name()
    }
}
