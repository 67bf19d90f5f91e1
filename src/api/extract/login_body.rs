//! The body of a login. Source: `docs/behaviour/login.md` sections 1.1 and 1.2.
//!
//! There is no schema: a body of the usual form becomes a login by password, everything else goes to the login
//! handlers as it is. What they would make of it is said here.

use super::body::Body;
use super::json;
use crate::ecmascript;
use crate::hashing::PasswordDigest;
use crate::session::{LoginRequest, Who};
use indexmap::IndexMap;
use secrecy::SecretString;
use serde_json::value::{RawValue, to_raw_value};

type Members = IndexMap<String, Box<RawValue>>;

/// The longest password, in UTF-16 units.
const LONGEST_PASSWORD: usize = 256;
const DIGEST_LENGTH: usize = 64;

/// What the client wants to sign in with. `header_code`: `x-2fa-code`.
pub fn parse(body: &Body, header_code: Option<String>) -> LoginRequest {
    let members = members(body);
    let usual = ["user", "username", "email", "password", "code"];
    let is_null = |key| members.get(key).is_none_or(|raw| raw.get() == "null");
    if is_null("password") || !members.keys().all(|key| usual.contains(&key.as_str())) {
        return as_it_is(&members);
    }
    let who = match members.get("user").and_then(|raw| json::text(raw)) {
        Some(name) if name.contains('@') => Some(named(Who::EmailAddress, Some(name))),
        Some(name) => Some(named(Who::Username, Some(name))),
        None => {
            let given = |key| members.get(key).filter(|raw| is_truthy(raw)).map(|raw| json::text(raw));
            let username = given("username").map(|name| named(Who::Username, name));
            username.or_else(|| given("email").map(|address| named(Who::EmailAddress, address)))
        }
    };
    match who {
        None => as_it_is(&members),
        Some(who) => {
            let code = members.get("code").filter(|raw| is_truthy(raw)).map(|raw| code(raw));
            with_password(who, &members, code.or(header_code))
        }
    }
}

fn members(body: &Body) -> Members {
    match body {
        Body::Json(text) => {
            let fields = serde_json::from_str(text).ok().and_then(json::object).unwrap_or_default();
            fields.into_iter().map(|(key, raw)| (key, raw.to_owned())).collect()
        }
        Body::Form(pairs) => {
            pairs.iter().filter_map(|(key, value)| Some((key.clone(), to_raw_value(value).ok()?))).collect()
        }
        Body::Other => Members::new(),
    }
}

/// `None` where the name is empty or no text: the handler refuses it.
fn named(kind: fn(String) -> Who, name: Option<String>) -> Option<Who> {
    name.filter(|name| !name.is_empty()).map(kind)
}

fn with_password(who: Option<Who>, members: &Members, code: Option<String>) -> LoginRequest {
    let Some(raw) = members.get("password").filter(|raw| is_truthy(raw)) else {
        return LoginRequest::Unrecognised;
    };
    let Some(who) = who else { return LoginRequest::Malformed { field: "user" } };
    let Some(digest) = password(raw) else { return LoginRequest::Malformed { field: "password" } };
    LoginRequest::Password { who, digest, code: code.map(SecretString::from) }
}

/// The first login handler that knows the body: resume, then password.
fn as_it_is(members: &Members) -> LoginRequest {
    if let Some(resume) = members.get("resume").filter(|raw| is_truthy(raw)) {
        return match json::text(resume) {
            Some(token) => LoginRequest::Resume(token.into()),
            None => LoginRequest::Malformed { field: "resume" },
        };
    }
    let who = members.get("user").and_then(|raw| json::object(raw)).and_then(|user| {
        let (key, name) = user.first().filter(|_| user.len() == 1)?;
        match key.as_str() {
            "username" => named(Who::Username, json::text(name)),
            "email" => named(Who::EmailAddress, json::text(name)),
            _ => None,
        }
    });
    let only_known = members.keys().all(|key| ["user", "password"].contains(&key.as_str()));
    with_password(who.filter(|_| only_known), members, None)
}

/// A password in plain, or the digest of one.
fn password(raw: &RawValue) -> Option<PasswordDigest> {
    if let Some(password) = json::text(raw) {
        let fits = ecmascript::length(&password) <= LONGEST_PASSWORD;
        return fits.then(|| PasswordDigest::of_password(&password.into()));
    }
    let hashed = json::object(raw).filter(|hashed| hashed.len() == 2)?;
    let digest = hashed.get("digest").and_then(|digest| json::text(digest))?;
    let algorithm = hashed.get("algorithm").and_then(|algorithm| json::text(algorithm))?;
    let is_known = algorithm == "sha-256" && ecmascript::length(&digest) == DIGEST_LENGTH;
    is_known.then(|| PasswordDigest::exact(&digest))
}

/// A code may also be sent as a number.
fn code(raw: &RawValue) -> String {
    json::text(raw).unwrap_or_else(|| raw.get().to_owned())
}

fn is_truthy(raw: &RawValue) -> bool {
    let json = raw.get();
    !matches!(json, "null" | "false" | r#""""#) && json.parse() != Ok(0.0)
}

#[cfg(test)]
mod tests;
