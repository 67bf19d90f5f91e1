//! Why a login is refused although the credentials may be right. Source: `docs/behaviour/login.md` section 1.4.

use super::Refusal;
use serde_json::{Value, json};

const BLOCKED_USER: &str = "error-login-blocked-for-user";

impl Refusal {
    pub fn address_blocked() -> Refusal {
        let reason = "Login has been temporarily blocked For IP";
        Refusal::new("error-login-blocked-for-ip", reason, Some(validate_login_attempt()))
    }

    pub fn user_blocked() -> Refusal {
        let reason = "Login has been temporarily blocked For User";
        Refusal::new(BLOCKED_USER, reason, Some(validate_login_attempt()))
    }

    pub fn app_user_login() -> Refusal {
        let reason = "App user is not allowed to login";
        Refusal::new("error-app-user-is-not-allowed-to-login", reason, Some(validate_login_attempt()))
    }

    pub fn user_not_activated() -> Refusal {
        let reason = "User is not activated";
        Refusal::new("error-user-is-not-activated", reason, Some(validate_login_attempt()))
    }

    pub fn user_has_no_roles() -> Refusal {
        let reason = "User has no roles";
        Refusal::new("error-user-has-no-roles", reason, Some(validate_login_attempt()))
    }

    /// The original never fills in the address.
    pub fn no_verified_email() -> Refusal {
        Refusal::new("error-invalid-email", "Invalid email __email__", None)
    }

    /// Attempts of a blocked user are not counted, so that the block ends.
    pub fn is_block_of_user(&self) -> bool {
        self.id == Some(BLOCKED_USER)
    }

    /// The text without the id behind it, as the login shows it.
    pub fn reason(&self) -> &str {
        let suffix = self.id.map(|id| format!(" [{id}]")).unwrap_or_default();
        self.message.strip_suffix(&suffix).unwrap_or(&self.message)
    }
}

fn validate_login_attempt() -> Value {
    json!({"function": "Accounts.validateLoginAttempt"})
}
