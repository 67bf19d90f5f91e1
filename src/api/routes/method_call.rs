//! `POST /api/v1/method.call/:method`: the methods that clients up to 7.x call over REST. Source:
//! `docs/behaviour/http-api.md` section 7.2.
//!
//! The method inside the message counts, not the one in the path. In the place of the REST limit stands that of
//! methods, by user and method; wrong second factors are counted as everywhere.

use crate::api::Api;
use crate::api::bridge::{self, MethodCall, MethodError, TwoFactorMethod};
use crate::api::call_limit::count_method;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, Largest, bounds, one_text, payload};
use crate::api::notes;
use crate::refusal::Refusal;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

pub const PATH: &str = "/api/v1/method.call/{method}";
const SAVE_USER_PROFILE: &str = "saveUserProfile";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let caller = Authenticated::from_request(&request, &api).await?;
    let release = caller.workspace.release;
    let body = Body::read(&request, payload, &api, Largest::SignedIn, &release).await?;
    let message = one_text::parse(&payload::unwrapped(body, &release)?, "message", &release)?;
    bounds::judge_json(&message)?;
    let call = MethodCall::parse(&message).ok_or_else(Refusal::invalid_method_call)?;
    match run(&request, &api, caller, &call).await {
        Ok(result) => Ok(bridge::result(call.id, result.as_ref())),
        // Not the method's answer, but that of what stands in front of it.
        Err(MethodError::Api(
            error @ (ApiError::Unauthorized | ApiError::Unavailable(_) | ApiError::Busy),
        )) => Err(error),
        Err(error) => {
            notes::refused(&request, error.id());
            Ok(bridge::failure(call.id, &error, &release))
        }
    }
}

async fn run(
    request: &HttpRequest,
    api: &Api,
    caller: Authenticated,
    call: &MethodCall<'_>,
) -> Result<Option<Value>, MethodError> {
    let name = call.method.as_str();
    // Only what there is, is counted: other names can be of any number and length.
    if name == SAVE_USER_PROFILE && caller.workspace.release.has_save_user_profile {
        count_method(api, SAVE_USER_PROFILE, &caller.caller, &caller.workspace)?;
        return bridge::save_user_profile(request, api, caller, &call.params).await;
    }
    let method = TwoFactorMethod::named(name).filter(|_| api.standalone);
    let method = method.ok_or_else(|| MethodError::NotFound(name.to_owned()))?;
    count_method(api, method.name(), &caller.caller, &caller.workspace)?;
    method.run(request, api, caller, &call.params).await
}
