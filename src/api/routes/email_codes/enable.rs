//! `POST /api/v1/users.2fa.enableEmail`: turns codes by e-mail on, and ends other sessions.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.enableEmail";

pub async fn post(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, ()) =
        admit(&request, &api, PATH, no_body()).await?;
    audit::begin(&request, Sensitive::EmailCodesEnable);
    api.enrolment(&workspace, Work::of_user(&caller.id)).enable_email_codes(caller, &session).await?;
    Ok(envelope::success_with(Map::new()))
}
