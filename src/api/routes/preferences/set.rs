//! `POST /api/v1/users.setPreferences`. Source: `docs/behaviour/own-account.md` section 3.

use super::stored;
use crate::account::Subject;
use crate::api::account_changes::save_preferences;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, preferences_body};
use crate::api::routes::admission::{admit_account, read_body};
use crate::api::{Api, envelope};
use crate::refusal::Refusal;
use crate::release::RouteLimit;
use crate::store::Whom;
use crate::workspace::Permission;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, json};
use std::sync::Arc;

pub const PATH: &str = "/api/v1/users.setPreferences";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let body = read_body(&request, payload, &api, preferences_body::parse);
    let (caller, (wanted, user_id)) =
        admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, body).await?;
    let workspace = Arc::clone(&caller.workspace);
    let subject = subject(&api, caller, user_id).await?;
    let (id, after) = save_preferences(&api, &workspace, subject, &wanted).await?;
    let preferences = stored(&after)?;
    let user = json!({"_id": id, "settings": {"preferences": preferences}});
    Ok(envelope::success_with(Map::from_iter([("user".to_owned(), user)])))
}

/// The caller's, or those of somebody whom a permission lets the caller edit.
async fn subject(
    api: &Api,
    Authenticated { caller, session, workspace, .. }: Authenticated,
    user_id: Option<String>,
) -> Result<Subject, ApiError> {
    let Some(other) = user_id.filter(|id| *id != caller.id) else {
        return Ok(Subject { user: caller, session: Some(session) });
    };
    if !workspace.allows(Permission::EditOtherUserInfo, &caller.roles) {
        return Err(Refusal::editing_not_allowed().into());
    }
    let user = api.store.person(Whom::Id(&other)).await?.ok_or_else(Refusal::no_such_optional_user)?;
    Ok(Subject { user, session: None })
}
