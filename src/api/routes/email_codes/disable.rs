//! `POST /api/v1/users.2fa.disableEmail`: turns codes by e-mail off, for who confirms it by a second factor.

use crate::api::extract::second_factor;
use crate::api::routes::admission::{Admitted, admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.disableEmail";

pub async fn post(request: HttpRequest, api: Api) -> HttpResponse {
    admit(&request, &api, PATH, no_body, async |Admitted { caller, session, workspace, .. }, ()| {
        let offered = second_factor::for_guarded_route(&request);
        api.enrolment(&workspace.settings).disable_email_codes(caller, &session, &offered).await?;
        Ok(envelope::success_with(Map::new()))
    })
    .await
}
