//! `GET /api/v1/users.totpCodesRemaining`: how many backup codes are left.

use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::one;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.totpCodesRemaining";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, workspace, .. }, ()) = admit(&request, &api, PATH, no_body()).await?;
    let left = api.enrolment(&workspace, Work::of_user(&caller.id)).backup_codes_left(&caller).await?;
    Ok(envelope::success_with(one("remaining", left.into())))
}
