//! `POST /api/v1/users.generatePersonalAccessToken`, `…regenerate…` and `…remove…`. Source:
//! `docs/behaviour/own-account.md` sections 6.2 and 6.3.

use crate::account::TokenChangeKind;
use crate::api::account_changes::change_tokens;
use crate::api::error::ApiError;
use crate::api::extract::{second_factor, token_body};
use crate::api::routes::admission::{admit_account, read_body};
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde_json::Map;

pub const GENERATE: &str = "/api/v1/users.generatePersonalAccessToken";
pub const REGENERATE: &str = "/api/v1/users.regeneratePersonalAccessToken";
pub const REMOVE: &str = "/api/v1/users.removePersonalAccessToken";

pub async fn generate(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    answer(TokenChangeKind::Generate, GENERATE, &request, payload, &api).await
}

pub async fn regenerate(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    answer(TokenChangeKind::Regenerate, REGENERATE, &request, payload, &api).await
}

pub async fn remove(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    answer(TokenChangeKind::Remove, REMOVE, &request, payload, &api).await
}

async fn answer(
    kind: TokenChangeKind,
    path: &'static str,
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
) -> Result<HttpResponse, ApiError> {
    let body = read_body(request, payload, api, |body, release| token_body::parse(kind, body, release));
    let (caller, change) = admit_account(request, api, path, RouteLimit::ApiDefaults, body).await?;
    let token = change_tokens(api, caller, &change, &second_factor::for_guarded_route(request)).await?;
    let token = token.map(|token| ("token".to_owned(), token.expose_secret().into()));
    Ok(envelope::success_with(Map::from_iter(token)))
}
