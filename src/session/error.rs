//! Why a login failed.

use crate::domain_error::DomainError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum LoginError {
    /// It was not proved whose account it is. Which part was wrong is not told.
    #[error("the credentials are wrong")]
    Credentials,
    /// The login token of a resume login no longer counts.
    #[error("{0}")]
    Ended(Ended),
    /// A key has the wrong type or length.
    #[error("malformed login arguments")]
    Malformed { field: &'static str },
    #[error(transparent)]
    Stopped(DomainError),
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
    /// What logs and metrics call it; what is no refusal has a name of its own where it is answered.
    pub fn id(&self) -> &'static str {
        match self {
            LoginError::Credentials => "wrong-credentials",
            LoginError::Ended(_) => "session-ended",
            LoginError::Malformed { .. } => "malformed-login",
            LoginError::Stopped(DomainError::Refused(refusal)) => refusal.id.unwrap_or("refused"),
            LoginError::Stopped(_) => "stopped",
        }
    }

    /// Whether the failed-login protection counts it. A challenge is no failure, and a blocked user's attempts do
    /// not prolong the block; what went wrong on our side, such as a race that was lost too often, is not the client's failure.
    pub fn is_counted(&self) -> bool {
        match self {
            LoginError::Credentials | LoginError::Ended(_) | LoginError::Malformed { .. } => true,
            LoginError::Stopped(DomainError::Refused(refusal)) => {
                refusal.id.is_some() && !refusal.is_challenge() && !refusal.is_block_of_user()
            }
            LoginError::Stopped(_) => false,
        }
    }
}

impl<E: Into<DomainError>> From<E> for LoginError {
    fn from(error: E) -> Self {
        LoginError::Stopped(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    #[test]
    fn only_what_the_client_did_wrong_is_counted() {
        assert!(LoginError::Credentials.is_counted());
        assert!(LoginError::from(Refusal::user_not_activated()).is_counted());
        for refusal in [Refusal::user_blocked(), Refusal::too_many_changes()] {
            assert!(!LoginError::from(refusal).is_counted());
        }
    }
}
