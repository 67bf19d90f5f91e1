//! `GET /api/v1/users.getUsernameSuggestion`, also for users who have no username yet. Source:
//! `docs/behaviour/own-account.md` section 4.2.

use crate::account;
use crate::api::error::ApiError;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.getUsernameSuggestion";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (caller, ()) = admit(&request, &api, PATH, no_body()).await?;
    let suggested = account::suggest(&caller.caller, &caller.workspace.settings, &api.store).await?;
    Ok(envelope::success_with(Map::from_iter([("result".to_owned(), suggested.into())])))
}
