//! `POST /api/v1/users.disableTotp`: turns TOTP off; a wrong code is no error, but `disabled: false`.

use crate::api::audit::{self, Sensitive, note_code};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::one;
use crate::api::routes::admission::{admit, code};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.disableTotp";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, code) =
        admit(&request, &api, PATH, code(&request, payload, &api)).await?;
    audit::begin(&request, Sensitive::TotpDisable);
    let disabled =
        api.enrolment(&workspace, Work::of_user(&caller.id)).disable_totp(caller, &session, &code).await?;
    note_code(&request, disabled);
    Ok(envelope::success_with(one("disabled", disabled.into())))
}
