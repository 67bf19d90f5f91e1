//! `POST /api/v1/users.validateTotp`: puts the new secret in force, gives out backup codes, ends other sessions.

use crate::api::enrolment::backup_codes;
use crate::api::routes::admission::{self, Admitted, admit};
use crate::api::{Api, envelope};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.validateTotp";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> HttpResponse {
    let code = async || admission::code(&request, payload).await;
    admit(&request, &api, PATH, code, async |Admitted { caller, session, workspace, .. }, code| {
        let codes = api.enrolment(&workspace.settings).validate_totp(caller, &session, &code).await?;
        Ok(envelope::success_with(backup_codes(&codes)))
    })
    .await
}
