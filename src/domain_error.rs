//! What a step of the domain can end with, other than well: the one error between the rooms and HTTP.

use crate::hashing::HashingError;
use crate::refusal::Refusal;
use crate::store::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum DomainError {
    /// The rules say no, in Rocket.Chat's words.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many wrong second factors: no further one is looked at for so many seconds.
    #[error("too many wrong second factors")]
    NoAttemptLeft { seconds: i64 },
    /// The login token ended while the request was being decided.
    #[error("the login token is no longer valid")]
    SignedOut,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
