//! `POST /api/v1/users.logoutOtherClients`. Source: `docs/behaviour/login.md` section 2.3.

use crate::api::audit::{self, Sensitive};
use crate::api::error::ApiError;
use crate::api::extract::Authenticated;
use crate::api::routes::admission::{admit, no_body};
use crate::api::{Api, envelope};
use crate::ecmascript;
use crate::session;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde_json::json;

pub const PATH: &str = "/api/v1/users.logoutOtherClients";

/// Ends the other sessions; personal access tokens stay.
pub async fn post(request: HttpRequest, api: Api) -> Result<HttpResponse, ApiError> {
    let (Authenticated { caller, session, token, workspace }, ()) =
        admit(&request, &api, PATH, no_body()).await?;
    audit::begin(&request, Sensitive::SessionsEndOthers);
    api.store.remove_other_logins(&caller.id, &session.hashed_token).await?;
    let expires = session::expiry(&caller.login_token, &workspace.settings);
    let body = json!({
        "token": token.expose_secret(),
        "tokenExpires": expires.map(ecmascript::iso).unwrap_or_default(),
        "success": true,
    });
    Ok(envelope::answer(body.to_string()))
}
