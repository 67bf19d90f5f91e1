use super::codes;
use crate::store::StoreError;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// In order, but it could be better.
    Hint,
    /// The service works, but something should be looked into.
    Warning,
    /// The service does not work, or the workspace is damaged.
    Error,
}

/// The number of users, in words.
pub(super) fn users(number: u64) -> String {
    if number == 1 { "1 user".to_owned() } else { format!("{number} users") }
}

impl Level {
    /// From the worst on.
    pub const ALL: [Level; 4] = [Level::Error, Level::Warning, Level::Hint, Level::Ok];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Hint => "hint",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// What one check has shown. Holds no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub level: Level,
    /// Which check it was: one of [`codes::CHECKS`], or one that is made whatever is chosen.
    pub check: &'static str,
    /// What it is, for programs: one of [`codes::CODES`]. It stays when the words change.
    pub code: &'static str,
    pub message: String,
    pub remedy: Option<String>,
    /// The facts behind the message, for programs.
    pub details: Option<Value>,
}

impl Finding {
    pub fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        let message = message.into();
        Finding { level: Level::Ok, check, code: codes::OK, message, remedy: None, details: None }
    }

    pub fn hint(
        check: &'static str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding::ok(check, message).found(Level::Hint, code, remedy)
    }

    pub fn warning(
        check: &'static str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding::ok(check, message).found(Level::Warning, code, remedy)
    }

    pub fn error(
        check: &'static str,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding::ok(check, message).found(Level::Error, code, remedy)
    }

    /// The database did not answer the question of this check.
    pub fn unanswered(check: &'static str, error: &StoreError) -> Finding {
        let reason = match error {
            StoreError::Unavailable(reason) | StoreError::Refused(reason) | StoreError::Unknown(reason) => {
                reason.clone()
            }
            StoreError::Duplicate { .. } => error.to_string(),
        };
        Finding::error(
            check,
            "unanswered",
            format!("the database does not tell: {reason}"),
            "let the user of MONGO_URL read the whole database, and look again",
        )
    }

    pub fn details(self, details: Value) -> Finding {
        Finding { details: Some(details), ..self }
    }

    fn found(self, level: Level, code: &'static str, remedy: impl Into<String>) -> Finding {
        debug_assert!(codes::CODES.contains(&code), "{code} is not in the table");
        Finding { level, code, remedy: Some(remedy.into()), ..self }
    }
}
