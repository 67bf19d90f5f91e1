//! Why somebody was not signed in.

use crate::hashing::HashingError;
use crate::refusal::Refusal;
use crate::second_factor::ConfirmError;
use crate::store::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum LoginError {
    /// It was not proved whose account it is. Which part was wrong is nobody's business.
    #[error("the credentials are wrong")]
    Credentials,
    /// The login token of a resume login no longer counts.
    #[error("{0}")]
    Ended(Ended),
    /// A key has the wrong type or length.
    #[error("malformed login arguments")]
    Malformed { field: &'static str },
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many wrong second factors: no further one is looked at for so many seconds.
    #[error("too many wrong guesses")]
    NoGuessLeft { seconds: i64 },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hashing(#[from] HashingError),
}

/// How a login token ended. The texts are Meteor's; mobile clients know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Ended {
    #[error("You've been logged out by the server. Please log in again.")]
    Removed,
    #[error("Your session has expired. Please log in again.")]
    Expired,
}

impl LoginError {
    /// Whether the failed-login protection counts it. A challenge is no failure, and a blocked user's attempts do
    /// not prolong the block; what went wrong on our side is nobody's failure.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        match self {
            LoginError::Credentials | LoginError::Ended(_) | LoginError::Malformed { .. } => true,
            LoginError::Refused(refusal) => !refusal.is_challenge() && !refusal.is_block_of_user(),
            LoginError::NoGuessLeft { .. } | LoginError::Store(_) | LoginError::Hashing(_) => false,
        }
    }
}

impl From<ConfirmError> for LoginError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Refused(refusal) => refusal.into(),
            ConfirmError::NoGuessLeft { seconds } => LoginError::NoGuessLeft { seconds },
            // A login comes with no token that could end.
            ConfirmError::SignedOut => LoginError::Credentials,
            ConfirmError::Hashing(error) => error.into(),
            ConfirmError::Store(error) => error.into(),
        }
    }
}
