//! `GET /api/v1/settings.public`, also for whoever is not signed in: what clients show and hide screens by.

use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::Query;
use crate::api::reply::to_json;
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use crate::store::PublicSettings;
use actix_web::{HttpRequest, HttpResponse};
use bson::error::Error;
use bson::raw::RawBsonRef;
use serde_json::{Value, json};

pub const PATH: &str = "/api/v1/settings.public";

/// What is told of a setting.
const FIELDS: [&str; 5] = ["_id", "value", "enterprise", "invalidValue", "modules"];
/// `API_Default_Count` and `API_Upper_Count_Limit`, as they are by default.
const DEFAULT_COUNT: i64 = 50;
const LARGEST_COUNT: i64 = 100;
/// So many ids can be named at once.
const MOST_IDS: usize = 500;

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    count_call(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace, &[])?;
    let query = Query::of(&request);
    let number = |key: &str| query.filled(key).and_then(|text| text.parse::<i64>().ok());
    let ids: Vec<String> = query
        .filled("_id")
        .map(|ids| ids.split(',').map(|id| id.trim().to_owned()).take(MOST_IDS).collect())
        .unwrap_or_default();
    let offset = number("offset").unwrap_or(0).max(0);
    // 0 asks for all.
    let limit = number("count").unwrap_or(DEFAULT_COUNT).clamp(0, LARGEST_COUNT);
    let which = PublicSettings { ids: &ids, skip: offset.unsigned_abs(), limit };
    let (settings, total) = api.store.public_settings(which, &FIELDS).await?;
    let settings = settings.iter().map(|setting| to_json(RawBsonRef::Document(setting)));
    let settings = settings.collect::<Result<Vec<Value>, Error>>()?;
    let count = settings.len();
    let body =
        json!({"settings": settings, "count": count, "offset": offset, "total": total, "success": true});
    Ok(envelope::answer(body.to_string()))
}
