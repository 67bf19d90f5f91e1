//! `POST /api/v1/login`. Source: `spec/login.md` section 1.

use crate::api::Api;
use crate::api::error::ApiError;
use crate::api::extract::{Body, ClientAddress, login_body, second_factor};
use crate::api::rate_limit::Quota;
use crate::api::reply::login_answer;
use crate::release::RouteLimit;
use crate::session::{Login, LoginError};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/login";

pub async fn post(request: HttpRequest, payload: Payload, api: Data<Api>) -> HttpResponse {
    let mut quota = None;
    let mut response = match answer(&request, payload, &api, &mut quota).await {
        Ok(response) => response,
        Err(error) => error.response(api.release),
    };
    if let Some(quota) = quota {
        quota.write_headers(response.headers_mut());
    }
    response
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    quota: &mut Option<Quota>,
) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    // Nobody is known yet, so no role exempts from the limit.
    *quota = api.count_call(request, PATH, RouteLimit::ApiDefaults, &workspace, &[])?;
    let body = Body::read(request, payload).await?;
    let login_request = login_body::parse(&body, second_factor::header_code(request));

    let login = Login {
        store: &api.store,
        settings: &workspace.settings,
        hashing: &api.hashing,
        code_mail: api.code_mail.as_ref(),
        guesses: &api.guesses,
        totp_replay_allowed: api.totp_replay_allowed,
        max_tokens: api.max_login_tokens,
        address: &ClientAddress::from_request(request, api.forwarded_count).0,
        projection: api.reply.own_projection(),
        now: (api.clock)(),
    };
    match login.log_in(&login_request).await {
        Ok(logged_in) => {
            let preferences = api.store.default_preferences().await?;
            let me = api.reply.write_own(&logged_in.user, &workspace.settings, &preferences)?;
            Ok(login_answer::success(&logged_in, &me, api.release))
        }
        Err(LoginError::Store(error)) => Err(error.into()),
        Err(LoginError::Hashing(error)) => Err(error.into()),
        Err(LoginError::NoGuessLeft { seconds }) => Err(ApiError::NoGuessLeft(seconds)),
        Err(LoginError::Credentials) => Ok(login_answer::wrong_credentials(api.release)),
        Err(LoginError::Ended(how)) => Ok(login_answer::ended(how, api.release)),
        Err(LoginError::Malformed { field }) => Ok(login_answer::malformed(field, api.release)),
        Err(LoginError::Refused(refusal)) => Ok(login_answer::refused(&refusal, api.release)),
    }
}
