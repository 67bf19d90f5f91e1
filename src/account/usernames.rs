//! `users.checkUsernameAvailability`. Source: `docs/behaviour/own-account.md` section 4.1.

use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::profile::is_blocked;
use crate::refusal::Refusal;
use crate::store::Store;
use crate::workspace::Settings;

/// Whether the caller could take the name, as far as the original looks: neither at the pattern of names nor at white space
/// around it, and the own name in other letter case counts as taken.
///
/// # Errors
/// The refusal; the failures of the service itself.
pub async fn is_available(
    username: &str,
    caller: &Caller,
    settings: &Settings,
    store: &Store,
) -> Result<bool, DomainError> {
    if username.is_empty() {
        return Err(Refusal::username_missing().into());
    }
    let own = caller.username.as_deref().filter(|own| !own.is_empty());
    if own.is_some() && !settings.allow_username_change {
        return Err(Refusal::username_change_not_allowed().into());
    }
    if own == Some(username) {
        return Ok(true);
    }
    if is_blocked(username, settings) {
        return Err(Refusal::blocked_username(username).into());
    }
    Ok(!store.is_username_taken(username, None).await?)
}
