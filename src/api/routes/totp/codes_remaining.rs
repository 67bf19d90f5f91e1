//! `GET /api/v1/users.totpCodesRemaining`: how many backup codes are left.

use crate::api::enrolment::one;
use crate::api::routes::admission::{Admitted, admit, no_body};
use crate::api::{Api, envelope};
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/users.totpCodesRemaining";

pub async fn get(request: HttpRequest, api: Api) -> HttpResponse {
    admit(&request, &api, PATH, no_body, async |Admitted { caller, workspace, .. }, ()| {
        let left = api.enrolment(&workspace.settings).backup_codes_left(&caller).await?;
        Ok(envelope::success_with(one("remaining", left.into())))
    })
    .await
}
