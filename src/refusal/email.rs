//! Refusals of a new e-mail address.

use super::Refusal;
use serde_json::json;

impl Refusal {
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
}
