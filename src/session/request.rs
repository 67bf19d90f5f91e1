//! What a client signs in with, already reduced to what the original's login handlers would make of it.

use crate::hashing::PasswordDigest;
use crate::store::UserFilter;
use secrecy::SecretString;

/// Bytes of a name; no user has a longer one, so it is neither looked up nor written down.
const LONGEST_NAME: usize = 1024;

#[derive(Debug)]
pub enum LoginRequest {
    Password {
        who: Who,
        digest: PasswordDigest,
        /// A second factor. Its presence alone changes which rules apply.
        code: Option<SecretString>,
    },
    /// A login token that is to be used on.
    Resume(SecretString),
    /// What was mailed proves whose account it is, by its id; or proves nothing, for this reason.
    Mailed(Result<String, &'static str>),
    /// No login handler knows what to do with it.
    Unrecognised,
    /// A login handler refuses the type of an argument, in these words.
    Malformed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Username(String),
    EmailAddress(String),
}

impl Who {
    /// Whether any user can have this name.
    pub fn is_plausible(&self) -> bool {
        let (Who::Username(name) | Who::EmailAddress(name)) = self;
        name.len() <= LONGEST_NAME
    }

    pub fn filter(&self) -> UserFilter<'_> {
        match self {
            Who::Username(username) => UserFilter::Username(username),
            Who::EmailAddress(address) => UserFilter::EmailAddress(address),
        }
    }
}

impl LoginRequest {
    /// The username as the failed-login protection sees it: not where an address was given, and not beside a
    /// code, which hides it from the original.
    pub fn username(&self) -> Option<&str> {
        match self {
            LoginRequest::Password { who, code: None, .. } if who.is_plausible() => match who {
                Who::Username(username) => Some(username),
                Who::EmailAddress(_) => None,
            },
            _ => None,
        }
    }
}
