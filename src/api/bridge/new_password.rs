//! The new password of the method `resetPassword`: in plain, or as its digest. Source: `docs/behaviour/own-account.md`
//! section 7.3.

use super::MethodError;
use crate::account::NewPassword;
use crate::api::extract::json;
use crate::ecmascript;
use crate::hashing::PasswordDigest;
use serde_json::value::RawValue;

/// In UTF-16 units.
const LONGEST: usize = 256;
const DIGEST_LENGTH: usize = 64;
const MISMATCH: MethodError = MethodError::Meteor { code: 400, reason: "Match failed" };

/// Reads it. The original takes more, and stores it.
///
/// # Errors
/// Meteor's `Match failed`.
pub(super) fn parse(raw: Option<&RawValue>) -> Result<NewPassword, MethodError> {
    let raw = raw.ok_or(MISMATCH)?;
    if let Some(password) = json::text(raw) {
        let fits = !password.is_empty() && ecmascript::length(&password) <= LONGEST;
        return if fits { Ok(NewPassword::Plain(password.into())) } else { Err(MISMATCH) };
    }
    let hashed = json::object(raw).filter(|hashed| hashed.len() == 2).ok_or(MISMATCH)?;
    let text = |key| hashed.get(key).and_then(|raw| json::text(raw)).ok_or(MISMATCH);
    let (digest, algorithm) = (text("digest")?, text("algorithm")?);
    let is_digest = digest.len() == DIGEST_LENGTH && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest && algorithm == "sha-256" {
        Ok(NewPassword::Digest(PasswordDigest::from_client(&digest)))
    } else {
        Err(MISMATCH)
    }
}
