//! `POST /api/v1/users.removeOtherTokens`. Source: `docs/behaviour/login.md` section 2.4.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.removeOtherTokens";

/// Leaves only the login token that the call came with.
pub async fn post(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, .. }, ()) = admit(&request, &api, PATH, no_body()).await?;
    audit::begin(&request, Sensitive::SessionsEndOthers);
    api.store.remove_other_tokens(&caller.id, &session.hashed_token).await?;
    Ok(envelope::success_with(Map::new()))
}
