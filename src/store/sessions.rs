//! `usersSessions`: the live connections of a user. Owned by Rocket.Chat's presence service; we only read.

use super::{Store, StoreError};
use bson::{Bson, doc};

/// One connection of a user's client to Rocket.Chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub status: String,
}

impl Store {
    /// The user's connections; none when the user was never connected.
    pub async fn connections(&self, user_id: &str) -> Result<Vec<Connection>, StoreError> {
        let found = self.collection("usersSessions").find_one(doc! {"_id": user_id}).await?;
        let Some(Bson::Array(connections)) = found.and_then(|mut document| document.remove("connections"))
        else {
            return Ok(Vec::new());
        };
        let connections = connections.iter().filter_map(Bson::as_document).map(|connection| Connection {
            status: connection.get_str("status").unwrap_or_default().to_owned(),
        });
        Ok(connections.collect())
    }
}
