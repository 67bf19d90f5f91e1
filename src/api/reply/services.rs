//! What of `services` may leave in the stored form: a list of what is shown, not of what is hidden.
//!
//! Source: `docs/DECISIONS.md` section 3. Whatever works as a key by itself (secrets of TOTP, mailed codes, tokens of a
//! reset or a verification, login tokens of old that are stored as they are sent, tokens of other services) is not in
//! it, in any mode; nor is a value of another type than its place has, which could hold anything.

use super::json::{write_text, write_value};
use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};
use sha2::{Digest, Sha256};

/// What stands in the place of what is not told.
const MASK: &str = "[masked]";

/// What becomes of the hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashes {
    /// As the published documentation shows them.
    Shown,
    Masked,
    /// Masked, but so that another hash looks different: sixteen bits of its digest, which are of no use for finding it.
    Marked,
}

/// What is shown at a place.
enum Shown {
    /// A flag, a number or null.
    Flag,
    Date,
    Text,
    /// An id: a text or a number.
    Id,
    /// A text that proves something only to whoever has what it is the hash of.
    Hash,
    /// That there is a text here.
    Presence,
    Document(&'static [(&'static str, Shown)]),
    List(&'static Shown),
}

/// `services`, as the documentation shows it.
const STORED: Shown = Shown::Document(&[
    ("password", Shown::Document(&[("bcrypt", Shown::Hash)])),
    ("passwordHistory", Shown::List(&Shown::Hash)),
    ("resume", Shown::Document(&[("loginTokens", Shown::List(&LOGIN_TOKEN))])),
    ("email", Shown::Document(&[("verificationTokens", Shown::List(&VERIFICATION_TOKEN))])),
    ("email2fa", Shown::Document(&[("enabled", Shown::Flag), ("changedAt", Shown::Date)])),
    ("totp", Shown::Document(&[("enabled", Shown::Flag)])),
]);

/// A session, or a personal access token: those have no `when`, and a name.
const LOGIN_TOKEN: Shown = Shown::Document(&[
    ("when", Shown::Date),
    ("hashedToken", Shown::Hash),
    ("twoFactorAuthorizedHash", Shown::Hash),
    ("twoFactorAuthorizedUntil", Shown::Date),
    ("type", Shown::Text),
    ("createdAt", Shown::Date),
    ("lastTokenPart", Shown::Text),
    ("name", Shown::Text),
    ("bypassTwoFactor", Shown::Flag),
]);

const VERIFICATION_TOKEN: Shown =
    Shown::Document(&[("token", Shown::Presence), ("address", Shown::Text), ("when", Shown::Date)]);

/// What the re-shaped reply tells of an account at another service.
const OTHER_SERVICE: Shown = Shown::Document(&[
    ("id", Shown::Id),
    ("username", Shown::Text),
    ("name", Shown::Text),
    ("email", Shown::Text),
]);

/// The JSON of `services` in the stored form.
///
/// # Errors
/// When the document is broken BSON.
pub fn stored(services: &RawDocument, hashes: Hashes) -> Result<String, Error> {
    let mut out = String::new();
    write(&mut out, RawBsonRef::Document(services), &STORED, hashes)?;
    Ok(out)
}

/// The JSON of one of the services that the re-shaped form names; `None` if it is no document.
///
/// # Errors
/// When the document is broken BSON.
pub fn other(service: RawBsonRef<'_>) -> Result<Option<String>, Error> {
    let mut out = String::new();
    Ok(write(&mut out, service, &OTHER_SERVICE, Hashes::Masked)?.then_some(out))
}

/// `false`: nothing was written, as the value is of another type.
fn write(out: &mut String, value: RawBsonRef<'_>, shown: &Shown, hashes: Hashes) -> Result<bool, Error> {
    use RawBsonRef as Raw;
    match (shown, value) {
        (Shown::Document(fields), Raw::Document(document)) => write_fields(out, document, fields, hashes)?,
        (Shown::List(element), Raw::Array(array)) => write_elements(out, array, element, hashes)?,
        (Shown::Hash, Raw::String(_)) if hashes == Hashes::Masked => write_text(out, MASK),
        (Shown::Hash, Raw::String(hash)) if hashes == Hashes::Marked => {
            let mark = hex::encode(&Sha256::digest(hash)[..2]);
            write_text(out, &format!("[masked {mark}]"));
        }
        (Shown::Presence, Raw::String(_)) => write_text(out, MASK),
        (Shown::Hash | Shown::Text | Shown::Id, Raw::String(_))
        | (Shown::Id, Raw::Int32(_) | Raw::Int64(_) | Raw::Double(_))
        | (Shown::Date, Raw::DateTime(_))
        | (
            Shown::Flag,
            Raw::Boolean(_) | Raw::Int32(_) | Raw::Int64(_) | Raw::Double(_) | Raw::Null | Raw::Undefined,
        ) => write_value(out, value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// In the order in which they are stored.
fn write_fields(
    out: &mut String,
    document: &RawDocument,
    fields: &[(&str, Shown)],
    hashes: Hashes,
) -> Result<(), Error> {
    out.push('{');
    for entry in document {
        let (key, value) = entry?;
        let Some((key, shown)) = fields.iter().find(|(name, _)| *name == key.as_str()) else { continue };
        let before = out.len();
        separate(out, '{');
        write_text(out, key);
        out.push(':');
        if !write(out, value, shown, hashes)? {
            out.truncate(before);
        }
    }
    out.push('}');
    Ok(())
}

fn write_elements(out: &mut String, array: &RawArray, element: &Shown, hashes: Hashes) -> Result<(), Error> {
    out.push('[');
    for value in array {
        let before = out.len();
        separate(out, '[');
        if !write(out, value?, element, hashes)? {
            out.truncate(before);
        }
    }
    out.push(']');
    Ok(())
}

/// A comma, unless nothing has been written since the bracket.
fn separate(out: &mut String, bracket: char) {
    if !out.ends_with(bracket) {
        out.push(',');
    }
}

#[cfg(test)]
mod tests;
