//! `services`: passwords, tokens and second factors of a person.

use mongodb::bson::{Array, Bson, DateTime, Document, doc};

use super::{date, earlier};
use crate::credentials::{Hashes, hashed_token, hex_digest, secret};
use crate::people::{BACKUP_CODES, Person, TOTP_SECRET};

pub(super) const MINUTE: i64 = 60_000;

/// A password and some sessions, the person's own token first, and a second factor that was switched off.
pub(super) fn ordinary(person: &Person, hashes: &Hashes, now: DateTime) -> Document {
    let mut services = Document::new();
    if let Some(password) = &person.password {
        services.insert("password", doc! { "bcrypt": hashes.get(password) });
    }
    services.insert("email2fa", doc! { "enabled": false, "changedAt": date("2023-02-20T13:42:07.118Z") });
    let tokens = [&person.token].into_iter().chain(&person.other_tokens);
    let sessions = tokens.zip(1..).map(|(token, count)| session(token, earlier(now, count * 10 * MINUTE)));
    services.insert("resume", doc! { "loginTokens": sessions.map(Bson::from).collect::<Array>() });
    services
}

pub(super) fn session(token: &str, when: DateTime) -> Document {
    doc! { "when": when, "hashedToken": hashed_token(token) }
}

/// `bypass` is missing on tokens that were made before it existed.
pub(super) fn personal_access_token(token: &str, name: &str, bypass: Option<bool>) -> Document {
    let mut element = doc! {
        "hashedToken": hashed_token(token),
        "type": "personalAccessToken",
        "createdAt": date("2023-06-01T08:00:00.000Z"),
        "lastTokenPart": &token[token.len() - 6..],
        "name": name,
    };
    element.extend(bypass.map(|bypass| ("bypassTwoFactor".to_owned(), bypass.into())));
    element
}

/// A pending proof that somebody reads the mails of `address`.
pub(super) fn verification_token(origin: &str, address: &str, when: &str) -> Document {
    doc! { "token": secret(origin), "address": address, "when": date(when) }
}

pub(super) fn password_history(person: &Person, hashes: &Hashes) -> Array {
    person.former_passwords.iter().map(|password| hashes.get(password).into()).collect()
}

pub(super) fn totp() -> Document {
    let backup: Array = BACKUP_CODES.iter().map(|code| hex_digest(code).into()).collect();
    doc! { "enabled": true, "secret": TOTP_SECRET, "hashedBackup": backup }
}
