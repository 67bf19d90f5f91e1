//! Refusals around personal access tokens. Source: `docs/behaviour/own-account.md` section 6.

use super::Refusal;
use serde_json::json;

impl Refusal {
    pub fn token_name_missing() -> Refusal {
        Refusal::plain("The 'tokenName' param is required")
    }

    /// `method`: what refuses, where that is told.
    pub fn tokens_not_authorized(method: Option<&str>) -> Refusal {
        Refusal::new("not-authorized", "Not Authorized", method.map(|method| json!({"method": method})))
    }

    pub fn token_exists(method: &str) -> Refusal {
        let reason = "A token with this name already exists";
        Refusal::new("error-token-already-exists", reason, Some(json!({"method": method})))
    }

    /// The id is spelled so.
    pub fn no_such_token(method: &str) -> Refusal {
        let details = json!({"method": method});
        Refusal::new("error-token-does-not-exists", "Token does not exist", Some(details))
    }
}
