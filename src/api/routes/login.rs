//! `POST /api/v1/login`. Source: `docs/behaviour/login.md` section 1.

use crate::api::Api;
use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::{Body, Largest, login_body, second_factor};
use crate::api::logging_in::log_in;
use crate::api::reply::login_answer;
use crate::domain_error::DomainError;
use crate::release::RouteLimit;
use crate::session::LoginError;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/login";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    // The user is not known yet, so no role exempts from the limit.
    count_call(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace, &[])?;
    let body = Body::read(&request, payload, &api, Largest::Anonymous, &workspace.release).await?;
    let login_request = login_body::parse(&body, second_factor::header_code(&request));

    let (reply, release) = (api.reply(&workspace), &workspace.release);
    match log_in(&request, &api, &workspace, &login_request, reply.own_projection()).await {
        Ok(logged_in) => {
            let preferences = workspace.default_preferences(api.store.default_preferences().await?);
            let tells_oauth = release.login_tells_oauth;
            let me = reply.write_own(&logged_in.user, &workspace.settings, &preferences, tells_oauth)?;
            Ok(login_answer::success(&logged_in, &me, release))
        }
        Err(LoginError::Credentials | LoginError::Mailed(_)) => Ok(login_answer::wrong_credentials(release)),
        Err(LoginError::Ended(how)) => Ok(login_answer::ended(how, release)),
        Err(LoginError::Unrecognised) => Ok(login_answer::unrecognised(release)),
        Err(LoginError::Malformed(text)) => Ok(login_answer::malformed(&text, release)),
        Err(LoginError::Stopped(DomainError::Refused(refusal))) => {
            Ok(login_answer::refused(&refusal, release))
        }
        Err(LoginError::Stopped(error)) => Err(error.into()),
    }
}
