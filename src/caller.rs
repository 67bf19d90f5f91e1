//! The signed-in user, as read together with the credentials: all that deciding about a change needs.
//!
//! Of `services` it holds no more than that; login tokens and second-factor secrets stay in the database.

mod read;

use bson::Document;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::fmt;

/// The caller's document as far as it was read. Absent and null fields are the same here.
#[derive(Clone, Default)]
pub struct Caller {
    pub id: String,
    pub username: Option<String>,
    pub name: Option<String>,
    pub emails: Vec<Email>,
    pub roles: Vec<String>,
    /// `type`: `user`, `bot`, `app`.
    pub kind: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    /// `_updatedAt`, when it was read.
    pub updated_at: Option<bson::DateTime>,
    pub status: StoredStatus,
    pub require_password_change: bool,
    /// `inviteToken`: the invitation by which the user came.
    pub invitation: Option<String>,
    pub federated: bool,
    /// There is no `customFields` at all.
    pub custom_fields_is_absent: bool,
    pub services: Services,
    /// The login token that the request came with, as it is stored.
    pub login_token: Document,
}

/// The login token that a request came with, and what tells its client from others.
#[derive(Clone)]
pub struct Session {
    pub hashed_token: String,
    pub client: Client,
}

/// What tells one client from another, as far as it is known and counts. See `second_factor::remember`.
#[derive(Clone, Default)]
pub struct Client {
    pub user_agent: Option<String>,
    pub address: Option<String>,
}

/// Shows who it is, and nothing about them: a login token may be stored as it is sent.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    pub address: String,
    pub verified: bool,
}

/// What is stored about the user's presence. Source: `docs/behaviour/side-effects.md` 3.1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredStatus {
    /// What others see.
    pub displayed: Option<String>,
    pub text: Option<String>,
    pub default: Option<String>,
    pub source: Option<String>,
    pub previous_state: Option<PreviousState>,
}

/// A displaced claim.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousState {
    pub source: Option<String>,
    pub expires_at: Option<bson::DateTime>,
}

#[derive(Debug, Clone, Default)]
pub struct Services {
    /// Whether the part of `services` that the original reads at authentication has any key.
    pub any: bool,
    /// There is a `services` at all.
    pub is_anything: bool,
    /// `services.password` exists, whatever it holds.
    pub has_password: bool,
    /// `services.password.bcrypt`
    pub password_hash: Option<SecretString>,
    /// `services.passwordHistory`, oldest first; `None` when it is not there.
    pub password_history: Option<Vec<SecretString>>,
    /// `services.totp.enabled === true`
    pub totp_enabled: bool,
    /// `services.email2fa.enabled`, by truthiness
    pub email2fa_enabled: bool,
    /// Signs in through another service.
    pub is_oauth_user: bool,
}

/// Keys of `services` that say nothing about where a user signs in. Any other makes an "OAuth user"
/// (`docs/behaviour/two-factor.md` section 4).
pub const LOCAL_SERVICES: [&str; 8] =
    ["emailCode", "email2fa", "totp", "resume", "password", "passwordHistory", "cloud", "email"];

impl Caller {
    /// The first address, which is the one that counts. An entry without a text in it has none.
    pub fn email(&self) -> Option<&str> {
        self.emails.first().map(|email| email.address.as_str()).filter(|address| !address.is_empty())
    }

    /// Presence treats bots and apps as always connected.
    pub fn is_bot_or_app(&self) -> bool {
        matches!(self.kind.as_deref(), Some("bot" | "app")) || self.roles.iter().any(|role| role == "bot")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn debug_shows_no_token() {
        let caller =
            Caller::from_document(&doc! {"_id": "u", "ownToken": {"token": "s3cret"}}).expect("a caller");
        let session = Session { hashed_token: "s3cret".to_owned(), client: Client::default() };
        let shown = format!("{caller:?} {session:?}");
        assert!(shown.contains("\"u\"") && !shown.contains("s3cret"), "{shown}");
    }
}
