//! `POST /api/v1/users.logout`: ends all of a user's sessions, access tokens included. Source: `docs/behaviour/login.md`
//! section 2.4.

use crate::api::error::ApiError;
use crate::api::extract::typed;
use crate::api::routes::admission::{admit_account, read_body};
use crate::api::{Api, announcing, envelope};
use crate::profile::Sent;
use crate::release::RouteLimit;
use crate::workspace::Permission;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.logout";
const USER_ID: &str = "userId";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let body = read_body(&request, payload, &api, |body, release| {
        let members = typed::object(body, None, &[USER_ID], release)?;
        Ok(match typed::nullable_text(&members, USER_ID, release)? {
            Sent::Text(id) => Some(id).filter(|id| !id.is_empty()),
            Sent::Absent | Sent::Null => None,
        })
    });
    let (caller, user_id) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, body).await?;
    let id = user_id.unwrap_or_else(|| caller.caller.id.clone());
    if id != caller.caller.id && !caller.workspace.allows(Permission::LogoutOtherUser, &caller.caller.roles) {
        return Err(ApiError::Forbidden);
    }
    api.store.remove_all_tokens(&id).await?;
    announcing::sessions_changed(&api, id.clone());
    let message = format!("User {id} has been logged out!");
    Ok(envelope::success_with(Map::from_iter([("message".to_owned(), message.into())])))
}
