//! `POST /api/v1/users.enableTotp`: a new secret, not yet in force.

use crate::api::enrolment::new_secret;
use crate::api::routes::admission::{Admitted, admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.enableTotp";

pub async fn post(request: HttpRequest, api: Api) -> HttpResponse {
    admit(&request, &api, PATH, no_body, async |Admitted { caller, session, workspace, .. }, ()| {
        let new = api.enrolment(&workspace.settings).begin_totp(caller, &session).await?;
        Ok(envelope::success_with(new_secret(&new)))
    })
    .await
}
