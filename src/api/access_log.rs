//! One line per request: what was called, how it ended, how long it took. Never a body, a token or a query.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use std::time::Instant;

/// A path can be as long as the head of a request.
const SHOWN_OF_PATH: usize = 200;

pub async fn write<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let path: String = request.path().chars().take(SHOWN_OF_PATH).collect();
    let response = next.call(request).await?;
    tracing::info!(
        http.method = %method,
        http.path = path,
        http.status = response.status().as_u16(),
        duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    Ok(response)
}
