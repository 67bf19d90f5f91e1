//! The bodies of the routes of personal access tokens. Source: `docs/behaviour/own-account.md` section 6.1.

use super::body::Body;
use super::json;
use super::members;
use super::preference_schema::Kind;
use super::preference_value as value;
use super::typed;
use crate::account::{TokenChange, TokenChangeKind};
use crate::api::error::ApiError;
use crate::ecmascript;
use crate::profile::to_bson;
use crate::release::{AccountRoutes, Release};

const NAME: &str = "tokenName";
const BYPASS: &str = "bypassTwoFactor";

/// Reads the body. Where the version has no schema, a name that is no text is none: it would reach a filter of the database.
///
/// # Errors
/// The first violation of the schema, where there is one.
pub fn parse(kind: TokenChangeKind, body: &Body, release: &Release) -> Result<TokenChange, ApiError> {
    let takes_bypass = kind == TokenChangeKind::Generate;
    if release.account_routes == AccountRoutes::Loose {
        let members = members::of(body);
        let name = members.get(NAME).and_then(|raw| json::text(raw)).filter(|name| !name.is_empty());
        let bypass =
            members.get(BYPASS).filter(|_| takes_bypass).and_then(|raw| ecmascript::parse_json(raw.get()));
        let bypass = bypass.map(|value| to_bson(&value)).transpose()?;
        return Ok(TokenChange { kind, name, bypass });
    }
    let known: &[&str] = if takes_bypass { &[NAME, BYPASS] } else { &[NAME] };
    let members = typed::object(body, Some(NAME), known, release)?;
    let name = typed::text(&members, NAME, release)?;
    let bypass =
        members.get(BYPASS).map(|raw| value::read(raw, Kind::Boolean, release.body_types)).transpose()?;
    Ok(TokenChange { kind, name, bypass })
}
