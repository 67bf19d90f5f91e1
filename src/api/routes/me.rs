//! `GET /api/v1/me`. Source: `spec/login.md` section 2.2.

use crate::api::error::ApiError;
use crate::api::{Api, signed_in};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/me";

pub async fn get(request: HttpRequest, api: Data<Api>) -> HttpResponse {
    signed_in::answer(&request, &api, PATH, async |signed_in, workspace| {
        let user_id = &signed_in.caller.id;
        let (user, preferences) = futures_util::future::try_join(
            api.store.user(user_id, api.reply.own_projection()),
            api.store.default_preferences(),
        )
        .await?;
        let user = user.ok_or(ApiError::Unauthorized)?;
        let mut body = api.reply.write_own(&user, &workspace.settings, &preferences)?;
        // The user's own keys and `success` stand side by side.
        body.truncate(body.len() - 1);
        body.push_str(r#","success":true}"#);
        Ok(body)
    })
    .await
}
