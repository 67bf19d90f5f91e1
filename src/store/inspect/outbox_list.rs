//! The outbox, effect by effect, without what the effects say.

use super::{count, text};
use crate::store::{Store, StoreError};
use bson::{Document, doc};
use std::time::Duration;

const OUTBOX: &str = "rc_account_outbox";

/// How it stands with an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedState {
    /// Given up.
    Parked,
    /// An instance is carrying it out.
    InProgress,
    /// An earlier one of the same lane has to happen first.
    Behind,
    /// For its next attempt: for so long, or it is due.
    Waiting(Duration),
}

/// One effect, as far as it may be shown.
#[derive(Debug)]
pub struct ListedEffect {
    pub id: String,
    pub kind: String,
    pub user_id: String,
    pub state: ListedState,
    /// Since it was written.
    pub age: Duration,
    pub attempts: u64,
    /// What the last attempt failed with.
    pub reason: Option<String>,
}

impl Store {
    /// The effects, the oldest first, at most so many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn listed_effects(
        &self,
        only_parked: bool,
        most: i64,
    ) -> Result<Vec<ListedEffect>, StoreError> {
        let since = |path: &str, from: &str, to: &str| {
            doc! {"$cond": [{"$eq": [{"$type": path}, "date"]}, {"$subtract": [from, to]}, 0]}
        };
        let wanted = if only_parked {
            doc! {"parked": true}
        } else {
            doc! {}
        };
        let pipeline = vec![
            doc! {"$match": wanted},
            doc! {"$sort": {"created": 1, "order": 1}},
            doc! {"$limit": most},
            doc! {"$project": {
                "kind": 1, "user_id": 1, "parked": 1, "ready": 1, "owner": 1, "attempts": 1, "reason": 1,
                // By the server's clock, as all times of the outbox.
                "age": since("$created", "$$NOW", "$created"), "wait": since("$due", "$due", "$$NOW"),
            }},
        ];
        Ok(self.inspected(OUTBOX, pipeline).await?.iter().map(read).collect())
    }
}

fn read(document: &Document) -> ListedEffect {
    let wait = Duration::from_millis(count(document, "wait"));
    let state = if document.get_bool("parked").unwrap_or(false) {
        ListedState::Parked
    } else if document.get_bool("ready").is_ok_and(|is_ready| !is_ready) {
        ListedState::Behind
    } else if document.get_str("owner").is_ok() && !wait.is_zero() {
        ListedState::InProgress
    } else {
        ListedState::Waiting(wait)
    };
    ListedEffect {
        id: text(document, "_id").unwrap_or_default(),
        kind: text(document, "kind").unwrap_or_default(),
        user_id: text(document, "user_id").unwrap_or_default(),
        state,
        age: Duration::from_millis(count(document, "age")),
        attempts: count(document, "attempts"),
        reason: text(document, "reason"),
    }
}
