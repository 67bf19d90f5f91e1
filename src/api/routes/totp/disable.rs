//! `POST /api/v1/users.disableTotp`: turns TOTP off; a wrong code is no error, but `disabled: false`.

use crate::api::enrolment::one;
use crate::api::routes::admission::{self, Admitted, admit};
use crate::api::{Api, envelope};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.disableTotp";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> HttpResponse {
    let code = async || admission::code(&request, payload).await;
    admit(&request, &api, PATH, code, async |Admitted { caller, session, workspace, .. }, code| {
        let disabled = api.enrolment(&workspace.settings).disable_totp(caller, &session, &code).await?;
        Ok(envelope::success_with(one("disabled", disabled.into())))
    })
    .await
}
