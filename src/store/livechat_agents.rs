//! `rocketchat_livechat_department_agents`. Source: `docs/behaviour/side-effects.md` 2.2 A11.

use super::Replacement;
use bson::doc;

const AGENTS: &str = "rocketchat_livechat_department_agents";

impl Replacement {
    /// The username in all departments of which the user is an agent.
    #[must_use]
    pub fn of_agent(user_id: &str, new: &str) -> Replacement {
        let others = doc! {"agentId": user_id, "username": {"$ne": new}};
        Replacement::new(AGENTS, others, doc! {"username": new}, Vec::new())
    }
}
