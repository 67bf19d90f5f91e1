//! What every answer has in common: an error gets the shape of the release, and the client is told what is left of its
//! quota.

use super::Shared;
use super::error::ApiError;
use super::notes;
use super::rate_limit::Quota;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};

pub async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(answer) = error_answer(&response) {
        response = response.into_response(answer);
    }
    let quota = response.request().extensions_mut().remove::<Quota>();
    if let Some(quota) = quota {
        quota.write_headers(response.headers_mut());
    }
    Ok(response)
}

/// The answer to the error that a handler ended with, if it did.
fn error_answer(response: &ServiceResponse<BoxBody>) -> Option<HttpResponse> {
    let error: &ApiError = response.response().error()?.as_error()?;
    notes::refused(response.request(), error.id());
    let api = response.request().app_data::<Data<Shared>>()?;
    Some(error.response(&api.workspace.now().release))
}
