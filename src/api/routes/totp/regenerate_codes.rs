//! `POST /api/v1/users.regenerateTotpCodes`: new backup codes in the place of the old ones.

use crate::api::audit::{self, Sensitive, note_code};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::backup_codes;
use crate::api::routes::admission::{admit, code};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use crate::refusal::Refusal;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.regenerateTotpCodes";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, code) =
        admit(&request, &api, PATH, code(&request, payload, &api)).await?;
    audit::begin(&request, Sensitive::TotpNewBackupCodes);
    let enrolment = api.enrolment(&workspace, Work::of_user(&caller.id));
    let codes = enrolment.regenerate_backup_codes(caller, &session, &code).await?;
    note_code(&request, codes.is_some());
    // The method answers a wrong code with nothing; the route's answer always has codes.
    Ok(envelope::success_with(backup_codes(&codes.ok_or_else(Refusal::invalid_totp)?)))
}
