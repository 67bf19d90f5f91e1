//! `GET /api/v1/users.checkUsernameAvailability`. Source: `docs/behaviour/own-account.md` section 4.1.

use crate::account;
use crate::api::error::ApiError;
use crate::api::extract::Query;
use crate::api::routes::admission::admit_account;
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.checkUsernameAvailability";
const KEY: &str = "username";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let query = async {
        let query = Query::of(&request);
        query.check(Some(KEY), &[KEY]).map_err(ApiError::InvalidQuery)?;
        Ok(query.filled(KEY).unwrap_or_default().to_owned())
    };
    let (caller, username) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, query).await?;
    let settings = &caller.workspace.settings;
    let available = account::is_available(&username, &caller.caller, settings, &api.store).await?;
    Ok(envelope::success_with(Map::from_iter([("result".to_owned(), available.into())])))
}
