//! `GET /api/v1/me`. Source: `docs/behaviour/login.md` section 2.2.

use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/me";

pub async fn get(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, workspace, .. }, ()) = admit(&request, &api, PATH, no_body()).await?;
    let reply = api.reply(&workspace);
    let (user, preferences) = futures_util::future::try_join(
        api.store.user(&caller.id, reply.own_projection()),
        api.store.default_preferences(),
    )
    .await?;
    let user = user.ok_or(ApiError::Unauthorized)?;
    let preferences = workspace.default_preferences(preferences);
    let mut body = reply.write_own(&user, &workspace.settings, &preferences, true)?;
    // The user's own keys and `success` stand side by side.
    body.truncate(body.len() - 1);
    body.push_str(r#","success":true}"#);
    Ok(envelope::answer(body))
}
