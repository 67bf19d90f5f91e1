//! Every way in which a call can fail, and its answer. Source: `docs/behaviour/http-api.md` sections 2.4, 3.2, 4 and 5.3.
//!
//! Handlers return an [`ApiError`]; only this file knows what it looks like on the wire.

use super::envelope;
use super::extract::BodyError;
use super::extract::schema::SchemaError;
use crate::domain_error::DomainError;
use crate::hashing::HashingError;
use crate::refusal::Refusal;
use crate::release::{BodyErrorShape, NotAllowed, Release, UnauthorizedBody};
use crate::store::StoreError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};
use std::fmt;

/// A full queue of hashing is empty after some three seconds; a primary is back after some more, or another instance is
/// asked.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

const INVALID_PARAMS: &str = "invalid-params";

#[derive(Debug)]
pub enum ApiError {
    /// 401: the credentials are missing or match no login token.
    Unauthorized,
    /// 400: the body is not of the route's schema.
    InvalidParams(SchemaError),
    /// 400: the rules refuse the change.
    Refused(Refusal),
    /// 413: the body is larger than the route takes.
    BodyTooLarge,
    /// 408: the body has not come within its time.
    BodyTooSlow,
    /// 503: the bodies of all requests together hold as much as they may. Nothing was done.
    NoRoomForBody,
    /// 429: too many calls, or too many wrong second factors; seconds until the next is looked at.
    TooManyRequests { seconds: i64 },
    /// 503: too many wait for their password to be hashed. Nothing was done.
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
            ApiError::BodyTooLarge => {
                envelope::action(StatusCode::PAYLOAD_TOO_LARGE, &failed("The request body is too large"))
            }
            ApiError::BodyTooSlow => envelope::action(
                StatusCode::REQUEST_TIMEOUT,
                &failed("The request body did not arrive in time"),
            ),
            ApiError::NoRoomForBody => {
                let mut response = envelope::action(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &failed("Too many requests at the same time. Please try again"),
                );
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                response
            }
            ApiError::TooManyRequests { seconds } => {
                envelope::action(StatusCode::TOO_MANY_REQUESTS, &failed(&too_many_requests(*seconds)))
            }
            ApiError::Busy => {
                let body = failed("Too many requests at the same time. Please try again");
                let mut response = envelope::action(StatusCode::SERVICE_UNAVAILABLE, &body);
                response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
                response
            }
            ApiError::Unavailable(_) => {
                self.log();
                let answer = failed("The service is temporarily unavailable");
                let mut response = envelope::action(StatusCode::SERVICE_UNAVAILABLE, &answer);
                response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
                response
            }
            ApiError::Internal(_) => {
                self.log();
                envelope::action(StatusCode::INTERNAL_SERVER_ERROR, &failed("Internal server error"))
            }
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

fn unauthorized(release: &Release) -> Value {
    let text = "You must be logged in to do this.";
    match release.unauthorized {
        UnauthorizedBody::StatusAndMessage => json!({"status": "error", "message": text}),
        UnauthorizedBody::Superset => {
            json!({"success": false, "error": text, "status": "error", "message": text})
        }
        UnauthorizedBody::SuccessAndError => json!({"success": false, "error": text}),
    }
}

fn invalid_params(message: &str, release: &Release) -> Value {
    match release.body_error {
        BodyErrorShape::Suffixed => {
            let error = format!("{message} [{INVALID_PARAMS}]");
            json!({"success": false, "error": error, "errorType": INVALID_PARAMS})
        }
        BodyErrorShape::Plain => {
            json!({"success": false, "errorType": INVALID_PARAMS, "error": message})
        }
    }
}

/// 9.0 has one id for all that is not allowed, and no details.
fn forbidden(refusal: &Refusal) -> Value {
    json!({"success": false, "error": refusal.message, "errorType": "error-forbidden"})
}

fn refused(refusal: &Refusal) -> Value {
    let mut body = Map::new();
    body.insert("success".to_owned(), false.into());
    body.insert("error".to_owned(), refusal.message.as_str().into());
    if let Some(id) = refusal.id {
        body.insert("errorType".to_owned(), id.into());
    }
    if let Some(details) = &refusal.details {
        body.insert("details".to_owned(), details.clone());
    }
    Value::Object(body)
}

fn failed(message: &str) -> Value {
    json!({"success": false, "error": message})
}

fn too_many_requests(seconds: i64) -> String {
    format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying this endpoint \
         again. [error-too-many-requests]"
    )
}

/// An error with all its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiError::Unauthorized => f.write_str("unauthorized"),
            ApiError::InvalidParams(error) => error.fmt(f),
            ApiError::Refused(refusal) => refusal.fmt(f),
            ApiError::BodyTooLarge => f.write_str("body too large"),
            ApiError::BodyTooSlow => f.write_str("body too slow"),
            ApiError::NoRoomForBody => f.write_str("no room for the body"),
            ApiError::TooManyRequests { .. } => f.write_str("too many requests"),
            ApiError::Busy => f.write_str("too many requests wait"),
            ApiError::Unavailable(_) => f.write_str("temporarily unavailable"),
            ApiError::Internal(_) => f.write_str("internal error"),
        }
    }
}

/// What handlers return; [`answer`](super::answer) replaces the answer that this makes by the release's.
impl ResponseError for ApiError {}

impl From<SchemaError> for ApiError {
    fn from(error: SchemaError) -> Self {
        ApiError::InvalidParams(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        ApiError::Refused(refusal)
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => ApiError::BodyTooLarge,
            BodyError::OutOfBounds(error) => error.into(),
            BodyError::TooSlow => ApiError::BodyTooSlow,
            BodyError::NoRoom => ApiError::NoRoomForBody,
            // No client is left to read the answer; it is the one for an empty body.
            BodyError::Broken => ApiError::InvalidParams(SchemaError::NoData),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            // The original shows the database's own words for what a client's values made it refuse.
            StoreError::Duplicate { message } | StoreError::Refused(message) => {
                Refusal::plain(message).into()
            }
            StoreError::Unavailable(_) => ApiError::Unavailable(chain(&error)),
            StoreError::Unknown(_) => ApiError::Internal(chain(&error)),
        }
    }
}

impl From<HashingError> for ApiError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => ApiError::Busy,
            HashingError::Cancelled | HashingError::Salt => ApiError::Internal(chain(&error)),
        }
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::Refused(refusal) => refusal.into(),
            DomainError::SignedOut => ApiError::Unauthorized,
            DomainError::NoAttemptLeft { seconds } | DomainError::TooManyMails { seconds } => {
                ApiError::TooManyRequests { seconds }
            }
            DomainError::Store(error) => error.into(),
            DomainError::Hashing(error) => error.into(),
        }
    }
}

impl From<bson::error::Error> for ApiError {
    fn from(error: bson::error::Error) -> Self {
        ApiError::Internal(chain(&error))
    }
}
