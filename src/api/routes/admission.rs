//! What stands in front of a route's action: credentials, then rate limit and body in the release's order. Source:
//! `docs/behaviour/http-api.md` section 1.1.

use crate::account::Subject;
use crate::api::Api;
use crate::api::call_limit::{count_call, refuse_early};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, Largest, Target, one_text, payload};
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, GateOrder, Release, RouteLimit};
use crate::workspace::Permission;
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

/// The same for the other routes of the own account, within a limit of their own where they have one.
pub async fn admit_account<B>(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    typed_limit: RouteLimit,
    body: impl Future<Output = Result<B, ApiError>>,
) -> Result<(Authenticated, B), ApiError> {
    let caller = Authenticated::from_request(request, api).await?;
    let (workspace, roles) = (&caller.workspace, &caller.caller.roles);
    let is_typed = workspace.release.account_routes == AccountRoutes::Typed;
    check_username(&caller)?;
    let rule = if is_typed { typed_limit } else { RouteLimit::ApiDefaults };
    let limit = || count_call(request, api, route, rule, workspace, roles);
    let body = limit_and_read(&workspace.release, limit, body).await?;
    Ok((caller, body))
}

/// Newer versions fail on users without a username, in front of everything else.
pub fn check_username(caller: &Authenticated) -> Result<(), ApiError> {
    let is_typed = caller.workspace.release.account_routes == AccountRoutes::Typed;
    let is_nameless = caller.caller.username.as_deref().is_none_or(str::is_empty);
    if is_typed && is_nameless { Err(ApiError::Uncaught) } else { Ok(()) }
}

/// Admits anybody, within the limit of the client's address, and reads the body. Whoever has no call left is refused before
/// the body is read.
pub async fn admit_stranger<B>(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    rule: RouteLimit,
    body: impl Future<Output = Result<B, ApiError>>,
) -> Result<B, ApiError> {
    let workspace = api.workspace.now();
    refuse_early(request, api, route, rule, &workspace)?;
    let limit = || count_call(request, api, route, rule, &workspace, &[]);
    limit_and_read(&workspace.release, limit, body).await
}

/// The body, for a route that reads one with this function.
pub async fn read_body<T>(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    parse: impl FnOnce(&Body, &Release) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    read_largest(request, payload, api, Largest::SignedIn, parse).await
}

/// The same for a route that anybody may call.
pub async fn read_strangers_body<T>(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    parse: impl FnOnce(&Body, &Release) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    read_largest(request, payload, api, Largest::Anonymous, parse).await
}

async fn read_largest<T>(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    largest: Largest,
    parse: impl FnOnce(&Body, &Release) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let release = api.workspace.now().release;
    let body = Body::read(request, payload, api, largest, &release).await?;
    parse(&payload::unwrapped(body, &release)?, &release)
}

/// Whose account it is: the caller's, or that of somebody whom a permission lets the caller edit.
pub async fn subject(
    api: &Api,
    Authenticated { caller, session, workspace, .. }: Authenticated,
    target: &Target,
) -> Result<Subject, ApiError> {
    if target.is(&caller) {
        return Ok(Subject { user: caller, session: Some(session) });
    }
    if !workspace.allows(Permission::EditOtherUserInfo, &caller.roles) {
        return Err(ApiError::Forbidden);
    }
    let user = api.store.person(target.whom()).await?.ok_or_else(Refusal::no_such_user)?;
    Ok(Subject { user, session: None })
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
