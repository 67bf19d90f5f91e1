//! What the rooms below end with, as the failure of a call.

use super::ApiError;
use crate::api::extract::BodyError;
use crate::api::extract::schema::SchemaError;
use crate::domain_error::DomainError;
use crate::hashing::HashingError;
use crate::refusal::Refusal;
use crate::store::StoreError;

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
            BodyError::NoRoom => ApiError::Busy,
            BodyError::BrokenPayload => ApiError::BrokenPayload,
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
