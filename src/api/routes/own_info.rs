//! `GET /api/v1/users.info`, of oneself. Source: `docs/behaviour/own-account.md` section 8.
//!
//! Others are not shown here: this is no directory.

use crate::api::error::ApiError;
use crate::api::extract::Query;
use crate::api::reply::{info_projection, to_json, write_info};
use crate::api::routes::admission::admit_account;
use crate::api::{Api, announcing, envelope};
use crate::caller::Caller;
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, Release, RouteLimit};
use actix_web::{HttpRequest, HttpResponse};
use bson::RawDocumentBuf;
use serde_json::{Map, Value};

pub const PATH: &str = "/api/v1/users.info";

/// By which of these somebody is named; the last two in newer versions.
const NAMES: [&str; 5] = ["userId", "username", "importId", "email", "freeSwitchExtension"];
/// What is told of each membership.
const MEMBERSHIP: [&str; 7] = ["_id", "rid", "name", "t", "roles", "unread", "federated"];

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let release = api.workspace.now().release;
    let query = Query::of(&request);
    let checked = async { check(&query, &release) };
    let (caller, ()) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, checked).await?;
    let name = NAMES.iter().find_map(|key| Some((*key, query.filled(key)?)));
    let (key, name) = name.ok_or_else(|| Refusal::plain("Invalid search query."))?;
    if !names(&caller.caller, key, name) {
        return Err(Refusal::plain("User not found.").into());
    }
    let id = &caller.caller.id;
    announcing::end_status_of(&api, id).await?;
    let user = api.store.user(id, info_projection()).await?.ok_or(ApiError::Unauthorized)?;
    let rooms = if wants_rooms(&query, &release) { Some(rooms(&api, id).await?) } else { None };
    Ok(envelope::success(write_info(&user, rooms, &caller.workspace.custom_fields, &release)?))
}

fn check(query: &Query, release: &Release) -> Result<(), ApiError> {
    let names = match release.account_routes {
        AccountRoutes::Loose => &NAMES[..3],
        AccountRoutes::Typed => &NAMES[..],
    };
    if names.iter().any(|name| query.has(name)) {
        return Ok(());
    }
    // Each way to name somebody has its own complaint.
    let complaints = names.iter().map(|name| format!("must have required property '{name}'"));
    let complaints: Vec<String> = complaints.chain(["must match a schema in anyOf".to_owned()]).collect();
    Err(ApiError::InvalidAnyOf(complaints.join("\n ")))
}

fn names(caller: &Caller, key: &str, name: &str) -> bool {
    match key {
        "userId" => caller.id == name,
        "username" => caller.username.as_deref() == Some(name),
        "email" => caller.emails.iter().any(|email| email.address == name),
        _ => false,
    }
}

fn wants_rooms(query: &Query, release: &Release) -> bool {
    match release.account_routes {
        AccountRoutes::Typed => query.filled("includeUserRooms") == Some("true"),
        AccountRoutes::Loose => query
            .filled("fields")
            .and_then(ecmascript::parse_json)
            .is_some_and(|fields| fields.get("userRooms").to_number() == 1.0),
    }
}

/// The user's memberships, by kind and name.
async fn rooms(api: &Api, user_id: &str) -> Result<Vec<Value>, ApiError> {
    let memberships = api.store.memberships(user_id, &MEMBERSHIP).await?;
    let shown = memberships.iter().map(|membership: &RawDocumentBuf| {
        let mut shown = Map::new();
        for field in MEMBERSHIP {
            if let Some(value) = membership.get(field)? {
                shown.insert(field.to_owned(), to_json(value)?);
            }
        }
        Ok(Value::Object(shown))
    });
    shown.collect()
}
