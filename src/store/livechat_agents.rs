//! `rocketchat_livechat_department_agents`. Source: `docs/behaviour/side-effects.md` 2.2 A11.

use super::batches::setting;
use super::{Store, StoreError};
use bson::doc;

const AGENTS: &str = "rocketchat_livechat_department_agents";

impl Store {
    /// Writes the username into all departments of which the user is an agent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_agent(&self, user_id: &str, new: &str) -> Result<u64, StoreError> {
        let others = doc! {"agentId": user_id, "username": {"$ne": new}};
        self.update_in_batches(AGENTS, others, setting(doc! {"username": new}), Vec::new()).await
    }
}
