//! `GET /page/stored`: the caller's own document, so that the page can show what a change has done to it. What works as a key
//! is left out, and hashes are marks (`docs/DECISIONS.md` section 3).

use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::{Api, envelope};
use crate::release::RouteLimit;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/page/stored";
const LIMIT: RouteLimit = RouteLimit::Own { calls: 60, window_ms: 60_000 };

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let Authenticated { caller, workspace, .. } = Authenticated::from_request(&request, &api).await?;
    count_call(&request, &api, PATH, LIMIT, &workspace, &caller.roles)?;
    let style = api.reply(&workspace).into_stored();
    let user = api.store.user(&caller.id, style.projection()).await?.ok_or(ApiError::Unauthorized)?;
    Ok(envelope::success(style.write(&user, &workspace.settings)?))
}
