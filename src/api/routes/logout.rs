//! `POST` and `GET /api/v1/logout`. Source: `spec/login.md` section 2.1.

use crate::api::{Api, signed_in};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/logout";

/// Ends the session that the call came with, and no other.
pub async fn answer(request: HttpRequest, api: Data<Api>) -> HttpResponse {
    signed_in::answer(&request, &api, PATH, async |signed_in, _| {
        let (user, token) = (&signed_in.caller.id, &signed_in.session.hashed_token);
        api.store.remove_login_token(user, token, (api.clock)()).await?;
        Ok(r#"{"status":"success","data":{"message":"You've been logged out!"}}"#.to_owned())
    })
    .await
}
