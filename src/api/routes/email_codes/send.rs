//! `POST /api/v1/users.2fa.sendEmailCode`: mails a new code, also to who is not signed in yet.
//!
//! Always a success, so that nobody learns who is a user here. What bounds it is the rate limit.

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, one_text};
use crate::api::rate_limit::Quota;
use crate::api::routes::admission;
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.sendEmailCode";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> HttpResponse {
    admission::respond(&api, async |quota| send(&request, payload, &api, quota).await).await
}

async fn send(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    quota: &mut Option<Quota>,
) -> Result<HttpResponse, ApiError> {
    let caller = match Authenticated::from_request(request, api).await {
        Ok(authenticated) => Some(authenticated.caller),
        Err(ApiError::Unauthorized) => None,
        Err(error) => return Err(error),
    };
    let workspace = api.workspace.now();
    let roles = caller.as_ref().map(|caller| caller.roles.as_slice()).unwrap_or_default();
    let body = async || Ok(one_text::parse(&Body::read(request, payload).await?, "emailOrUsername")?);
    let count = || api.count_call(request, PATH, RouteLimit::ApiDefaults, &workspace, roles);
    let login = admission::pass(api, count, body, quota).await?;

    // Who is signed in gets a code for themselves, whomever they name.
    let recipient = match &caller {
        Some(caller) => api.store.code_recipient_by_id(&caller.id).await?,
        None => api.store.code_recipient(&login).await?,
    };
    api.enrolment(&workspace.settings).send_email_code(recipient).await?;
    Ok(envelope::success_with(Map::new()))
}
