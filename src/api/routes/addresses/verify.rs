//! `POST /api/v1/users.verifyEmail`, in the versions that have it. Source: `docs/behaviour/own-account.md` section 5.4.

use crate::account::{self, Redeeming};
use crate::api::account_changes::{become_a_user, redeeming};
use crate::api::error::ApiError;
use crate::api::extract::schema::SchemaError;
use crate::api::extract::{Body, typed};
use crate::api::routes::admission::{admit_stranger, read_strangers_body};
use crate::api::{Api, announcing, envelope};
use crate::refusal::Refusal;
use crate::release::{Release, RouteLimit};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.verifyEmail";
const TOKEN: &str = "token";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    if !workspace.release.has_verify_email_route {
        return Err(ApiError::NoSuchRoute);
    }
    let body = read_strangers_body(&request, payload, &api, read_token);
    let token = admit_stranger(&request, &api, PATH, RouteLimit::ApiDefaults, body).await?;
    let redeeming = Redeeming { moves_updated_at: true, ..redeeming(&request, &api, &workspace) };
    match redeeming.verify_email(&token).await? {
        Err(account::UNKNOWN_ADDRESS) => Err(Refusal::plain("error-invalid-token").into()),
        Err(_) => Err(ApiError::NotFound),
        Ok((id, after)) => {
            announcing::emails_changed(&api, &id, &after);
            become_a_user(&api, &id).await?;
            Ok(envelope::success_with(Map::new()))
        }
    }
}

fn read_token(body: &Body, release: &Release) -> Result<String, ApiError> {
    let members = typed::object(body, Some(TOKEN), &[TOKEN], release)?;
    let token = typed::text(&members, TOKEN, release)?;
    Ok(token.filter(|token| !token.is_empty()).ok_or(SchemaError::Empty)?)
}
