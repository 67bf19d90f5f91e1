//! `POST /api/v1/users.enableTotp`: a new secret, not yet in force.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::reply::second_factor::new_secret;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use crate::hashing::Work;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.enableTotp";

pub async fn post(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, ()) =
        admit(&request, &api, PATH, no_body()).await?;
    audit::begin(&request, Sensitive::TotpBegin);
    let new = api.enrolment(&workspace, Work::of_user(&caller.id)).begin_totp(caller, &session).await?;
    Ok(envelope::success_with(new_secret(&new)))
}
