//! The body of a login. Source: `docs/behaviour/login.md` sections 1.1 and 1.2.
//!
//! There is no schema: a body of the usual form becomes a login by password, everything else goes to the login
//! handlers as it is. What they would make of it is said here.

use super::body::Body;
use super::json;
use super::login_match as check;
use super::members::{self, Members, is_truthy};
use crate::ecmascript;
use crate::hashing::PasswordDigest;
use crate::session::{LoginRequest, Who};
use secrecy::SecretString;
use serde_json::value::{RawValue, to_raw_value};

/// What bcrypt says of a digest that is an object, to which the original turns passwords of a form that it means to support.
const HASHED: &str = "data and hash must be strings";
const DIGEST_LENGTH: usize = 64;

/// What the client wants to sign in with. `header_code`: `x-2fa-code`.
pub fn parse(body: &Body, header_code: Option<String>) -> LoginRequest {
    let members = members::of(body);
    let usual = ["user", "username", "email", "password", "code"];
    let is_null = |key| members.get(key).is_none_or(|raw| raw.get() == "null");
    if is_null("password") || !members.keys().all(|key| usual.contains(&key.as_str())) {
        return as_it_is(&members);
    }
    let user = members.get("user").and_then(|raw| json::text(raw));
    let given = |key| members.get(key).filter(|raw| is_truthy(raw)).map(|raw| (key, raw.clone()));
    let who = match user {
        Some(name) => {
            let key = if name.contains('@') { "email" } else { "username" };
            to_raw_value(&name).ok().map(|raw| (key, raw))
        }
        None => given("username").or_else(|| given("email")),
    };
    let Some((key, name)) = who else { return as_it_is(&members) };
    let code = members.get("code").filter(|raw| is_truthy(raw)).map(|raw| code(raw)).or(header_code);
    let Some(raw) = members.get("password").filter(|raw| is_truthy(raw)) else {
        return LoginRequest::Unrecognised;
    };
    if let Some(mismatch) = check::user(&user_of(key, &name)) {
        return LoginRequest::Malformed(check::told("user", mismatch));
    }
    if json::object(raw).is_some_and(|hashed| hashed.get("hashed").is_some_and(|raw| is_truthy(raw))) {
        return LoginRequest::Malformed(HASHED.to_owned());
    }
    match (json::text(&name).map(|name| named(key, name)), password(raw)) {
        (Some(who), Some(digest)) => {
            LoginRequest::Password { who, digest, code: code.map(SecretString::from) }
        }
        _ => no_password(),
    }
}

/// `{key: name}`
fn user_of(key: &str, name: &RawValue) -> Box<RawValue> {
    RawValue::from_string(format!(r#"{{"{key}":{}}}"#, name.get())).unwrap_or_default()
}

fn named(key: &str, name: String) -> Who {
    if key == "email" { Who::EmailAddress(name) } else { Who::Username(name) }
}

fn no_password() -> LoginRequest {
    let mismatch = (check::NO_FORM_OF_A_PASSWORD.to_owned(), String::new());
    LoginRequest::Malformed(check::told("password", mismatch))
}

/// The first login handler that knows the body: resume, then password.
fn as_it_is(members: &Members) -> LoginRequest {
    if let Some(resume) = members.get("resume").filter(|raw| is_truthy(raw)) {
        return match json::text(resume) {
            Some(token) => LoginRequest::Resume(token.into()),
            None => LoginRequest::Malformed(check::text(resume)),
        };
    }
    if !members.get("password").is_some_and(|raw| is_truthy(raw)) {
        return LoginRequest::Unrecognised;
    }
    for (key, raw) in members {
        let wrong = match key.as_str() {
            "user" => check::user(raw),
            "password" if password(raw).is_some() => None,
            "password" => return no_password(),
            "code" => check::filled_text(raw),
            _ => Some(check::unknown_key()),
        };
        if let Some(mismatch) = wrong {
            return LoginRequest::Malformed(check::told(key, mismatch));
        }
    }
    let user = members.get("user").and_then(|raw| json::object(raw));
    let name = user.and_then(|user| user.first().map(|(key, raw)| (key.clone(), json::text(raw))));
    let Some((key, Some(name))) = name else { return LoginRequest::Malformed(check::missing("user")) };
    match members.get("password").and_then(|raw| password(raw)) {
        Some(digest) if key != "id" => LoginRequest::Password { who: named(&key, name), digest, code: None },
        // By its id nobody signs in here.
        Some(_) => LoginRequest::Unrecognised,
        None => no_password(),
    }
}

/// A password in plain, or the digest of one.
fn password(raw: &RawValue) -> Option<PasswordDigest> {
    if let Some(password) = json::text(raw) {
        return Some(PasswordDigest::of_password(&password.into()));
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

#[cfg(test)]
mod tests;
