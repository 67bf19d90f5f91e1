//! Carries out a rename: the steps that are left, each noted when it is done.

use super::events::RenameEvents;
use super::{Rename, Step, catch_up};
use crate::announce::Announcer;
use crate::effects::{Failure, RetryPolicy};
use crate::store::{Leased, Store, StoreError};
use std::time::Instant;

pub async fn run(
    store: &Store,
    announcer: &Announcer,
    policy: &RetryPolicy,
    leased: &Leased,
    rename: &Rename,
) -> Result<(), Failure> {
    // Nothing can have happened since this process has written it.
    if !leased.is_fresh
        && let Some(username) = other_goal(store, leased, rename).await?
    {
        catch_up(store, &leased.user_id, &rename.old_username, &username, rename.reaches_calls).await?;
        return Ok(());
    }
    let with_name;
    let rename = if rename.name_is_long {
        let name = current(store, &leased.user_id, "name").await?;
        with_name = Rename { name, ..rename.clone() };
        &with_name
    } else {
        rename
    };
    let (began, mut noted, mut changed) = (Instant::now(), Instant::now(), 0);
    let mut events =
        RenameEvents { announcer, store, user_id: &leased.user_id, rename, rooms_changed: false };
    for step in Step::after(leased.progress.as_deref(), rename) {
        let changed_here = step.run(store, &leased.user_id, rename).await?;
        changed += changed_here;
        events.after(step, changed_here).await;
        if noted.elapsed() >= policy.progress_interval {
            if !store.renew_lease(leased, policy.lease, Some(step.name())).await? {
                return Err(Failure::LeaseLost);
            }
            noted = Instant::now();
        }
    }
    tracing::info!(
        user.id = leased.user_id,
        documents = changed,
        duration_ms = began.elapsed().as_millis(),
        "a new name is everywhere"
    );
    Ok(())
}

/// The username to which the old one has to be carried instead, because the rename comes late (it was parked) or because
/// somebody else has renamed the user meanwhile. If another rename waits in the lane, it starts from that username.
async fn other_goal(store: &Store, leased: &Leased, rename: &Rename) -> Result<Option<String>, StoreError> {
    let next = store.next_in_lane(leased, &Rename::lane(&leased.user_id), "old_username").await?;
    if let Some(old_username) = next {
        return Ok(leased.is_late.then_some(old_username));
    }
    let username = current(store, &leased.user_id, "username").await?;
    Ok(username.filter(|username| leased.is_late || *username != rename.username))
}

async fn current(store: &Store, user_id: &str, field: &str) -> Result<Option<String>, StoreError> {
    let user = store.names_of(&[user_id]).await?.pop();
    Ok(user.and_then(|user| user.get_str(field).ok().map(str::to_owned)))
}
