//! A refusal that the client may read: Rocket.Chat's error id, text and details, in one registry.
//!
//! Source: `docs/behaviour/update-own-basic-info.md` section 9. Every refusal is made by one of the named constructors
//! here, so that an id or a text stands in one place only.

mod access_tokens;
mod account;
mod email;
mod login;
mod password;
mod second_factor;

use serde_json::{Value, json};
use thiserror::Error;

const SAVE_USER_PROFILE: &str = "saveUserProfile";
const TOO_MANY_REQUESTS: &str = "error-too-many-requests";

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

    /// `method`: what the original calls the way on which it refuses.
    pub fn invisible_status(method: &str) -> Refusal {
        let details = json!({"method": method});
        Refusal::new("error-status-not-allowed", "Invisible status is disabled", Some(details))
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

    /// The user has changed that often enough for a minute.
    pub fn too_many_changes_of_a_kind(milliseconds: i64) -> Refusal {
        let seconds = milliseconds.saturating_add(999) / 1000;
        let reason = format!(
            "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying again."
        );
        let details = json!({"timeToReset": milliseconds, "seconds": seconds});
        Refusal::new(TOO_MANY_REQUESTS, &reason, Some(details))
    }

    /// It is answered with 429.
    pub fn is_about_frequency(&self) -> bool {
        self.id == Some(TOO_MANY_REQUESTS)
    }

    /// The state of the user kept changing while this request was being decided.
    pub fn too_many_changes() -> Refusal {
        Refusal::plain("The user was changed by other requests at the same time. Please try again.")
    }
}
