//! Counting calls, of routes by client address and of methods by user.

use super::Api;
use super::error::ApiError;
use super::extract::ClientAddress;
use super::rate_limit::{By, Counted, Quota};
use crate::caller::Caller;
use crate::release::{RestLimiter, RouteLimit};
use crate::workspace::Workspace;
use actix_web::{HttpMessage, HttpRequest};

/// What the limiter calls all methods together: they share a window, as in the original.
const METHODS: &str = "method.call";
/// One of them has a window of its own.
const STATUSES: &str = "setUserStatus";
/// The same of those who are not signed in: methods like a login, and others.
const STRANGERS_LOGINS: &str = "method.callAnon/login";
const STRANGERS_METHODS: &str = "method.callAnon";

/// Counts a call of a route by a user with these roles. What is left of the quota goes into the request's extensions,
/// from where [`answer`](super::answer) tells it to the client.
pub fn count_call(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    rule: RouteLimit,
    workspace: &Workspace,
    roles: &[String],
) -> Result<(), ApiError> {
    let is_inactive =
        workspace.release.rest_limiter == RestLimiter::Inactive && api.limiter.follows_release();
    if is_inactive || workspace.bypasses_rate_limit(roles) {
        return Ok(());
    }
    let counted = api.limiter.count(route, address(request, api), rule, &workspace.settings, (api.clock)());
    let (quota, outcome) = match counted {
        Counted::Unlimited => return Ok(()),
        Counted::Allowed(quota) => (quota, Ok(())),
        Counted::Refused(quota) => {
            let seconds = quota.seconds_to_wait();
            (quota, Err(ApiError::TooManyRequests { seconds }))
        }
    };
    request.extensions_mut().insert(quota);
    outcome
}

/// Refuses, before anything is read, whoever would be refused by the count behind the body. Counts nothing.
pub fn refuse_early(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    rule: RouteLimit,
    workspace: &Workspace,
) -> Result<(), ApiError> {
    let refusal = api.limiter.refusal(route, address(request, api), rule, &workspace.settings, (api.clock)());
    let Some(quota) = refusal else { return Ok(()) };
    let seconds = quota.seconds_to_wait();
    request.extensions_mut().insert(quota);
    Err(ApiError::TooManyRequests { seconds })
}

fn address(request: &HttpRequest, api: &Api) -> By {
    By::Address(ClientAddress::from_request(request, &api.proxies).ip())
}

/// Takes back the counting of this call, if it was counted.
pub fn give_back(request: &HttpRequest, api: &Api) {
    if let Some(quota) = request.extensions_mut().get_mut::<Quota>() {
        api.limiter.give_back(quota);
    }
}

/// Counts a call of a method by this user, over REST. A method's caller is not told what is left.
pub fn count_method(
    api: &Api,
    method: &'static str,
    caller: &Caller,
    workspace: &Workspace,
) -> Result<(), ApiError> {
    if workspace.bypasses_rate_limit(&caller.roles) {
        return Ok(());
    }
    let by = By::Method { user_id: caller.id.clone(), method };
    match api.limiter.count(METHODS, by, RouteLimit::MethodsOfUser, &workspace.settings, (api.clock)()) {
        Counted::Unlimited | Counted::Allowed(_) => Ok(()),
        Counted::Refused(quota) => Err(ApiError::TooManyRequests { seconds: quota.seconds_to_wait() }),
    }
}

/// Counts a call of the method `setUserStatus`, of which each user has one a second.
pub fn count_status(api: &Api, caller: &Caller, workspace: &Workspace) -> Result<(), ApiError> {
    let by = By::Method { user_id: caller.id.clone(), method: STATUSES };
    let rule = RouteLimit::Own { calls: 1, window_ms: 1000 };
    match api.limiter.count(STATUSES, by, rule, &workspace.settings, (api.clock)()) {
        Counted::Unlimited | Counted::Allowed(_) => Ok(()),
        Counted::Refused(quota) => Err(ApiError::TooManyRequests { seconds: quota.seconds_to_wait() }),
    }
}

/// Counts a call of a method by whoever is not signed in, over REST. `signs_in`: it is one of those of which Meteor allows
/// five in ten seconds; of the others there is a bound of ours.
pub fn count_strangers_method(
    request: &HttpRequest,
    api: &Api,
    signs_in: bool,
    workspace: &Workspace,
) -> Result<(), ApiError> {
    let (methods, calls) = if signs_in { (STRANGERS_LOGINS, 5) } else { (STRANGERS_METHODS, 100) };
    let rule = RouteLimit::Own { calls, window_ms: 10_000 };
    let by = address(request, api);
    match api.limiter.count(methods, by, rule, &workspace.settings, (api.clock)()) {
        Counted::Unlimited | Counted::Allowed(_) => Ok(()),
        Counted::Refused(quota) => Err(ApiError::TooManyRequests { seconds: quota.seconds_to_wait() }),
    }
}
