//! A new name that stands in a few other places is written there in the transaction of the change itself: nothing is left to
//! be carried out then.

use super::Rename;
use super::step::{name_in_conferences, names_of_direct_messages};
use crate::store::{Outdated, Replacement, Store, StoreError};
use std::time::Duration;

/// How long it may take to look. Some collections have no index for that: where they are very large, the new name is
/// carried to them afterwards.
const LOOK_TIMEOUT: Duration = Duration::from_millis(500);

/// What a new name changes elsewhere, if that is little and can be written by plain updates; `None` where the rename is to
/// be carried out afterwards, in its turn.
///
/// Not for usernames: a message that its author sends at the same moment would keep the old one.
pub async fn in_few_places(store: &Store, user_id: &str, rename: &Rename) -> Option<Vec<Replacement>> {
    if rename.username_changed() {
        return None;
    }
    look(store, user_id, rename).await.unwrap_or_else(|error| {
        tracing::debug!(%error, user.id = user_id, "a new name is carried to its places afterwards");
        None
    })
}

async fn look(store: &Store, user_id: &str, rename: &Rename) -> Result<Option<Vec<Replacement>>, StoreError> {
    let username = rename.username.as_str();
    let calls = Replacement::of_contact(user_id, username, rename.name.as_deref());
    let mut places = vec![
        // Whatever waits there has an older name, and comes first.
        Outdated::waiting_in(&Rename::lane(user_id)),
        Outdated::group_direct_messages(user_id),
        Outdated::conferences(user_id, username, name_in_conferences(rename)),
        Outdated::own_direct_messages(user_id),
        Outdated::direct_message_rooms(user_id),
    ];
    if rename.reaches_calls {
        places.push(calls.outdated.clone());
    }
    let found = store.find_outdated(&places, LOOK_TIMEOUT).await?;
    let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let (absent, [own_rooms, rooms, known_calls @ ..]) = found.split_at(3) else { return Ok(None) };
    if absent.iter().any(|ids| !ids.is_empty()) {
        return Ok(None);
    }
    let mut replacements = Vec::new();
    let (names, rooms) = (names_of_direct_messages(rename), [own_rooms.as_slice(), rooms].concat());
    if !names.is_empty() && !rooms.is_empty() {
        replacements.push(Replacement::of_direct_messages(user_id, username, &names, &rooms));
    }
    let known_calls = known_calls.iter().filter(|ids| !ids.is_empty());
    replacements.extend(known_calls.map(|ids| calls.clone().among(ids)));
    Ok(Some(replacements))
}
