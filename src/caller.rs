//! The signed-in user, as read together with the credentials: all that deciding about a change needs.
//!
//! Of `services` it holds no more than that; login tokens and second-factor secrets stay in the database.

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Document, cstr, rawdoc};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::fmt;
use std::sync::LazyLock;

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

/// What is read of every caller, whoever asks with which token.
static FIELDS: LazyLock<RawDocumentBuf> = LazyLock::new(|| {
    rawdoc! {
        "username": 1, "name": 1, "emails": 1, "roles": 1, "type": 1,
        "createdAt": 1, "_updatedAt": 1,
        "status": 1, "statusText": 1, "statusDefault": 1, "statusSource": 1,
        "previousState.statusSource": 1, "previousState.statusExpiresAt": 1,
        "requirePasswordChange": 1, "inviteToken": 1, "federated": 1, "federation.version": 1,
        // Only its type.
        "customFields": {"$type": "$customFields"},
        "services.github": 1, "services.gitlab": 1, "services.password.bcrypt": 1,
        "services.totp.enabled": 1, "services.email2fa.enabled": 1, "services.passwordHistory": 1,
        // A list there hides the token from the expression below, but not from a filter.
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
});

impl Caller {
    /// What is read of somebody, without any login token.
    pub fn projection() -> Document {
        Document::try_from(&*FIELDS).unwrap_or_default()
    }

    /// The same, with the one of the user's login tokens that has this value at this key.
    pub fn projection_with_token(key: &str, value: &str) -> RawDocumentBuf {
        let mut projection = FIELDS.clone();
        projection.append(
            cstr!("ownToken"),
            rawdoc! {"$first": {"$filter": {
                // One without a list around it is found by its hash, too.
                "input": {"$cond": [
                    {"$isArray": "$services.resume.loginTokens"},
                    "$services.resume.loginTokens", ["$services.resume.loginTokens"],
                ]},
                "as": "token",
                "cond": {"$eq": [format!("$$token.{key}"), {"$literal": value}]},
            }}},
        );
        projection
    }

    /// From what such a projection leaves.
    ///
    /// # Errors
    /// When it is broken BSON: what stands behind the broken part is not known.
    pub fn from_raw(user: &RawDocument) -> Result<Caller, Error> {
        let mut caller = Caller::default();
        let (mut has_federation_version, mut is_oauth_user) = (false, false);
        for entry in user {
            let (key, value) = entry?;
            match key.as_str() {
                "_id" => caller.id = text(value).unwrap_or_default(),
                "username" => caller.username = text(value),
                "name" => caller.name = text(value),
                "emails" => caller.emails = Email::all_of(value)?,
                "roles" => caller.roles = texts(value)?,
                "type" => caller.kind = text(value),
                "createdAt" => caller.created_at = value.as_datetime().map(bson::DateTime::to_chrono),
                "_updatedAt" => caller.updated_at = value.as_datetime(),
                "status" => caller.status.displayed = text(value),
                "statusText" => caller.status.text = text(value),
                "statusDefault" => caller.status.default = text(value).filter(|status| !status.is_empty()),
                "statusSource" => caller.status.source = text(value),
                "previousState" => {
                    caller.status.previous_state =
                        value.as_document().map(PreviousState::from_raw).transpose()?;
                }
                "requirePasswordChange" => caller.require_password_change = is_truthy(Some(value)),
                "inviteToken" => caller.invitation = text(value).filter(|invitation| !invitation.is_empty()),
                "federated" => caller.federated = is_truthy(Some(value)),
                "federation" => has_federation_version = is_number(member(value, "version")?),
                "customFields" => caller.custom_fields_is_absent = value.as_str() == Some("missing"),
                "services" => {
                    caller.services =
                        value.as_document().map(Services::from_raw).transpose()?.unwrap_or_default();
                }
                "serviceNames" => {
                    is_oauth_user = texts(value)?.iter().any(|name| !LOCAL_SERVICES.contains(&name.as_str()));
                }
                "ownToken" => {
                    caller.login_token =
                        value.as_document().map(Document::try_from).transpose()?.unwrap_or_default();
                }
                _ => {}
            }
        }
        caller.federated &= has_federation_version;
        caller.services.is_oauth_user = caller.services.is_anything && is_oauth_user;
        Ok(caller)
    }

    /// The same from a document that is read already.
    ///
    /// # Errors
    /// As of [`Caller::from_raw`].
    pub fn from_document(user: &Document) -> Result<Caller, Error> {
        Caller::from_raw(&RawDocumentBuf::try_from(user)?)
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

impl PreviousState {
    fn from_raw(state: &RawDocument) -> Result<PreviousState, Error> {
        Ok(PreviousState {
            source: state.get("statusSource")?.and_then(text),
            expires_at: state.get("statusExpiresAt")?.and_then(|expires| expires.as_datetime()),
        })
    }
}

impl Services {
    fn from_raw(services: &RawDocument) -> Result<Services, Error> {
        let mut read = Services { is_anything: true, ..Services::default() };
        for entry in services {
            let (key, value) = entry?;
            read.any |= key.as_str() != "passwordHistory";
            match key.as_str() {
                "password" => {
                    read.has_password = value.as_document().is_some();
                    let hash = member(value, "bcrypt")?.and_then(|hash| hash.as_str());
                    read.password_hash = hash.filter(|hash| !hash.is_empty()).map(SecretString::from);
                }
                "passwordHistory" => {
                    read.password_history = value.as_array().map(former_hashes).transpose()?;
                }
                "totp" => read.totp_enabled = member(value, "enabled")? == Some(RawBsonRef::Boolean(true)),
                "email2fa" => read.email2fa_enabled = is_truthy(member(value, "enabled")?),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Anything but a text is a hash that no password has.
fn former_hashes(history: &RawArray) -> Result<Vec<SecretString>, Error> {
    history.into_iter().map(|hash| Ok(hash?.as_str().unwrap_or_default().into())).collect()
}

impl Email {
    fn all_of(emails: RawBsonRef<'_>) -> Result<Vec<Email>, Error> {
        let mut read = Vec::new();
        for email in emails.as_array().into_iter().flatten() {
            let email = email?;
            if email.as_document().is_some() {
                read.push(Email {
                    address: member(email, "address")?.and_then(text).unwrap_or_default(),
                    verified: is_truthy(member(email, "verified")?),
                });
            }
        }
        Ok(read)
    }
}

fn text(value: RawBsonRef<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Those in a list; anything else holds none.
fn texts(list: RawBsonRef<'_>) -> Result<Vec<String>, Error> {
    let texts = list.as_array().into_iter().flatten().map(|element| Ok(text(element?)));
    texts.filter_map(Result::transpose).collect()
}

/// Of a document; anything else has none.
fn member<'a>(document: RawBsonRef<'a>, key: &str) -> Result<Option<RawBsonRef<'a>>, Error> {
    document.as_document().map_or(Ok(None), |document| document.get(key))
}

fn is_number(value: Option<RawBsonRef<'_>>) -> bool {
    matches!(value, Some(RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_)))
}

fn is_truthy(value: Option<RawBsonRef<'_>>) -> bool {
    match value {
        None | Some(RawBsonRef::Null | RawBsonRef::Undefined) => false,
        Some(RawBsonRef::Boolean(flag)) => flag,
        Some(RawBsonRef::Int32(n)) => n != 0,
        Some(RawBsonRef::Int64(n)) => n != 0,
        Some(RawBsonRef::Double(n)) => n != 0.0 && !n.is_nan(),
        Some(RawBsonRef::String(text)) => !text.is_empty(),
        Some(_) => true,
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
    #[test]
    fn of_a_broken_document_nothing_is_taken_for_missing() {
        let stored = doc! {"_id": "u", "name": "broken", "services": {"password": {"bcrypt": "hash"}}};
        let mut bytes = stored.to_vec().expect("BSON");
        let name = bytes.windows(6).position(|part| part == b"broken").expect("the name");
        let caller = |bytes: &[u8]| Caller::from_raw(RawDocument::from_bytes(bytes).expect("framed"));
        assert!(caller(&bytes).is_ok_and(|caller| caller.services.has_password));
        bytes[name] = 0xff;
        assert!(caller(&bytes).is_err());
    }
}
