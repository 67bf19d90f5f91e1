//! `POST` and `GET /api/v1/logout`. Source: `docs/behaviour/login.md` section 2.1.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/logout";

/// Ends the session that the call came with, and no other.
pub async fn answer(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, workspace, .. }, ()) =
        admit(&request, &api, PATH, no_body()).await?;
    audit::begin(&request, Sensitive::SessionsEndOwn);
    api.store.remove_login_token(&caller.id, &session.hashed_token, (api.clock)()).await?;
    if workspace.release.logout_forgets_devices {
        api.store.remove_push_tokens(&caller.id, &session.hashed_token).await?;
    }
    let body = r#"{"status":"success","data":{"message":"You've been logged out!"}}"#;
    Ok(envelope::answer(body.to_owned()))
}
