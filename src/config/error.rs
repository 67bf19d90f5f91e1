//! Why a configuration is refused: every reason at once, each in one line that names its key.

use super::keys::KEYS;
use crate::mongo_url;
use std::fmt;
use thiserror::Error;

/// One reason. Holds nothing of a value that may be a secret.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{key} is missing: {expected}")]
    Missing { key: &'static str, expected: &'static str },
    #[error("{key} is {found:?}: {expected}")]
    Invalid { key: &'static str, found: String, expected: &'static str },
    #[error("{key} cannot be used: {expected}")]
    InvalidSecret { key: &'static str, expected: &'static str },
    #[error(transparent)]
    Database(#[from] mongo_url::Refusal),
    /// In the environment, where everything that begins with `RC_ACCOUNT_` is ours.
    #[error("{key} is unknown; the nearest known key is {nearest}")]
    UnknownVariable { key: String, nearest: &'static str },
    #[error("{path}: the key {key} is unknown; the nearest known one is {nearest}")]
    UnknownKey { path: String, key: String, nearest: &'static str },
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    /// A value and a file that holds it.
    #[error("{key} and {file_key} are both given: one of them must go")]
    GivenTwice { key: &'static str, file_key: &'static str },
    #[error("{file_key}: {reason}")]
    ValueFile { file_key: &'static str, reason: String },
}

impl ConfigError {
    /// The key that is to be corrected, where it is one that is known.
    #[must_use]
    pub fn key(&self) -> Option<&'static str> {
        match self {
            ConfigError::Missing { key, .. }
            | ConfigError::Invalid { key, .. }
            | ConfigError::InvalidSecret { key, .. }
            | ConfigError::GivenTwice { key, .. } => Some(key),
            ConfigError::Database(refusal) => Some(refusal.key()),
            ConfigError::ValueFile { file_key, .. } => Some(file_key),
            ConfigError::UnknownVariable { .. }
            | ConfigError::UnknownKey { .. }
            | ConfigError::File { .. } => None,
        }
    }
}

/// Everything that is wrong with a configuration, in the order of the keys. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// `None` where there is nothing wrong.
    pub(super) fn of(mut errors: Vec<ConfigError>) -> Option<ConfigErrors> {
        let place =
            |error: &ConfigError| error.key().and_then(|key| KEYS.iter().position(|row| row.name == key));
        errors.sort_by_key(place);
        (!errors.is_empty()).then_some(ConfigErrors(errors))
    }

    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

/// One line for each.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> ConfigErrors {
        ConfigErrors(vec![error])
    }
}
