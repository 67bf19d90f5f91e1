//! `GET /api/v1/users.getPreferences`. Source: `docs/behaviour/own-account.md` section 3.4.

use super::stored;
use crate::api::account_changes::preference_fields;
use crate::api::error::ApiError;
use crate::api::routes::admission::{admit_account, no_body};
use crate::api::{Api, envelope};
use crate::refusal::Refusal;
use crate::release::RouteLimit;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.getPreferences";

/// A translation of the original, always in English and in capitals.
const NONE: &str = "FAILED TO RETRIEVE USER PREFERENCES BECAUSE THEY HAVEN'T BEEN SET UP BY THE USER YET";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (caller, ()) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, no_body()).await?;
    let user = api.store.user(&caller.caller.id, preference_fields()).await?.ok_or(ApiError::Unauthorized)?;
    let preferences = stored(&user)?.ok_or_else(|| Refusal::plain(NONE))?;
    Ok(envelope::success_with(Map::from_iter([("preferences".to_owned(), preferences)])))
}
