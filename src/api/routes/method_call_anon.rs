//! `POST /api/v1/method.callAnon/:method`: the methods of the own account for whoever is not signed in. Source:
//! `docs/behaviour/http-api.md` section 7.2, `docs/behaviour/own-account.md` sections 5.3 and 7.3.

use crate::api::Api;
use crate::api::bridge::{self, AccountMethod, MethodCall, MethodError};
use crate::api::call_limit::count_strangers_method;
use crate::api::error::ApiError;
use crate::api::extract::{Body, Largest, bounds, one_text};
use crate::refusal::Refusal;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

pub const PATH: &str = "/api/v1/method.callAnon/{method}";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let release = api.workspace.now().release;
    let body = Body::read(&request, payload, &api, Largest::Anonymous, &release).await?;
    let message = one_text::parse(&body, "message", &release)?;
    bounds::judge_json(&message)?;
    let call = MethodCall::parse(&message).ok_or_else(Refusal::invalid_method_call)?;
    match run(&request, &api, &call).await {
        Ok(result) => Ok(bridge::result(call.id, result.as_ref())),
        Err(MethodError::Api(error @ ApiError::Unavailable(_))) => Err(error),
        Err(error) => Ok(bridge::failure(call.id, &error, &release)),
    }
}

async fn run(request: &HttpRequest, api: &Api, call: &MethodCall<'_>) -> Result<Option<Value>, MethodError> {
    let name = call.method.as_str();
    let method = AccountMethod::named(name).ok_or_else(|| MethodError::NotFound(name.to_owned()))?;
    count_strangers_method(request, api, method == AccountMethod::ResetPassword, &api.workspace.now())?;
    method.run(request, api, None, &call.params).await
}
