//! Refusals of a new password.

use super::{Refusal, SAVE_USER_PROFILE};
use serde_json::{Value, json};

impl Refusal {
    pub fn same_password() -> Refusal {
        Refusal::new(
            "error-password-same-as-current",
            "Entered password same as current password",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
    }

    pub fn password_reset_not_enabled() -> Refusal {
        Refusal::plain("Password reset is not enabled")
    }

    pub fn password_in_history() -> Refusal {
        Refusal::new(
            "error-password-in-history",
            "Entered password has been previously used",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
    }

    /// `violations`: an array of `{error, message}`; a blank password has none.
    pub fn password_policy(violations: Option<Value>) -> Refusal {
        let message = "The password provided does not meet the server's password policy.".to_owned();
        Refusal { id: Some("error-password-policy-not-met"), message, details: violations }
    }
}
