//! Refusals of the own account beside the profile. Source: `docs/behaviour/own-account.md` sections 1 to 4.

use super::Refusal;
use serde_json::json;

impl Refusal {
    pub fn change_of_status_not_allowed() -> Refusal {
        let details = json!({"method": "users.setStatus"});
        Refusal::new("error-not-allowed", "Change status is not allowed", Some(details))
    }

    pub fn unknown_status(method: &str) -> Refusal {
        let reason = "Valid status types include online, away, offline, and busy.";
        Refusal::new("error-invalid-status", reason, Some(json!({"method": method})))
    }

    pub fn unreadable_status_end(method: &str) -> Refusal {
        Refusal::new("error-invalid-date", "Invalid expiresAt date string", Some(json!({"method": method})))
    }

    pub fn past_status_end(method: &str) -> Refusal {
        Refusal::new("error-invalid-date", "expiresAt must be a future date", Some(json!({"method": method})))
    }

    pub fn idle_time_too_short() -> Refusal {
        Refusal::new("invalid-idle-time-limit-value", "Invalid idleTimeLimit", None)
    }

    /// Somebody else's preferences.
    pub fn editing_not_allowed() -> Refusal {
        Refusal::new("error-action-not-allowed", "Editing user is not allowed", None)
    }

    pub fn no_such_optional_user() -> Refusal {
        let reason = "The optional \"userId\" param provided does not match any users";
        Refusal::new("error-invalid-user", reason, None)
    }

    pub fn username_missing() -> Refusal {
        Refusal::new("error-invalid-username", "Invalid username", Some(json!({"method": "setUsername"})))
    }

    pub fn username_change_not_allowed() -> Refusal {
        Refusal::new("error-not-allowed", "Not allowed", Some(json!({"method": "setUsername"})))
    }
}
