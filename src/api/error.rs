//! Every way in which a call can fail, and its answer. Source: `docs/behaviour/http-api.md` sections 2.4, 3.2, 4 and 5.3.
//!
//! Handlers return an [`ApiError`]; only this room knows what it looks like on the wire.

mod body;
mod from;

use super::envelope;
use super::extract::schema::SchemaError;
use crate::refusal::Refusal;
use crate::release::{NotAllowed, Release};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use body::{failed, forbidden, invalid_params, refused, too_many_requests, unauthorized};
use std::fmt;

/// A full queue of hashing is empty after some three seconds; a primary is back after some more, or another instance is
/// asked.
pub(super) const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// What was written, if anything, is not known.
pub const OUTCOME_UNKNOWN: &str = "error-outcome-unknown";

#[derive(Debug)]
pub enum ApiError {
    /// 401: the credentials are missing or match no login token.
    Unauthorized,
    /// 400: the body is not of the route's schema.
    InvalidParams(SchemaError),
    /// 400: the rules refuse the change.
    Refused(Refusal),
    /// 500: the field `payload` of the body holds no JSON, in a version that reads it.
    BrokenPayload,
    /// 413: the body is larger than the route takes.
    BodyTooLarge,
    /// 408: the body has not come within its time.
    BodyTooSlow,
    /// 429: too many calls, or too many wrong second factors; seconds until the next is looked at.
    TooManyRequests { seconds: i64 },
    /// 503: the bodies of all requests hold as much as they may, or too many wait for hashing. Nothing was done.
    Busy,
    /// 503: nothing that the client did, and nothing was written for certain. The log gets the reason.
    Unavailable(String),
    /// 500: nothing that the client did. The log gets the reason, the client does not.
    Internal(String),
}

impl ApiError {
    /// The answer, in the release's shape.
    pub fn response(&self, release: &Release) -> HttpResponse {
        match self {
            ApiError::Unauthorized => {
                envelope::early(StatusCode::UNAUTHORIZED, &unauthorized(release), release.cache_headers)
            }
            ApiError::InvalidParams(error) => {
                let body = invalid_params(&error.to_string(), release);
                envelope::early(StatusCode::BAD_REQUEST, &body, release.cache_headers)
            }
            ApiError::Refused(refusal) if refusal.is_about_frequency() => {
                envelope::action(StatusCode::TOO_MANY_REQUESTS, &failed(&refusal.message))
            }
            ApiError::Refused(refusal)
                if release.not_allowed == NotAllowed::Forbidden && refusal.is_about_permission() =>
            {
                envelope::action(StatusCode::FORBIDDEN, &forbidden(refusal))
            }
            ApiError::Refused(refusal) => envelope::action(StatusCode::BAD_REQUEST, &refused(refusal)),
            ApiError::BrokenPayload => envelope::server_error(),
            ApiError::BodyTooLarge => {
                envelope::action(StatusCode::PAYLOAD_TOO_LARGE, &failed("The request body is too large"))
            }
            ApiError::BodyTooSlow => envelope::action(
                StatusCode::REQUEST_TIMEOUT,
                &failed("The request body did not arrive in time"),
            ),
            ApiError::TooManyRequests { seconds } => {
                envelope::action(StatusCode::TOO_MANY_REQUESTS, &failed(&too_many_requests(*seconds)))
            }
            ApiError::Busy => unavailable("Too many requests at the same time. Please try again"),
            ApiError::Unavailable(_) => {
                self.log();
                unavailable("The service is temporarily unavailable")
            }
            ApiError::Internal(_) => {
                self.log();
                envelope::action(StatusCode::INTERNAL_SERVER_ERROR, &failed("Internal server error"))
            }
        }
    }

    /// What logs and metrics call it: one of a fixed list.
    pub fn id(&self) -> &'static str {
        match self {
            ApiError::Unauthorized => "unauthorized",
            ApiError::InvalidParams(_) => "invalid-params",
            // The original's own id, where it has one.
            ApiError::Refused(refusal) => refusal.id.unwrap_or("refused"),
            ApiError::BrokenPayload => "broken-payload",
            ApiError::BodyTooLarge => "body-too-large",
            ApiError::BodyTooSlow => "body-too-slow",
            ApiError::TooManyRequests { .. } => "error-too-many-requests",
            ApiError::Busy => "busy",
            ApiError::Unavailable(_) => "unavailable",
            ApiError::Internal(reason) if reason.starts_with(OUTCOME_UNKNOWN) => OUTCOME_UNKNOWN,
            ApiError::Internal(_) => "internal",
        }
    }

    /// Tells the log what the client is not told.
    pub fn log(&self) {
        match self {
            ApiError::Internal(reason) => tracing::error!(error = reason, "a request failed"),
            ApiError::Unavailable(reason) => {
                tracing::warn!(reason, "a request was given up; nothing was written");
            }
            _ => {}
        }
    }
}

/// Nothing was done: a proxy may hand the request to Rocket.Chat.
fn unavailable(message: &str) -> HttpResponse {
    let mut response = envelope::action(StatusCode::SERVICE_UNAVAILABLE, &failed(message));
    response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiError::Unauthorized => f.write_str("unauthorized"),
            ApiError::InvalidParams(error) => error.fmt(f),
            ApiError::Refused(refusal) => refusal.fmt(f),
            ApiError::BrokenPayload => f.write_str("broken payload"),
            ApiError::BodyTooLarge => f.write_str("body too large"),
            ApiError::BodyTooSlow => f.write_str("body too slow"),
            ApiError::TooManyRequests { .. } => f.write_str("too many requests"),
            ApiError::Busy => f.write_str("too many requests wait"),
            ApiError::Unavailable(_) => f.write_str("temporarily unavailable"),
            ApiError::Internal(_) => f.write_str("internal error"),
        }
    }
}

/// What handlers return; [`answer`](super::answer) replaces the answer that this makes by the release's.
impl ResponseError for ApiError {}
