//! What stands in front of a route's action: credentials, then rate limit and body in the release's order. Source:
//! `docs/behaviour/http-api.md` section 1.1.

use crate::api::Api;
use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, Largest, one_text, payload};
use crate::release::{GateOrder, Release, RouteLimit};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use secrecy::SecretString;

/// Admits a signed-in user, within the API's default rate limit, and reads the body.
pub async fn admit<B>(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    body: impl Future<Output = Result<B, ApiError>>,
) -> Result<(Authenticated, B), ApiError> {
    let caller = Authenticated::from_request(request, api).await?;
    let (workspace, roles) = (&caller.workspace, &caller.caller.roles);
    let limit = || count_call(request, api, route, RouteLimit::ApiDefaults, workspace, roles);
    let body = limit_and_read(&workspace.release, limit, body).await?;
    Ok((caller, body))
}

/// The rate limit and the body, in the release's order.
pub async fn limit_and_read<B>(
    release: &Release,
    limit: impl FnOnce() -> Result<(), ApiError>,
    body: impl Future<Output = Result<B, ApiError>>,
) -> Result<B, ApiError> {
    match release.gates {
        GateOrder::RateLimitThenBody => {
            limit()?;
            body.await
        }
        GateOrder::BodyThenRateLimit => {
            let body = body.await?;
            limit()?;
            Ok(body)
        }
    }
}

/// For routes whose body is not looked at.
pub async fn no_body() -> Result<(), ApiError> {
    Ok(())
}

/// For routes whose body is `{"code": …}`.
pub async fn code(request: &HttpRequest, payload: Payload, api: &Api) -> Result<SecretString, ApiError> {
    let release = api.workspace.now().release;
    let body = Body::read(request, payload, api, Largest::SignedIn, &release).await?;
    Ok(one_text::parse(&payload::unwrapped(body, &release)?, "code", &release)?.into())
}
