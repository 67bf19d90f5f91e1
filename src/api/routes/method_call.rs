//! `POST /api/v1/method.call/:method`: the methods that clients up to 7.x call over REST. Source:
//! `spec/http-api.md` section 7.2.
//!
//! The method inside the message counts, not the one in the path. No REST limit; wrong second factors are
//! counted as everywhere.

use crate::api::Api;
use crate::api::bridge::{self, MethodCall, MethodError, ProfileParams, TwoFactorMethod};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, one_text, second_factor};
use crate::profile;
use crate::refusal::Refusal;
use crate::second_factor::Method;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bson::doc;
use serde_json::Value;
use serde_json::value::RawValue;

pub const PATH: &str = "/api/v1/method.call/{method}";

pub async fn post(request: HttpRequest, payload: Payload, api: Data<Api>) -> HttpResponse {
    answer(&request, payload, &api).await.unwrap_or_else(|error| error.response(api.release))
}

async fn answer(request: &HttpRequest, payload: Payload, api: &Api) -> Result<HttpResponse, ApiError> {
    let caller = Authenticated::from_request(request, api).await?;
    let message = one_text::parse(&Body::read(request, payload).await?, "message")?;
    let call = MethodCall::parse(&message).ok_or_else(Refusal::invalid_method_call)?;
    match run(request, api, caller, &call).await {
        Ok(result) => Ok(bridge::result(call.id, result.as_ref())),
        Err(MethodError::Api(ApiError::Unauthorized)) => Err(ApiError::Unauthorized),
        Err(error) => Ok(bridge::failure(call.id, &error, api.release)),
    }
}

async fn run(
    request: &HttpRequest,
    api: &Api,
    caller: Authenticated,
    call: &MethodCall<'_>,
) -> Result<Option<Value>, MethodError> {
    match call.method.as_str() {
        "saveUserProfile" => save_user_profile(request, api, caller, &call.params).await,
        method if api.standalone => {
            let Some(method) = TwoFactorMethod::named(method) else {
                return Err(MethodError::NotFound(method.to_owned()));
            };
            method.run(api, caller, &call.params).await
        }
        other => Err(MethodError::NotFound(other.to_owned())),
    }
}

async fn save_user_profile(
    request: &HttpRequest,
    api: &Api,
    Authenticated { caller, session, .. }: Authenticated,
    params: &[&RawValue],
) -> Result<Option<Value>, MethodError> {
    let params = ProfileParams::parse(params)?;
    let workspace = api.workspace.now();
    let may_use_password = Method::available(&caller, &workspace.settings).is_empty();
    let offered = params.offered(second_factor::from_headers(request), may_use_password);
    let saving = api.saving(&workspace, api.projection_with_news(doc! {"_id": 1}));
    let mut news = api.news(request, &caller, &params.change, &workspace);
    let saved = profile::save(&saving, caller, &session, &params.change, &offered).await;
    let saved = saved.map_err(ApiError::from)?;
    news.committed(&saved.user);
    api.settled(saved).await;
    news.finished();
    Ok(Some(true.into()))
}
