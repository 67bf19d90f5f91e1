//! `GET /api/v1/users.getPersonalAccessTokens`. Source: `docs/behaviour/own-account.md` section 6.3.

use crate::account;
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit_account, check_username, no_body};
use crate::api::{Api, envelope};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, RouteLimit};
use crate::workspace::Permission;
use actix_web::{HttpRequest, HttpResponse};
use bson::Bson;
use serde_json::{Map, Value};

pub const PATH: &str = "/api/v1/users.getPersonalAccessTokens";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let release = api.workspace.now().release;
    if release.account_routes == AccountRoutes::Typed {
        // In front of the limit.
        let caller = Authenticated::from_request(&request, &api).await?;
        check_username(&caller)?;
        if !caller.workspace.allows(Permission::CreatePersonalAccessTokens, &caller.caller.roles) {
            return Err(ApiError::LacksPermission);
        }
    }
    let (caller, ()) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, no_body()).await?;
    if !caller.workspace.allows(Permission::CreatePersonalAccessTokens, &caller.caller.roles) {
        return Err(Refusal::tokens_not_authorized(None).into());
    }
    let stored = api.store.stored_login_tokens(&caller.caller.id).await?.unwrap_or(Bson::Null);
    let tokens: Vec<Value> = account::list_tokens(&stored)
        .into_iter()
        .map(|token| {
            let mut shown = Map::new();
            shown.extend(token.name.map(|name| ("name".to_owned(), name.into())));
            let created = token.created_at.map(|at| ecmascript::iso(at.to_chrono()));
            shown.extend(created.map(|created| ("createdAt".to_owned(), created.into())));
            shown.extend(token.last_token_part.map(|part| ("lastTokenPart".to_owned(), part.into())));
            shown.insert("bypassTwoFactor".to_owned(), token.bypass_two_factor.into());
            Value::Object(shown)
        })
        .collect();
    Ok(envelope::success_with(Map::from_iter([("tokens".to_owned(), tokens.into())])))
}
