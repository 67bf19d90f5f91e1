//! `POST /api/v1/users.2fa.sendEmailCode`: mails a new code, also to a user who is not signed in yet.
//!
//! Always a success, so that the answer does not tell who is a user here. What bounds it is the rate limit.

use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, one_text};
use crate::api::routes::admission::limit_and_read;
use crate::api::{Api, envelope};
use crate::release::{Release, RouteLimit};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.sendEmailCode";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let caller = match Authenticated::from_request(&request, &api).await {
        Ok(authenticated) => Some(authenticated.caller),
        Err(ApiError::Unauthorized) => None,
        Err(error) => return Err(error),
    };
    let workspace = api.workspace.now();
    let roles = caller.as_ref().map(|caller| caller.roles.as_slice()).unwrap_or_default();
    let limit = || count_call(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace, roles);
    let login =
        limit_and_read(&workspace.release, limit, read_login(&request, payload, &workspace.release)).await?;

    // Signed-in users get a code for themselves, whomever they name.
    let recipient = match &caller {
        Some(caller) => api.store.code_recipient_by_id(&caller.id).await?,
        None => api.store.code_recipient(&login).await?,
    };
    api.enrolment(&workspace.settings).send_email_code(recipient).await?;
    Ok(envelope::success_with(Map::new()))
}

async fn read_login(request: &HttpRequest, payload: Payload, release: &Release) -> Result<String, ApiError> {
    Ok(one_text::parse(&Body::read(request, payload).await?, "emailOrUsername", release)?)
}
