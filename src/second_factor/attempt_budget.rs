//! A budget of wrong second factors per account, over all methods: what a stolen login token can try
//! (`docs/DECISIONS.md` section 3).

use crate::domain_error::DomainError;
use crate::store::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 64;

/// Wrong second factors that an account has in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessBudget {
    pub guesses: u32,
    pub window_ms: u64,
}

/// Counts wrong attempts in the database, for all instances together.
#[derive(Clone)]
pub struct AttemptBudget {
    budget: Option<GuessBudget>,
    /// One attempt of a user at a time: of a thousand that arrive together no more are looked at than one by one.
    turns: Arc<Vec<Mutex<()>>>,
    hasher: RandomState,
}

/// The user's turn. Hold it until the attempt has been verified.
pub struct Turn<'a>(Option<MutexGuard<'a, ()>>);

impl AttemptBudget {
    pub fn new(budget: Option<GuessBudget>) -> AttemptBudget {
        let turns = (0..STRIPES).map(|_| Mutex::default()).collect();
        AttemptBudget { budget, turns: Arc::new(turns), hasher: RandomState::new() }
    }

    /// Waits for the user's turn.
    pub async fn take_turn(
        &self,
        store: &Store,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Turn<'_>, DomainError> {
        let Some(budget) = self.budget else { return Ok(Turn(None)) };
        let stripe = usize::try_from(self.hasher.hash_one(user_id)).unwrap_or_default() % STRIPES;
        let turn = match self.turns.get(stripe) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        match store.wrong_guesses(user_id, begin(budget, now)).await? {
            Some((wrong, began)) if wrong >= i64::from(budget.guesses) => {
                let milliseconds = (began - begin(budget, now)).num_milliseconds();
                Err(DomainError::NoAttemptLeft { seconds: milliseconds.saturating_add(999) / 1000 })
            }
            _ => Ok(Turn(turn)),
        }
    }

    /// Counts a wrong attempt, and ends the turn.
    pub async fn count_wrong(
        &self,
        store: &Store,
        user_id: &str,
        now: DateTime<Utc>,
        turn: Turn<'_>,
    ) -> Result<(), StoreError> {
        if let Some(budget) = self.budget {
            store.count_wrong_guess(user_id, begin(budget, now), now).await?;
        }
        drop(turn.0);
        Ok(())
    }
}

/// When the oldest window that is still open began.
fn begin(budget: GuessBudget, now: DateTime<Utc>) -> DateTime<Utc> {
    let window = i64::try_from(budget.window_ms).ok().and_then(TimeDelta::try_milliseconds);
    window.and_then(|window| now.checked_sub_signed(window)).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_any_length_has_a_beginning() {
        let now = DateTime::from_timestamp(2_000_000_000, 0).expect("in range");
        let begin = |window_ms| begin(GuessBudget { guesses: 1, window_ms }, now);
        assert_eq!(begin(1000), now - TimeDelta::seconds(1));
        for absurd in [99_999_999_999_999_999, u64::MAX] {
            assert_eq!(begin(absurd), DateTime::UNIX_EPOCH);
        }
    }
}
