//! `GET /api/v1/users.getStatus`. Source: `docs/behaviour/own-account.md` section 2.

use super::{or_offline, read_status, read_target};
use crate::api::error::ApiError;
use crate::api::reply::to_json;
use crate::api::routes::admission::admit_account;
use crate::api::{Api, envelope};
use crate::refusal::Refusal;
use crate::release::{PresenceRules, RouteLimit};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

pub const PATH: &str = "/api/v1/users.getStatus";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let release = api.workspace.now().release;
    let query = async { read_target(&request, &release) };
    let (caller, target) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, query).await?;
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    if !target.is(&caller.caller) {
        let other = api.store.person(target.whom()).await?.ok_or_else(Refusal::no_such_user)?;
        let user = read_status(&api, &other.id).await?;
        put("_id", other.id.into());
        put("status", or_offline(&user, "status").into());
        return Ok(envelope::success_with(body));
    }
    let user = read_status(&api, &caller.caller.id).await?;
    put("_id", caller.caller.id.into());
    put("connectionStatus", or_offline(&user, "statusConnection").into());
    put("status", or_offline(&user, "status").into());
    if release.presence == PresenceRules::Claim {
        for field in ["statusSource", "statusExpiresAt"] {
            if let Some(value) = user.get(field)? {
                put(field, to_json(value)?);
            }
        }
    }
    Ok(envelope::success_with(body))
}
