//! What can go wrong with the database, sorted by what the caller of the API may learn from it.

use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};
use thiserror::Error;

const DUPLICATE_KEY: i32 = 11000;

#[derive(Debug, Error)]
pub enum StoreError {
    /// A unique index refused the write. `message` is MongoDB's own.
    #[error("a unique index refused the write")]
    Duplicate { message: String },
    /// MongoDB refused the content of the write. The text is MongoDB's own.
    #[error("the database refused the write")]
    Refused(String),
    /// The database could not be asked, or could not answer. The text is for the log.
    #[error("the database is not available: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// Whether the index on this path of `users` refused the write.
    #[must_use]
    pub fn is_duplicate_of(&self, path: &str) -> bool {
        let StoreError::Duplicate { message } = self else { return false };
        // "… index: username_1 dup key: { username: "x" }": the key pattern names the path, the index may
        // have any name.
        message
            .split("dup key: {")
            .nth(1)
            .is_some_and(|key| key.trim_start().strip_prefix(path).is_some_and(|rest| rest.starts_with(':')))
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        // A broken line or a stepped-down primary is nobody's bad input, whatever code it carries.
        let transient = error.contains_label(TRANSIENT_TRANSACTION_ERROR)
            || error.contains_label(mongodb::error::RETRYABLE_WRITE_ERROR);
        let refusal = match error.kind.as_ref() {
            ErrorKind::Write(WriteFailure::WriteError(refusal)) => Some((refusal.code, &refusal.message)),
            ErrorKind::Command(refusal) => Some((refusal.code, &refusal.message)),
            _ => None,
        };
        match refusal {
            Some((DUPLICATE_KEY, message)) => StoreError::Duplicate { message: message.clone() },
            Some((code, message)) if !transient && is_about_content(code) => {
                StoreError::Refused(message.clone())
            }
            _ => match error.kind.as_ref() {
                ErrorKind::BsonSerialization(_) | ErrorKind::Bson(_) => {
                    StoreError::Refused(error.kind.to_string())
                }
                // The driver's own check of a document's size, by its words: it has no kind of its own.
                ErrorKind::InvalidArgument { message, .. }
                    if message.starts_with("insert document must be within") =>
                {
                    StoreError::Refused("The document is too large".to_owned())
                }
                _ => StoreError::Unavailable(for_log(&error)),
            },
        }
    }
}

/// Whether a unique index of this collection refused the write.
pub(super) fn is_duplicate_in(error: &Error, collection: &str) -> bool {
    let (code, message) = match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => (refusal.code, &refusal.message),
        ErrorKind::Command(refusal) => (refusal.code, &refusal.message),
        _ => return false,
    };
    // "E11000 duplicate key error collection: rocketchat.users index: …"
    code == DUPLICATE_KEY && message.contains(&format!(".{collection} index: "))
}

/// MongoDB's codes for a command that no repetition can make good: wrong types, paths, sizes, names.
fn is_about_content(code: i32) -> bool {
    const BAD_VALUE: i32 = 2;
    const FAILED_TO_PARSE: i32 = 9;
    const TYPE_MISMATCH: i32 = 14;
    const OVERFLOW: i32 = 15;
    const INVALID_LENGTH: i32 = 16;
    const CANNOT_CREATE_FIELD: i32 = 28;
    const PATH_CONFLICT: i32 = 40;
    const DOLLAR_PREFIXED: i32 = 52;
    const EMPTY_FIELD_NAME: i32 = 56;
    const DOTTED_FIELD_NAME: i32 = 57;
    const IMMUTABLE_FIELD: i32 = 66;
    const DOCUMENT_VALIDATION: i32 = 121;
    const OBJECT_TOO_LARGE: i32 = 10334;
    const INVALID_BSON: i32 = 22;
    const NESTED_TOO_DEEP: i32 = 15020;
    const UPDATE_TOO_LARGE: i32 = 17419;
    const KEY_TOO_LONG: i32 = 17280;
    const TRANSACTION_TOO_LARGE: i32 = 388;
    const PATTERN_INVALID: i32 = 51091;
    matches!(
        code,
        BAD_VALUE
            | FAILED_TO_PARSE
            | TYPE_MISMATCH
            | OVERFLOW
            | INVALID_LENGTH
            | INVALID_BSON
            | CANNOT_CREATE_FIELD
            | PATH_CONFLICT
            | DOLLAR_PREFIXED
            | EMPTY_FIELD_NAME
            | DOTTED_FIELD_NAME
            | IMMUTABLE_FIELD
            | DOCUMENT_VALIDATION
            | OBJECT_TOO_LARGE
            | NESTED_TOO_DEEP
            | UPDATE_TOO_LARGE
            | KEY_TOO_LONG
            | TRANSACTION_TOO_LARGE
            | PATTERN_INVALID
    )
}

/// What happened, without the raw answer of the server that the driver shows: it may hold stored data.
fn for_log(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(refusal) => {
            format!("{} ({}): {}", refusal.code_name, refusal.code, refusal.message)
        }
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => {
            format!("({}): {}", refusal.code, refusal.message)
        }
        ErrorKind::Write(_) => "the write was not acknowledged as asked".to_owned(),
        kind @ (ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }) => kind.to_string(),
        ErrorKind::InvalidResponse { .. } => "the server's answer is not understood".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

/// The server's own words, when it was the server who refused.
pub(super) fn server_message(error: &Error) -> Option<String> {
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => Some("user name or password is wrong".to_owned()),
        ErrorKind::Command(refusal) => Some(refusal.message.clone()),
        _ => None,
    }
}

/// What is wrong with the connection string, without repeating any of it: it may hold a password.
pub(super) fn about_address(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::DnsResolve { .. } => "its host name cannot be resolved".to_owned(),
        ErrorKind::InvalidTlsConfig { .. } => "its TLS options are wrong".to_owned(),
        _ => "it is not a valid MongoDB connection string".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_that_the_server_refuses_is_about_the_content() {
        // Too large for the storage engine's cache, for a document, behind an update, for an index.
        for code in [388, 10334, 17419, 17280] {
            assert!(is_about_content(code), "{code}");
        }
    }

    #[test]
    fn a_duplicate_is_known_by_its_key_not_by_the_name_of_the_index() {
        let error = StoreError::Duplicate {
            message: "E11000 duplicate key error collection: rocketchat.users index: any_name \
                      dup key: { emails.address: \"username: x\" }"
                .to_owned(),
        };
        assert!(error.is_duplicate_of("emails.address"));
        assert!(!error.is_duplicate_of("username"));
        assert!(!error.is_duplicate_of("emails"));
    }
}
