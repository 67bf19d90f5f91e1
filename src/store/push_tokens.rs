//! `_raix_push_app_tokens`: devices that get push notifications. Source: `docs/behaviour/side-effects.md` 6.

use super::{Store, StoreError};
use bson::{Document, doc};
use mongodb::ClientSession;

const PUSH_TOKENS: &str = "_raix_push_app_tokens";

impl Store {
    /// Removes the devices of one session.
    pub async fn remove_push_tokens(&self, user_id: &str, hashed_token: &str) -> Result<(), StoreError> {
        let devices = doc! {"userId": user_id, "authToken": hashed_token};
        self.write(self.collection(PUSH_TOKENS).delete_many(devices)).await?;
        Ok(())
    }

    /// Whether the user has devices of other sessions than this.
    pub(super) async fn has_other_push_tokens(
        &self,
        user_id: &str,
        hashed_token: &str,
    ) -> Result<bool, StoreError> {
        let devices = self.collection(PUSH_TOKENS);
        let found = devices.find_one(of_other_sessions(user_id, hashed_token)).projection(doc! {"_id": 1});
        Ok(found.await?.is_some())
    }

    /// Removes the user's devices, except those of this session.
    pub(super) async fn remove_other_push_tokens(
        &self,
        user_id: &str,
        hashed_token: &str,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        self.collection(PUSH_TOKENS)
            .delete_many(of_other_sessions(user_id, hashed_token))
            .session(session)
            .await?;
        Ok(())
    }
}

fn of_other_sessions(user_id: &str, hashed_token: &str) -> Document {
    doc! {"userId": user_id, "authToken": {"$ne": hashed_token}}
}
