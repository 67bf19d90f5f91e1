//! `GET /api/v1/users.getPresence`. Source: `docs/behaviour/own-account.md` section 2.

use super::{or_offline, read_status, read_target};
use crate::api::error::ApiError;
use crate::api::reply::to_json;
use crate::api::routes::admission::admit_account;
use crate::api::{Api, envelope};
use crate::refusal::Refusal;
use crate::release::RouteLimit;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

pub const PATH: &str = "/api/v1/users.getPresence";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let release = api.workspace.now().release;
    let query = async { read_target(&request, &release) };
    let (caller, target) = admit_account(&request, &api, PATH, RouteLimit::ApiDefaults, query).await?;
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    if !target.is(&caller.caller) {
        let other = api.store.person(target.whom()).await?.ok_or_else(Refusal::no_such_user)?;
        let user = read_status(&api, &other.id).await?;
        put("presence", or_offline(&user, "status").into());
        return Ok(envelope::success_with(body));
    }
    let user = read_status(&api, &caller.caller.id).await?;
    put("presence", or_offline(&user, "status").into());
    put("connectionStatus", or_offline(&user, "statusConnection").into());
    if let Some(last_login) = user.get("lastLogin")? {
        put("lastLogin", to_json(last_login)?);
    }
    Ok(envelope::success_with(body))
}
