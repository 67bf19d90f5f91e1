//! `POST /api/v1/users.validateTotp`: puts the new secret in force, gives out backup codes, ends other sessions.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::backup_codes;
use crate::api::routes::admission::{admit, code};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use crate::second_factor::Method;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.validateTotp";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, code) =
        admit(&request, &api, PATH, code(&request, payload, &api)).await?;
    audit::begin(&request, Sensitive::TotpEnable);
    let codes =
        api.enrolment(&workspace, Work::of_user(&caller.id)).validate_totp(caller, &session, &code).await?;
    audit::proved(&request, Some(Method::Totp));
    Ok(envelope::success_with(backup_codes(&codes)))
}
