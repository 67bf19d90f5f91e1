//! What can go wrong with the database, sorted by what the caller of the API may learn from it.

use crate::deadline::GivenUp;
use mongodb::error::{
    Error, ErrorKind, NO_WRITES_PERFORMED, RETRYABLE_WRITE_ERROR, SYSTEM_OVERLOADED_ERROR,
    TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure,
};
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
    /// The database could not be asked, or could not answer: for certain, this operation wrote nothing. The text is for
    /// the log.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The write was sent, and whether it lasts is not known: no answer came, or a majority has not confirmed it. The
    /// text is for the log.
    #[error("error-outcome-unknown: {0}")]
    Unknown(String),
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
        if is_outcome_unknown(&error) {
            return StoreError::Unknown(for_log(&error));
        }
        // A broken line or a stepped-down primary is nobody's bad input, whatever code it carries.
        let transient =
            error.contains_label(TRANSIENT_TRANSACTION_ERROR) || error.contains_label(RETRYABLE_WRITE_ERROR);
        match refusal_of(&error) {
            Some((DUPLICATE_KEY, message)) => StoreError::Duplicate { message: shown_duplicate(message) },
            Some((code, message)) if !transient && is_about_content(code) => {
                StoreError::Refused(shown_refusal(code, message))
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

impl From<GivenUp> for StoreError {
    fn from(reason: GivenUp) -> Self {
        StoreError::Unavailable(reason.to_string())
    }
}

/// Whether a write, or a commit, may have happened all the same. `false` for whatever reads, and for all that happens
/// within a transaction before it is committed.
///
/// The driver marks a write that lost its answer as retryable, and has then retried it once. Of two failures it reports
/// the one after which something may be written, so what the second one proves holds for the first.
pub(super) fn is_outcome_unknown(error: &Error) -> bool {
    if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) {
        return true;
    }
    if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
        return false;
    }
    match error.kind.as_ref() {
        // Written here; `wtimeout` ended before a majority had it.
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        // Never sent: no server was found, or no connection could be made.
        ErrorKind::ServerSelection { .. } | ErrorKind::ConnectionPoolCleared { .. } => false,
        ErrorKind::Io(_) if error.contains_label(SYSTEM_OVERLOADED_ERROR) => false,
        _ => error.contains_label(RETRYABLE_WRITE_ERROR) && !error.contains_label(NO_WRITES_PERFORMED),
    }
}

/// Whether a unique index of this collection refused the write.
pub(super) fn is_duplicate_in(error: &Error, collection: &str) -> bool {
    // "E11000 duplicate key error collection: rocketchat.users index: …"
    refusal_of(error).is_some_and(|(code, message)| {
        is_duplicate(code) && message.contains(&format!(".{collection} index: "))
    })
}

/// MongoDB's code and words, where it is the server that refuses.
pub(super) fn refusal_of(error: &Error) -> Option<(i32, &str)> {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => Some((refusal.code, &refusal.message)),
        ErrorKind::Command(refusal) => Some((refusal.code, &refusal.message)),
        _ => None,
    }
}

/// Whether the refusal is about one document as it would become, so that others may pass.
pub(super) fn is_about_document(code: i32) -> bool {
    is_duplicate(code) || is_about_content(code)
}

pub(super) fn is_duplicate(code: i32) -> bool {
    code == DUPLICATE_KEY
}

pub(super) fn is_about_size(code: i32) -> bool {
    matches!(code, OBJECT_TOO_LARGE | UPDATE_TOO_LARGE)
}

pub(super) fn is_about_validation(code: i32) -> bool {
    code == DOCUMENT_VALIDATION
}

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

/// MongoDB's codes for a command that no repetition can make good: wrong types, paths, sizes, names.
fn is_about_content(code: i32) -> bool {
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

/// MongoDB's own words about an index that refused a write. They quote the value, so only for what everybody may see.
fn shown_duplicate(message: &str) -> String {
    const PUBLIC: [&str; 2] = ["username", "emails.address"];
    let Some((before, key)) = message.split_once(" dup key: {") else { return DUPLICATE.to_owned() };
    let path = key.trim_start().split(':').next().unwrap_or_default();
    let is_public = PUBLIC.contains(&path) && before.starts_with("E11000 ");
    if is_public { message.to_owned() } else { DUPLICATE.to_owned() }
}

const DUPLICATE: &str = "E11000 duplicate key error collection";

/// MongoDB's own words about a content that it refuses, where they can hold nothing but what the client sent and what is
/// shown to the client anyway. They may quote what is stored beside it.
pub(super) fn shown_refusal(code: i32, message: &str) -> String {
    // "Cannot create field 'first' in element {name: "x"}"
    let quoted = message.split_once(" in element {").map(|(_, element)| element);
    let is_shown = match code {
        CANNOT_CREATE_FIELD => quoted.is_some_and(|element| {
            let path = element.split(':').next().unwrap_or_default();
            SHOWN_TO_THEIR_OWNER.contains(&path)
        }),
        // They name paths and sizes.
        IMMUTABLE_FIELD | PATH_CONFLICT | DOLLAR_PREFIXED | EMPTY_FIELD_NAME | DOTTED_FIELD_NAME
        | OBJECT_TOO_LARGE | UPDATE_TOO_LARGE | NESTED_TOO_DEEP | DOCUMENT_VALIDATION => true,
        _ => false,
    };
    if is_shown { message.to_owned() } else { format!("The database refused the change ({code})") }
}

/// The paths of a user whose values their owner may see.
const SHOWN_TO_THEIR_OWNER: [&str; 6] = ["name", "username", "bio", "nickname", "settings", "customFields"];

/// What happened: which error, by MongoDB's code and its name. Never MongoDB's words, which may quote the command with
/// all that it holds.
fn for_log(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(refusal) => format!("{} ({})", code_name(&refusal.code_name), refusal.code),
        ErrorKind::Write(WriteFailure::WriteError(refusal)) => format!("write error ({})", refusal.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(refusal)) => {
            format!(
                "written, but not confirmed by a majority: {} ({})",
                code_name(&refusal.code_name),
                refusal.code
            )
        }
        ErrorKind::Write(_) => "the write was not acknowledged as asked".to_owned(),
        ErrorKind::Io(reason) => format!("the connection broke: {}", reason.kind()),
        ErrorKind::ServerSelection { .. } => "no primary was found in time".to_owned(),
        ErrorKind::ConnectionPoolCleared { .. } => "no connection could be made".to_owned(),
        ErrorKind::Authentication { .. } => "MongoDB refused user or password".to_owned(),
        ErrorKind::InvalidResponse { .. } => "the server's answer is not understood".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

/// As the server sent it, if it is a name.
fn code_name(name: &str) -> &str {
    let is_name = !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric());
    if is_name { name } else { "error" }
}

/// What the server said when it refused to talk to us.
pub(super) fn refused_connection(error: &Error) -> Option<String> {
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => Some("user name or password is wrong".to_owned()),
        ErrorKind::Command(refusal) => Some(format!("{} ({})", code_name(&refusal.code_name), refusal.code)),
        _ => None,
    }
}

/// Whether the server says that this user may not do that.
pub(super) fn is_unauthorized(error: &Error) -> bool {
    const UNAUTHORIZED: i32 = 13;
    refusal_of(error).is_some_and(|(code, _)| code == UNAUTHORIZED)
}

/// Whether the server says that this needs a login, and there was none.
pub(super) fn wants_login(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Command(refusal) => refusal.message.to_lowercase().contains("requires authentication"),
        _ => false,
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
