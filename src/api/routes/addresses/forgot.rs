//! `POST /api/v1/users.forgotPassword`: a success for every address, so that the answer does not tell who there is. Source:
//! `docs/behaviour/own-account.md` section 7.1.

use crate::api::error::ApiError;
use crate::api::extract::{Body, json, members, typed};
use crate::api::routes::admission::{admit_stranger, read_strangers_body};
use crate::api::{Api, envelope, mails};
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, Release, RouteLimit};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.forgotPassword";
const EMAIL: &str = "email";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    let enabled = workspace.settings.password_reset_enabled;
    let body =
        read_strangers_body(&request, payload, &api, |body, release| read_email(body, release, enabled));
    let email = admit_stranger(&request, &api, PATH, RouteLimit::ApiDefaults, body).await?;
    if !enabled {
        return Err(Refusal::password_reset_not_enabled().into());
    }
    mails::send_password_reset(&api, workspace, email)?;
    Ok(envelope::success_with(Map::new()))
}

/// Older versions first look whether it is enabled at all.
fn read_email(body: &Body, release: &Release, enabled: bool) -> Result<String, ApiError> {
    if release.account_routes == AccountRoutes::Typed {
        let members = typed::object(body, Some(EMAIL), &[EMAIL], release)?;
        return Ok(typed::text(&members, EMAIL, release)?.unwrap_or_default());
    }
    if !enabled {
        return Err(Refusal::password_reset_not_enabled().into());
    }
    let members = members::of(body);
    match members.get(EMAIL).filter(|raw| members::is_truthy(raw)) {
        None => Err(Refusal::plain("The 'email' param is required").into()),
        Some(raw) => {
            let email = json::text(raw);
            Ok(email.ok_or_else(|| Refusal::plain("email.toLowerCase is not a function"))?)
        }
    }
}
