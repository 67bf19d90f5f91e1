//! `POST /api/v1/users.2fa.disableEmail`: turns codes by e-mail off, once a second factor confirms it.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, second_factor};
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.disableEmail";

pub async fn post(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, ()) =
        admit(&request, &api, PATH, no_body()).await?;
    let offered = second_factor::for_guarded_route(&request);
    audit::begin(&request, Sensitive::EmailCodesDisable);
    let proof = api
        .enrolment(&workspace, Work::of_user(&caller.id))
        .disable_email_codes(caller, &session, &offered)
        .await?;
    audit::proved(&request, proof);
    Ok(envelope::success_with(Map::new()))
}
