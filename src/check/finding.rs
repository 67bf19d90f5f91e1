use crate::store::StoreError;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
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
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// What one check has shown. Holds no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub level: Level,
    /// Which check it was: a row of `docs/CHECK.md`.
    pub check: &'static str,
    pub message: String,
    pub remedy: Option<String>,
    /// The facts behind the message, for programs.
    pub details: Option<Value>,
}

impl Finding {
    pub fn ok(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, check, message: message.into(), remedy: None, details: None }
    }

    pub fn warning(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { level: Level::Warning, ..Finding::ok(check, message) }.remedy(remedy)
    }

    pub fn error(check: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { level: Level::Error, ..Finding::ok(check, message) }.remedy(remedy)
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
            format!("the database does not tell: {reason}"),
            "let the user of MONGO_URL read the whole database, and look again",
        )
    }

    pub fn remedy(self, remedy: impl Into<String>) -> Finding {
        Finding { remedy: Some(remedy.into()), ..self }
    }

    pub fn details(self, details: Value) -> Finding {
        Finding { details: Some(details), ..self }
    }
}
