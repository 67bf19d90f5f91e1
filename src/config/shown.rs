//! What `rc-account config` shows: each key with its value and where that comes from.

use super::given::{Given, Source};
use super::keys::{KEYS, Key};
use super::{Config, ConfigErrors, Sources};

/// A value that may hold a password.
const HIDDEN: &str = "(hidden)";
const NONE: &str = "(none)";
const WRONG: &str = "(wrong)";

/// The whole configuration, without its secrets.
pub struct Shown {
    given: Given,
    outcome: Result<Config, ConfigErrors>,
}

impl Shown {
    /// That of this process.
    #[must_use]
    pub fn load() -> Shown {
        Shown::of(Sources::of_process())
    }

    pub(super) fn of(sources: Sources) -> Shown {
        let (given, outcome) = sources.read();
        Shown { given, outcome }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn errors(&self) -> Option<&ConfigErrors> {
        self.outcome.as_ref().err()
    }

    /// Name, value and source of every key, in columns.
    #[must_use]
    pub fn table(&self) -> String {
        let rows: Vec<[String; 3]> = KEYS.iter().map(|key| self.row(key)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (names, values) = (width(0), width(1));
        rows.iter()
            .map(|[name, value, source]| format!("{name:<names$}  {value:<values$}  {source}\n"))
            .collect()
    }

    fn row(&self, key: &Key) -> [String; 3] {
        let is_wrong =
            || self.errors().is_some_and(|errors| errors.iter().any(|e| e.key() == Some(key.name)));
        let source = self.given.source(key.name);
        let value = match self.given.text(key.name) {
            None if source == Source::Default => NONE.to_owned(),
            // What is wrong may be a secret in the wrong place.
            _ if is_wrong() => WRONG.to_owned(),
            None => NONE.to_owned(),
            Some(text) if key.is_secret || text.contains('@') => HIDDEN.to_owned(),
            Some(text) => text.escape_debug().to_string(),
        };
        [key.name.to_owned(), value, source.to_string()]
    }
}
