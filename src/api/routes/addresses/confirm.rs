//! `POST /api/v1/users.sendConfirmationEmail`: always a success, so that the answer does not tell who there is. Source:
//! `docs/behaviour/own-account.md` section 5.1.

use crate::api::error::ApiError;
use crate::api::extract::one_text;
use crate::api::routes::admission::{admit, admit_stranger, read_strangers_body};
use crate::api::{Api, envelope, mails};
use crate::release::{ConfirmationMail, RouteLimit};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.sendConfirmationEmail";
const LIMIT: RouteLimit = RouteLimit::Own { calls: 1, window_ms: 60_000 };

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let body = read_strangers_body(&request, payload, &api, |body, release| {
        Ok(one_text::parse(body, "email", release)?)
    });
    let workspace = api.workspace.now();
    let email = match workspace.release.confirmation_mail {
        ConfirmationMail::SignedIn => admit(&request, &api, PATH, body).await?.1,
        ConfirmationMail::Anybody => admit_stranger(&request, &api, PATH, LIMIT, body).await?,
    };
    mails::send_confirmation(&api, workspace, email)?;
    Ok(envelope::success_with(Map::new()))
}
