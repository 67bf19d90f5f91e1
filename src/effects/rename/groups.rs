//! The names of a user's direct messages of more than two, rewritten for all of their members.

use super::group_names::{Member, Order, names_for};
use crate::store::{GroupRoom, Store, StoreError};
use bson::Bson;
use std::collections::HashMap;

/// How many group rooms are named together.
const ROOM_BATCH: usize = 100;
/// How often groups are named again because a member was renamed meanwhile.
const MAX_PASSES: u32 = 10;

/// Names the user's groups after their current members. A member who is renamed at the same time has the groups named,
/// too; the members are read again afterwards, so that this does not end with what was read before that.
pub async fn name_groups_of(store: &Store, user_id: &str) -> Result<u64, StoreError> {
    let rooms = store.group_direct_messages(user_id).await?;
    if rooms.is_empty() {
        return Ok(0);
    }
    let order = Order::new()
        .ok_or_else(|| StoreError::Unavailable("the built-in collation data cannot be used".to_owned()))?;
    let mut ids: Vec<&str> = rooms.iter().flat_map(|room| &room.user_ids).map(String::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    let (mut changed, mut members) = (0, Member::by_id(&store.names_of(&ids).await?));
    for _ in 0..MAX_PASSES {
        for rooms in rooms.chunks(ROOM_BATCH) {
            changed += name_groups(store, rooms, &members, &order).await?;
        }
        let current_members = Member::by_id(&store.names_of(&ids).await?);
        if current_members == members {
            return Ok(changed);
        }
        members = current_members;
    }
    Err(StoreError::Unavailable("members of the user's groups are renamed all the time".to_owned()))
}

async fn name_groups(
    store: &Store,
    rooms: &[GroupRoom],
    members: &HashMap<String, Member>,
    order: &Order,
) -> Result<u64, StoreError> {
    let sorted: HashMap<&str, Vec<(&str, &Member)>> =
        rooms.iter().map(|room| (room.id.as_str(), order.sort(&room.user_ids, members))).collect();
    let ids: Vec<&str> = rooms.iter().map(|room| room.id.as_str()).collect();
    let subscriptions = store.subscriptions_of_rooms(&ids).await?;
    let renamed = subscriptions.iter().filter_map(|subscription| {
        let owner = subscription.get_document("u").ok()?.get_str("_id").ok()?;
        let (name, full_name) = names_for(owner, sorted.get(subscription.get_str("rid").ok()?)?);
        let is = |key, value: &str| subscription.get_str(key).is_ok_and(|stored| stored == value);
        if is("name", &name) && is("fname", &full_name) {
            return None;
        }
        Some((subscription.get("_id").cloned().unwrap_or(Bson::Null), name, full_name))
    });
    store.name_subscriptions(renamed.collect()).await
}
