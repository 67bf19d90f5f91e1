//! A decision rests on the user as they were read. If they were changed before it is written, nothing is written, and
//! everything is decided again.

use crate::caller::{Caller, Session};
use crate::domain_error::DomainError;
use crate::refusal::Refusal;
use crate::store::Store;
use metrics::counter;

const ATTEMPTS: u32 = 5;

/// Reads what it needs, decides and writes, until what it read still holds when it writes. `attempt` returns `None`
/// when it did not.
///
/// After five times the request is refused: a user who is changed that often is changed by something that does not
/// stop.
pub async fn decide_again<T, E: From<Refusal>>(
    mut attempt: impl AsyncFnMut() -> Result<Option<T>, E>,
) -> Result<T, E> {
    for _ in 0..ATTEMPTS {
        if let Some(written) = attempt().await? {
            return Ok(written);
        }
        counter!("rc_account_commit_conflicts_total").increment(1);
    }
    Err(Refusal::too_many_changes().into())
}

/// The caller as they are now, for the next attempt.
pub async fn read_again(store: &Store, caller: &Caller, session: &Session) -> Result<Caller, DomainError> {
    store.caller(&caller.id, &session.hashed_token).await?.ok_or(DomainError::SignedOut)
}
