//! What most routes of signed-in users have in common: credentials, then the rate limit of the API's settings.

use super::Api;
use super::envelope;
use super::error::ApiError;
use super::extract::Authenticated;
use super::rate_limit::Quota;
use crate::release::RouteLimit;
use crate::workspace::Workspace;
use actix_web::{HttpRequest, HttpResponse};

/// Answers with what the action makes of the call; its text is the JSON body.
pub(super) async fn answer(
    request: &HttpRequest,
    api: &Api,
    route: &'static str,
    action: impl AsyncFnOnce(Authenticated, &Workspace) -> Result<String, ApiError>,
) -> HttpResponse {
    let mut quota: Option<Quota> = None;
    let outcome = async {
        let caller = Authenticated::from_request(request, api).await?;
        let workspace = api.workspace.now();
        let rule = RouteLimit::ApiDefaults;
        quota = api.count_call(request, route, rule, &workspace, &caller.caller.roles)?;
        action(caller, &workspace).await
    };
    let mut response = match outcome.await {
        Ok(body) => envelope::answer(body),
        Err(error) => error.response(api.release),
    };
    if let Some(quota) = quota {
        quota.write_headers(response.headers_mut());
    }
    response
}
