//! The user as `users.info` shows the caller's own: without anything that works as a key. Source:
//! `docs/behaviour/own-account.md` section 8.

use super::json::{self, Entry};
use super::reshaped::to_json;
use super::services::other;
use crate::release::{AccountRoutes, Release};
use crate::workspace::Definition;
use bson::error::Error;
use bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Document, doc};
use serde_json::{Map, Value};

const SHOWN: [&str; 27] = [
    "_id",
    "name",
    "username",
    "nickname",
    "status",
    "utcOffset",
    "type",
    "active",
    "bio",
    "reason",
    "statusText",
    "avatarETag",
    "federated",
    "statusLivechat",
    "emails",
    "phone",
    "statusConnection",
    "createdAt",
    "lastLogin",
    "requirePasswordChange",
    "requirePasswordChangeReason",
    "roles",
    "importIds",
    "freeSwitchExtension",
    "extension",
    "statusSource",
    "statusExpiresAt",
];

/// Not even their names are told.
const NOT_TOLD: [&str; 7] =
    ["passwordHistory", "resume", "email", "emailCode", "cloud", "iframe", "loginToken"];

/// What of the document is needed.
pub fn info_projection() -> Document {
    let mut projection: Document = SHOWN.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
    projection.extend(doc! {
        "customFields": 1, "services.password.bcrypt": 1, "services.totp.enabled": 1, "services.email2fa.enabled": 1,
    });
    for service in [
        "google",
        "facebook",
        "linkedin",
        "twitter",
        "nextcloud",
        "dolphin",
        "github",
        "gitlab",
        "ldap",
        "saml",
    ] {
        projection.extend(
            ["id", "username", "name", "email"]
                .map(|field| (format!("services.{service}.{field}"), 1.into())),
        );
    }
    projection
}

/// The user as JSON. `rooms`: the user's memberships, where they were asked for.
///
/// # Errors
/// When the document is broken BSON.
pub fn write_info(
    user: &RawDocumentBuf,
    rooms: Option<Vec<Value>>,
    fields: &Definition,
    release: &Release,
) -> Result<String, Error> {
    let mut entries = Vec::new();
    for entry in user {
        let (key, value) = entry?;
        let key = key.as_str();
        let is_of_another_version = match release.account_routes {
            AccountRoutes::Loose => ["statusSource", "statusExpiresAt"].contains(&key),
            AccountRoutes::Typed => key == "extension",
        };
        match (key, value.as_document()) {
            ("services", Some(document)) => entries.push((key, Entry::Json(services(document)?))),
            ("customFields", Some(document)) => {
                entries.push((key, Entry::Json(custom_fields(document, fields)?)));
            }
            (key, _) if SHOWN.contains(&key) && !is_of_another_version => {
                entries.push((key, Entry::Bson(value)))
            }
            _ => {}
        }
    }
    entries.push(("canViewAllInfo", Entry::Json(true.into())));
    entries.extend(rooms.map(|rooms| ("rooms", Entry::Json(rooms.into()))));
    let mut out = String::new();
    json::write_object(&mut out, entries)?;
    Ok(out)
}

fn services(services: &RawDocument) -> Result<Value, Error> {
    let mut shown = Map::new();
    for service in services {
        let (name, value) = service?;
        let name = name.as_str();
        let told = match name {
            name if NOT_TOLD.contains(&name) => None,
            "password" => Some(true.into()),
            "totp" | "email2fa" => enabled(value)?,
            _ => other(value)?.and_then(|json| serde_json::from_str(&json).ok()),
        };
        shown.extend(told.map(|told| (name.to_owned(), told)));
    }
    Ok(Value::Object(shown))
}

fn enabled(factor: RawBsonRef<'_>) -> Result<Option<Value>, Error> {
    let Some(factor) = factor.as_document() else { return Ok(None) };
    let enabled = factor.get("enabled")?.map(to_json).transpose()?;
    Ok(Some(Value::Object(enabled.map(|enabled| ("enabled".to_owned(), enabled)).into_iter().collect())))
}

/// Those that the workspace defines.
fn custom_fields(stored: &RawDocument, fields: &Definition) -> Result<Value, Error> {
    let mut shown = Map::new();
    if let Definition::Fields(fields) = fields {
        for entry in stored {
            let (name, value) = entry?;
            if fields.contains_key(name.as_str()) {
                shown.insert(name.as_str().to_owned(), to_json(value)?);
            }
        }
    }
    Ok(Value::Object(shown))
}
