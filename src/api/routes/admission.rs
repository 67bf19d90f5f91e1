//! The gates in front of a route: credentials, then rate limit and body in the release's order; and the answer, with
//! what the client is told about its calls. Source: `docs/behaviour/http-api.md` section 1.1.

use crate::api::Api;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, one_text};
use crate::api::rate_limit::Quota;
use crate::caller::{Caller, Session};
use crate::release::{GateOrder, RouteLimit};
use crate::workspace::Workspace;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::SecretString;
use std::sync::Arc;

/// A signed-in user whose call has passed the gates.
pub struct Admitted {
    pub caller: Caller,
    pub session: Session,
    /// The login token as it was sent.
    pub token: SecretString,
    pub workspace: Arc<Workspace>,
}

/// Lets a signed-in user through to the action, within the API's default rate limit.
///
/// `body` reads the body; routes that take none pass [`no_body`].
pub async fn admit<B>(
    request: &HttpRequest,
    api: &Api,
    path: &'static str,
    body: impl AsyncFnOnce() -> Result<B, ApiError>,
    action: impl AsyncFnOnce(Admitted, B) -> Result<HttpResponse, ApiError>,
) -> HttpResponse {
    respond(api, async |quota| {
        let Authenticated { caller, session, token } = Authenticated::from_request(request, api).await?;
        let workspace = api.workspace.now();
        let count = || api.count_call(request, path, RouteLimit::ApiDefaults, &workspace, &caller.roles);
        let body = pass(api, count, body, quota).await?;
        action(Admitted { caller, session, token, workspace }, body).await
    })
    .await
}

/// The rate limit and the body, in the release's order.
pub async fn pass<B>(
    api: &Api,
    count: impl FnOnce() -> Result<Option<Quota>, ApiError>,
    body: impl AsyncFnOnce() -> Result<B, ApiError>,
    quota: &mut Option<Quota>,
) -> Result<B, ApiError> {
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

/// The action's answer or its error's, with the quota that the action leaves.
pub async fn respond(
    api: &Api,
    action: impl AsyncFnOnce(&mut Option<Quota>) -> Result<HttpResponse, ApiError>,
) -> HttpResponse {
    let mut quota = None;
    let result = api.carry_out(action(&mut quota)).await;
    let mut response = result.unwrap_or_else(|error| error.response(api.release));
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
