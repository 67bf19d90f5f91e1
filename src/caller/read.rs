//! What is read of a caller, and from what that leaves: straight from the bytes, because every request does it.

use super::{Caller, Email, LOCAL_SERVICES, PreviousState, Services};
use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Document, cstr, rawdoc};
use secrecy::SecretString;
use std::sync::LazyLock;

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
