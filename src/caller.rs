//! The signed-in user, as read together with the credentials: all that deciding about a change needs.
//!
//! Of `services` it holds no more than that; login tokens and second-factor secrets stay in the database.

use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::fmt;

/// The caller's document as far as it was read. Absent and null fields are the same here.
#[derive(Clone)]
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
    /// See `second_factor::fingerprint`.
    pub fingerprint: String,
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
    /// The projection of the one read that a request makes.
    pub fn projection(hashed_token: &str) -> Document {
        doc! {
            "username": 1, "name": 1, "emails": 1, "roles": 1, "type": 1,
            "createdAt": 1, "_updatedAt": 1,
            "status": 1, "statusText": 1, "statusDefault": 1, "statusSource": 1,
            "previousState.statusSource": 1, "previousState.statusExpiresAt": 1,
            "requirePasswordChange": 1, "inviteToken": 1, "federated": 1, "federation.version": 1,
            // Only its type.
            "customFields": {"$type": "$customFields"},
            "services.github": 1, "services.gitlab": 1, "services.password.bcrypt": 1,
            "services.totp.enabled": 1, "services.email2fa.enabled": 1, "services.passwordHistory": 1,
            // Only the token of this request.
            "ownToken": Caller::token_where("hashedToken", hashed_token),
            // A list there hides the token from the expression above, but not from a filter.
            "resumeIsList": {"$isArray": "$services.resume"},
            // Only the names of the services.
            "serviceNames": {"$map": {
                "input": {"$objectToArray": {
                    "$cond": [{"$eq": [{"$type": "$services"}, "object"]}, "$services", {}],
                }},
                "as": "service",
                "in": "$$service.k",
            }},
        }
    }

    /// Of a user's login tokens the one that has this value at this key.
    pub fn token_where(key: &str, value: &str) -> Document {
        doc! {"$first": {"$filter": {
            // One without a list around it is found by its hash, too.
            "input": {"$cond": [
                {"$isArray": "$services.resume.loginTokens"},
                "$services.resume.loginTokens", ["$services.resume.loginTokens"],
            ]},
            "as": "token",
            "cond": {"$eq": [format!("$$token.{key}"), {"$literal": value}]},
        }}}
    }

    pub fn from_document(user: &Document) -> Caller {
        let federation_version =
            sub_document(user, "federation").and_then(|federation| federation.get("version"));
        Caller {
            login_token: sub_document(user, "ownToken").cloned().unwrap_or_default(),
            id: text(user, "_id").unwrap_or_default(),
            username: text(user, "username"),
            name: text(user, "name"),
            emails: Email::all_of(user),
            roles: array(user, "roles").iter().filter_map(Bson::as_str).map(str::to_owned).collect(),
            kind: text(user, "type"),
            updated_at: user.get_datetime("_updatedAt").ok().copied(),
            created_at: user.get_datetime("createdAt").ok().map(|created| created.to_chrono()),
            status: StoredStatus {
                displayed: text(user, "status"),
                text: text(user, "statusText"),
                default: text(user, "statusDefault").filter(|status| !status.is_empty()),
                source: text(user, "statusSource"),
                previous_state: sub_document(user, "previousState").map(|state| PreviousState {
                    source: text(state, "statusSource"),
                    expires_at: state.get_datetime("statusExpiresAt").ok().copied(),
                }),
            },
            require_password_change: is_truthy(user.get("requirePasswordChange")),
            invitation: text(user, "inviteToken").filter(|invitation| !invitation.is_empty()),
            federated: is_truthy(user.get("federated"))
                && matches!(federation_version, Some(Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_))),
            custom_fields_is_absent: user.get_str("customFields").is_ok_and(|kind| kind == "missing"),
            services: sub_document(user, "services")
                .map(|services| Services {
                    is_oauth_user: array(user, "serviceNames")
                        .iter()
                        .filter_map(Bson::as_str)
                        .any(|name| !LOCAL_SERVICES.contains(&name)),
                    ..Services::from_document(services)
                })
                .unwrap_or_default(),
        }
    }

    /// The first address, which is the one that counts. An entry without a text in it has none.
    pub fn email(&self) -> Option<&str> {
        self.emails.first().map(|email| email.address.as_str()).filter(|address| !address.is_empty())
    }

    /// Presence treats bots and apps as always connected.
    pub fn is_bot_or_app(&self) -> bool {
        matches!(self.kind.as_deref(), Some("bot" | "app")) || self.roles.iter().any(|role| role == "bot")
    }
}

impl Services {
    fn from_document(services: &Document) -> Services {
        let password = sub_document(services, "password");
        let enabled = |service| sub_document(services, service).and_then(|service| service.get("enabled"));
        Services {
            any: services.keys().any(|key| key != "passwordHistory"),
            is_anything: true,
            has_password: password.is_some(),
            password_hash: password
                .and_then(|password| text(password, "bcrypt"))
                .filter(|hash| !hash.is_empty())
                .map(SecretString::from),
            password_history: match services.get("passwordHistory") {
                Some(Bson::Array(hashes)) => Some(
                    hashes.iter().map(|hash| hash.as_str().unwrap_or_default().to_owned().into()).collect(),
                ),
                _ => None,
            },
            totp_enabled: enabled("totp") == Some(&Bson::Boolean(true)),
            email2fa_enabled: is_truthy(enabled("email2fa")),
            is_oauth_user: false,
        }
    }
}

fn text(document: &Document, key: &str) -> Option<String> {
    document.get_str(key).ok().map(str::to_owned)
}

fn sub_document<'a>(document: &'a Document, key: &str) -> Option<&'a Document> {
    document.get_document(key).ok()
}

fn array<'a>(document: &'a Document, key: &str) -> &'a [Bson] {
    document.get_array(key).map(Vec::as_slice).unwrap_or_default()
}

impl Email {
    /// The addresses of a user's document.
    pub fn all_of(user: &Document) -> Vec<Email> {
        let address = |email: &Document| Email {
            address: text(email, "address").unwrap_or_default(),
            verified: is_truthy(email.get("verified")),
        };
        array(user, "emails").iter().filter_map(Bson::as_document).map(address).collect()
    }
}

fn is_truthy(value: Option<&Bson>) -> bool {
    match value {
        None | Some(Bson::Null | Bson::Undefined) => false,
        Some(Bson::Boolean(flag)) => *flag,
        Some(Bson::Int32(n)) => *n != 0,
        Some(Bson::Int64(n)) => *n != 0,
        Some(Bson::Double(n)) => *n != 0.0 && !n.is_nan(),
        Some(Bson::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_token() {
        let caller = Caller::from_document(&doc! {"_id": "u", "ownToken": {"token": "s3cret"}});
        let session = Session { hashed_token: "s3cret".to_owned(), fingerprint: String::new() };
        let shown = format!("{caller:?} {session:?}");
        assert!(shown.contains("\"u\"") && !shown.contains("s3cret"), "{shown}");
    }
}
