//! `POST /api/v1/users.logoutOtherClients`. Source: `spec/login.md` section 2.3.

use crate::api::{Api, signed_in};
use crate::ecmascript;
use crate::session;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde_json::json;

pub const PATH: &str = "/api/v1/users.logoutOtherClients";

/// Ends the other sessions; personal access tokens stay.
pub async fn post(request: HttpRequest, api: Data<Api>) -> HttpResponse {
    signed_in::answer(&request, &api, PATH, async |signed_in, workspace| {
        let caller = &signed_in.caller;
        api.store.remove_other_logins(&caller.id, &signed_in.session.hashed_token).await?;
        let expires = session::expiry(&caller.login_token, &workspace.settings);
        let body = json!({
            "token": signed_in.token.expose_secret(),
            "tokenExpires": expires.map(ecmascript::iso).unwrap_or_default(),
            "success": true,
        });
        Ok(body.to_string())
    })
    .await
}
