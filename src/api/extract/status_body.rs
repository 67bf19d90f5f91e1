//! The body of `users.setStatus`, and whom it is about. Source: `docs/behaviour/own-account.md` section 1.1.

use super::body::Body;
use super::json;
use super::members::{self, Members};
use super::schema::SchemaError;
use super::target::Target;
use super::typed;
use crate::account::NewStatus;
use crate::api::error::ApiError;
use crate::profile::Sent;
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, Release};

const KINDS: [&str; 4] = ["online", "away", "offline", "busy"];
const KEYS: [&str; 6] = ["status", "message", "expiresAt", "userId", "username", "user"];

/// Reads the body.
///
/// # Errors
/// A violation of the schema, where the version has one; then what Meteor's `check` says of it.
pub fn parse(body: &Body, release: &Release) -> Result<(NewStatus, Target), ApiError> {
    match release.account_routes {
        AccountRoutes::Loose => Ok(loose(&members::of(body))?),
        AccountRoutes::Typed => {
            let members = typed::object(body, None, &KEYS, release)?;
            let status = typed::text(&members, "status", release)?;
            if status.as_deref().is_some_and(|status| !KINDS.contains(&status)) {
                return Err(SchemaError::NotAllowed.into());
            }
            let message = typed::nullable_text(&members, "message", release)?;
            let expires_at = typed::nullable_text(&members, "expiresAt", release)?.text().cloned();
            let text = |key| typed::text(&members, key, release);
            let target = Target::new(text("userId")?, text("username")?, text("user")?);
            let sent = |text: Option<String>| text.map_or(Sent::Absent, Sent::Text);
            Ok((checked(sent(status), message, expires_at)?, target))
        }
    }
}

fn loose(members: &Members) -> Result<(NewStatus, Target), Refusal> {
    // Anything but a text is as wrong as null.
    let field = |key: &str| {
        members.get(key).map_or(Sent::Absent, |raw| json::text(raw).map_or(Sent::Null, Sent::Text))
    };
    let named = |key: &str| {
        let raw = members.get(key).filter(|raw| members::is_truthy(raw))?;
        Some(json::text(raw).unwrap_or_else(|| raw.get().to_owned()))
    };
    let target = Target::new(named("userId"), named("username"), named("user"));
    Ok((checked(field("status"), field("message"), None)?, target))
}

/// One of the two must be there, and neither may be anything but a text: inside an object not even null.
fn checked(status: Sent, message: Sent, expires_at: Option<String>) -> Result<NewStatus, Refusal> {
    match (status, message) {
        (Sent::Null, _) | (_, Sent::Null) | (Sent::Absent, Sent::Absent) => {
            Err(Refusal::plain("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation"))
        }
        (status, message) => {
            Ok(NewStatus { kind: status.text().cloned(), text: message.text().cloned(), expires_at })
        }
    }
}
