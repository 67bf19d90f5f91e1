//! `POST /api/v1/login`. Source: `docs/behaviour/login.md` section 1.

use crate::api::Api;
use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::{Body, ClientAddress, Largest, login_body, second_factor};
use crate::api::notes;
use crate::api::reply::login_answer;
use crate::domain_error::DomainError;
use crate::hashing::Work;
use crate::release::RouteLimit;
use crate::second_factor::GuessedAt;
use crate::session::{Login, LoginError};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

pub const PATH: &str = "/api/v1/login";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let workspace = api.workspace.now();
    // The user is not known yet, so no role exempts from the limit.
    count_call(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace, &[])?;
    let body = Body::read(&request, payload, &api, Largest::Anonymous, &workspace.release).await?;
    let login_request = login_body::parse(&body, second_factor::header_code(&request));

    let now = (api.clock)();
    let (reply, release) = (api.reply(&workspace), &workspace.release);
    let address = ClientAddress::from_request(&request, &api.proxies);
    let work = Work::of_stranger(address.as_str());
    let login = Login {
        gate: api.gate(&workspace, GuessedAt::Login, work.clone(), now),
        store: &api.store,
        hashing: api.hashing.on_behalf_of(work),
        settings: &workspace.settings,
        now,
        max_tokens: api.max_login_tokens,
        address: address.as_str(),
        projection: reply.own_projection(),
    };
    let outcome = login.log_in(&login_request).await;
    if let Err(error) = &outcome {
        notes::refused(&request, error.id());
    }
    match outcome {
        Ok(logged_in) => {
            notes::signed_in(&request, &logged_in.user_id);
            let preferences = api.store.default_preferences().await?;
            let me = reply.write_own(&logged_in.user, &workspace.settings, &preferences)?;
            Ok(login_answer::success(&logged_in, &me, release))
        }
        Err(LoginError::Credentials) => Ok(login_answer::wrong_credentials(release)),
        Err(LoginError::Ended(how)) => Ok(login_answer::ended(how, release)),
        Err(LoginError::Malformed { field }) => Ok(login_answer::malformed(field, release)),
        Err(LoginError::Stopped(DomainError::Refused(refusal))) => {
            Ok(login_answer::refused(&refusal, release))
        }
        Err(LoginError::Stopped(error)) => Err(error.into()),
    }
}
