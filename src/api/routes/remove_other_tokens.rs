//! `POST /api/v1/users.removeOtherTokens`. Source: `spec/login.md` section 2.4.

use crate::api::{Api, signed_in};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.removeOtherTokens";

/// Leaves only the login token that the call came with.
pub async fn post(request: HttpRequest, api: Data<Api>) -> HttpResponse {
    signed_in::answer(&request, &api, PATH, async |signed_in, _| {
        api.store.remove_other_tokens(&signed_in.caller.id, &signed_in.session.hashed_token).await?;
        Ok(r#"{"success":true}"#.to_owned())
    })
    .await
}
