//! A refusal that the client may read: Rocket.Chat's error id, text and details, in one registry.
//!
//! Source: `docs/behaviour/update-own-basic-info.md` section 9. Every refusal is made by one of the named constructors
//! here, so that an id or a text stands in one place only.

mod login;
mod second_factor;

use serde_json::{Value, json};
use thiserror::Error;

const SAVE_USER_PROFILE: &str = "saveUserProfile";

/// Why nothing was changed. `Display` is the `error` text of the answer.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{message}")]
pub struct Refusal {
    /// The `errorType`; plain errors of the original have none.
    pub id: Option<&'static str>,
    pub message: String,
    pub details: Option<Value>,
}

/// Which edit a setting forbids, in the original's words.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    Username,
    Status,
    RealName,
    Email,
    Password,
}

impl Refusal {
    /// An error with an id: its text is `<reason> [<id>]`.
    fn new(id: &'static str, reason: &str, details: Option<Value>) -> Refusal {
        Refusal { id: Some(id), message: format!("{reason} [{id}]"), details }
    }

    /// An error with an id and no reason: its text is `[<id>]`.
    fn bare(id: &'static str) -> Refusal {
        Refusal { id: Some(id), message: format!("[{id}]"), details: None }
    }

    /// An error without an id, such as a text of the database or of the JavaScript engine.
    pub fn plain(message: impl Into<String>) -> Refusal {
        Refusal { id: None, message: message.into(), details: None }
    }

    pub fn name_characters() -> Refusal {
        Refusal::plain("Name contains invalid characters")
    }

    pub fn profile_change_not_allowed() -> Refusal {
        Refusal::new("error-not-allowed", "Not allowed", Some(json!({"method": SAVE_USER_PROFILE})))
    }

    pub fn status_text_not_allowed() -> Refusal {
        Refusal::new("error-not-allowed", "Not allowed", Some(json!({"method": "setUserStatus"})))
    }

    pub fn edit_not_allowed(edit: Edit) -> Refusal {
        let what = match edit {
            Edit::Username => "username",
            Edit::Status => "user status",
            Edit::RealName => "user real name",
            Edit::Email => "user email",
            Edit::Password => "user password",
        };
        Refusal::new(
            "error-action-not-allowed",
            &format!("Edit {what} is not allowed"),
            Some(json!({"method": "insertOrUpdateUser", "action": "Update_user"})),
        )
    }

    pub fn identity() -> Refusal {
        Refusal::new(
            "error-could-not-save-identity",
            "Could not save user identity",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
    }

    pub fn blocked_username(username: &str) -> Refusal {
        Refusal::new(
            "error-blocked-username",
            &format!("{} is blocked and can't be used!", crate::ecmascript::escape_html(username)),
            Some(json!({"method": "checkUsernameAvailability", "field": username})),
        )
    }

    pub fn federated_username() -> Refusal {
        Refusal::new(
            "error-not-allowed",
            "Cannot change username for federated users or users in federated rooms",
            Some(json!({"method": "setUsername"})),
        )
    }

    pub fn invisible_status() -> Refusal {
        Refusal::new(
            "error-status-not-allowed",
            "Invisible status is disabled",
            Some(json!({"method": "setUserStatus"})),
        )
    }

    pub fn bio_size() -> Refusal {
        Refusal::new(
            "error-bio-size-exceeded",
            "Bio size exceeds 260 characters",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
    }

    pub fn nickname_size() -> Refusal {
        Refusal::new(
            "error-nickname-size-exceeded",
            "Nickname size exceeds 120 characters",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
    }

    pub fn email_change_not_allowed() -> Refusal {
        Refusal::new(
            "error-action-not-allowed",
            "Changing email is not allowed",
            Some(json!({"method": "setEmail", "action": "Changing_email"})),
        )
    }

    pub fn blank_email() -> Refusal {
        Refusal::new("error-invalid-email", "Invalid email", Some(json!({"function": "_setEmail"})))
    }

    pub fn email_syntax(email: &str) -> Refusal {
        Refusal::new(
            "error-invalid-email",
            &format!("Invalid email {email}"),
            Some(json!({"function": "RocketChat.validateEmailDomain", "email": email})),
        )
    }

    pub fn email_domain_not_allowed() -> Refusal {
        Refusal::email_domain("error-invalid-domain", "The email domain is not in whitelist")
    }

    pub fn email_domain_blocked() -> Refusal {
        Refusal::email_domain("error-email-domain-blacklisted", "The email domain is blacklisted")
    }

    pub fn email_domain_without_mail_server() -> Refusal {
        Refusal::email_domain("error-invalid-domain", "Invalid domain")
    }

    fn email_domain(id: &'static str, reason: &str) -> Refusal {
        Refusal::new(id, reason, Some(json!({"function": "RocketChat.validateEmailDomain"})))
    }

    pub fn email_taken(email: &str) -> Refusal {
        Refusal::new(
            "error-field-unavailable",
            &format!("{email} is already in use :("),
            Some(json!({"function": "_setEmail", "field": email})),
        )
    }

    /// The old address is malformed, so the notice cannot be sent to it.
    pub fn old_email_malformed() -> Refusal {
        Refusal::new(
            "error-email-send-failed",
            "Error trying to send email: [invalid email]",
            Some(json!({"function": "setEmail", "message": "[invalid email]"})),
        )
    }

    pub fn same_password() -> Refusal {
        Refusal::new(
            "error-password-same-as-current",
            "Entered password same as current password",
            Some(json!({"method": SAVE_USER_PROFILE})),
        )
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

    pub fn custom_fields_json() -> Refusal {
        Refusal::new("error-invalid-customfield-json", "Invalid JSON for Custom Fields", None)
    }

    pub fn custom_field(reason: &str) -> Refusal {
        Refusal::new("error-user-registration-custom-field", reason, Some(json!({"method": "registerUser"})))
    }

    /// The message of a method call is no method call.
    pub fn invalid_method_call() -> Refusal {
        Refusal::plain("Invalid method call")
    }

    /// Whether it is one of those that 9.0 answers with 403 (`docs/behaviour/versions.md` D3).
    pub fn is_about_permission(&self) -> bool {
        const IDS: [&str; 6] = [
            "error-not-allowed",
            "not-allowed",
            "not-authorized",
            "not_authorized",
            "no-permission",
            "error-not-authorized-federation",
        ];
        self.id.is_some_and(|id| IDS.contains(&id))
    }

    /// The state of the user kept changing while this request was being decided.
    pub fn too_many_changes() -> Refusal {
        Refusal::plain("The user was changed by other requests at the same time. Please try again.")
    }
}
