//! `POST /api/v1/users.regenerateTotpCodes`: new backup codes in the place of the old ones.

use crate::api::enrolment::backup_codes;
use crate::api::routes::admission::{self, Admitted, admit};
use crate::api::{Api, envelope};
use crate::refusal::Refusal;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.regenerateTotpCodes";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> HttpResponse {
    let code = async || admission::code(&request, payload).await;
    admit(&request, &api, PATH, code, async |Admitted { caller, session, workspace, .. }, code| {
        let enrolment = api.enrolment(&workspace.settings);
        let codes = enrolment.regenerate_backup_codes(caller, &session, &code).await?;
        // The method answers a wrong code with nothing; the route's answer always has codes.
        Ok(envelope::success_with(backup_codes(&codes.ok_or_else(Refusal::invalid_totp)?)))
    })
    .await
}
