//! Refusals around second factors: asking for one, and turning them on and off. Source: `docs/behaviour/two-factor.md`
//! sections 7 and 8.

use super::Refusal;
use serde_json::Value;

const INVALID_USER: &str = "error-invalid-user";
const TOTP_REQUIRED: &str = "totp-required";

impl Refusal {
    /// A second factor is needed and none was offered. `details` says which one.
    pub fn totp_required(details: Value) -> Refusal {
        Refusal::new(TOTP_REQUIRED, "TOTP Required", Some(details))
    }

    pub fn totp_invalid(details: Value) -> Refusal {
        Refusal::new("totp-invalid", "TOTP Invalid", Some(details))
    }

    pub fn totp_max_attempts(details: Value) -> Refusal {
        Refusal::new("totp-max-attempts", "TOTP Maximun Failed Attempts Reached", Some(details))
    }

    pub fn totp_user_not_found() -> Refusal {
        Refusal::new("totp-user-not-found", "TOTP User not found", None)
    }

    /// A verified address that is none, found when a code was to be mailed to it.
    pub fn malformed_code_address() -> Refusal {
        Refusal::bare("invalid email")
    }

    /// A code that is to turn TOTP on or to change it is not right, or TOTP is not there.
    pub fn invalid_totp() -> Refusal {
        Refusal::bare("invalid-totp")
    }

    pub fn totp_already_enabled() -> Refusal {
        Refusal::bare("error-2fa-already-enabled")
    }

    pub fn unverified_emails() -> Refusal {
        Refusal::new(INVALID_USER, "You need to verify your emails before setting up 2FA", None)
    }

    pub fn email_or_username_required() -> Refusal {
        Refusal::new("error-parameter-required", "emailOrUsername is required", None)
    }

    /// Whom a request names is nobody.
    pub fn no_such_user() -> Refusal {
        let reason = "The required \"userId\" or \"username\" param provided does not match any users";
        Refusal::new(INVALID_USER, reason, None)
    }

    pub fn invalid_user() -> Refusal {
        Refusal::new(INVALID_USER, "Invalid user", None)
    }

    /// A challenge invites the client to repeat the call with a code.
    pub fn is_challenge(&self) -> bool {
        self.id == Some(TOTP_REQUIRED)
    }
}
