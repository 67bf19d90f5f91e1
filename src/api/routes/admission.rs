//! The gates in front of an ordinary route: credentials, then the API's default rate limit and the body in the
//! release's order. Source: `spec/http-api.md` section 1.1.

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, one_text};
use crate::api::rate_limit::Quota;
use crate::api::{Api, envelope};
use crate::caller::{Caller, Session};
use crate::release::{GateOrder, RouteLimit};
use crate::workspace::Workspace;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A signed-in user whose call has passed the gates.
pub struct Admitted {
    pub caller: Caller,
    pub session: Session,
    pub workspace: Arc<Workspace>,
}

/// Lets a signed-in user through to the action, whose fields become the answer.
///
/// `body` reads the body; routes that take none pass [`no_body`].
pub async fn admit<B>(
    request: &HttpRequest,
    api: &Api,
    path: &'static str,
    body: impl AsyncFnOnce() -> Result<B, ApiError>,
    action: impl AsyncFnOnce(Admitted, B) -> Result<Map<String, Value>, ApiError>,
) -> HttpResponse {
    let mut quota = None;
    let admitted = async {
        let Authenticated { caller, session, .. } = Authenticated::from_request(request, api).await?;
        let workspace = api.workspace.now();
        let body = pass(request, api, path, &workspace, &caller.roles, body, &mut quota).await?;
        action(Admitted { caller, session, workspace }, body).await
    };
    let result = admitted.await;
    answer(api, result, quota)
}

/// The rate limit and the body, in the release's order.
pub async fn pass<B>(
    request: &HttpRequest,
    api: &Api,
    path: &'static str,
    workspace: &Workspace,
    roles: &[String],
    body: impl AsyncFnOnce() -> Result<B, ApiError>,
    quota: &mut Option<Quota>,
) -> Result<B, ApiError> {
    let count = || api.count_call(request, path, RouteLimit::ApiDefaults, workspace, roles);
    match api.release.gates {
        GateOrder::RateLimitThenBody => {
            *quota = count()?;
            body().await
        }
        GateOrder::BodyThenRateLimit => {
            let body = body().await?;
            *quota = count()?;
            Ok(body)
        }
    }
}

/// The answer, with what the client is told about its calls.
pub fn answer(api: &Api, result: Result<Map<String, Value>, ApiError>, quota: Option<Quota>) -> HttpResponse {
    let mut response = match result {
        Ok(fields) => envelope::success_with(fields),
        Err(error) => error.response(api.release),
    };
    if let Some(quota) = quota {
        quota.write_headers(response.headers_mut());
    }
    response
}

/// For routes whose body is not looked at.
pub async fn no_body() -> Result<(), ApiError> {
    Ok(())
}

/// For routes whose body is `{"code": …}`.
pub async fn code(request: &HttpRequest, payload: Payload) -> Result<SecretString, ApiError> {
    let body = Body::read(request, payload).await?;
    Ok(one_text::parse(&body, "code")?.into())
}
