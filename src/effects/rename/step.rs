//! The steps of a rename, in the original's order.

use super::group_names::{Member, Order, names_for};
use super::{Rename, mentions};
use crate::store::{GroupRoom, Mentioning, Store, StoreError};
use bson::{Bson, Document};
use std::collections::HashMap;

/// How many group rooms are named together.
const ROOM_BATCH: usize = 100;
/// How often groups are named again because a member was renamed meanwhile.
const MAX_PASSES: u32 = 10;

/// Rewrites the names of one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Avatar,
    Messages,
    EditedMessages,
    Mentions,
    Rooms,
    CreatedRooms,
    Subscriptions,
    Agents,
    DirectMessages,
    GroupDirectMessages,
    VideoConferences,
    CallHistory,
}

impl Step {
    const ALL: [Step; 12] = [
        Step::Avatar,
        Step::Messages,
        Step::EditedMessages,
        Step::Mentions,
        Step::Rooms,
        Step::CreatedRooms,
        Step::Subscriptions,
        Step::Agents,
        Step::DirectMessages,
        Step::GroupDirectMessages,
        Step::VideoConferences,
        Step::CallHistory,
    ];

    /// The steps that are left when the one of this name is done.
    pub fn after(done: Option<&str>, rename: &Rename) -> Vec<Step> {
        let position = done.and_then(|name| Step::ALL.iter().position(|step| step.name() == name));
        let username_changed = rename.username_changed();
        Step::ALL
            .into_iter()
            .skip(position.map_or(0, |position| position + 1))
            .filter(|step| username_changed || !step.concerns_username_only())
            .filter(|step| rename.reaches_calls || *step != Step::CallHistory)
            .collect()
    }

    /// The name by which progress is remembered.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Avatar => "avatar",
            Step::Messages => "messages",
            Step::EditedMessages => "edited-messages",
            Step::Mentions => "mentions",
            Step::Rooms => "rooms",
            Step::CreatedRooms => "created-rooms",
            Step::Subscriptions => "subscriptions",
            Step::Agents => "agents",
            Step::DirectMessages => "direct-messages",
            Step::GroupDirectMessages => "group-direct-messages",
            Step::VideoConferences => "video-conferences",
            Step::CallHistory => "call-history",
        }
    }

    fn concerns_username_only(self) -> bool {
        !matches!(
            self,
            Step::DirectMessages | Step::GroupDirectMessages | Step::VideoConferences | Step::CallHistory
        )
    }

    /// Whether some of its documents can only be found by the old username, because no user id stands beside it.
    fn goes_by_name(self) -> bool {
        matches!(self, Step::Avatar | Step::Mentions | Step::Rooms)
    }

    /// Does the step, and returns how many documents were changed. Doing it again changes nothing more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(self, store: &Store, user_id: &str, rename: &Rename) -> Result<u64, StoreError> {
        let (old, new) = (rename.old_username.as_str(), rename.username.as_str());
        let name = rename.name.as_deref();
        match self {
            Step::Avatar => store.rename_avatar(user_id, old, new).await,
            Step::Messages => store.rename_author(user_id, new).await,
            Step::EditedMessages => store.rename_editor(user_id, new).await,
            Step::Mentions => {
                let rewrite = |message: &Mentioning| {
                    mentions::rewrite(message.text.as_deref()?, old, new, &message.mentioned)
                };
                store.rename_mentioned(user_id, old, new, &rewrite).await
            }
            Step::Rooms => store.rename_in_rooms(user_id, old, new).await,
            Step::CreatedRooms => store.rename_creator(user_id, new).await,
            Step::Subscriptions => store.rename_subscriber(user_id, new).await,
            Step::Agents => store.rename_agent(user_id, new).await,
            Step::DirectMessages => direct_messages(store, user_id, rename).await,
            Step::GroupDirectMessages => group_direct_messages(store, user_id).await,
            Step::VideoConferences => {
                // A name that was removed is written as an empty one.
                let name = name.or(rename.name_sent.then_some(""));
                store.rename_in_conferences(user_id, new, name).await
            }
            Step::CallHistory => store.rename_contact(user_id, new, name).await,
        }
    }
}

/// Writes a username, and the user's current name, wherever this old username is left, whoever renamed the user and
/// whenever. If the old username belongs to somebody else by now, documents that can only be found by it are left alone.
/// Returns how many documents were changed.
///
/// # Errors
/// [`StoreError`].
pub async fn catch_up(
    store: &Store,
    user_id: &str,
    old_username: &str,
    username: &str,
    reaches_calls: bool,
) -> Result<u64, StoreError> {
    let user = store.names_of(&[user_id]).await?.pop();
    let name = user.and_then(|user| user.get_str("name").ok().map(str::to_owned));
    let rename = Rename {
        old_username: old_username.to_owned(),
        username: username.to_owned(),
        name_sent: name.is_some(),
        name,
        name_is_long: false,
        reaches_calls,
    };
    let is_reused = store.is_username_of_another(old_username, user_id).await?;
    let mut changed = 0;
    for step in Step::after(None, &rename) {
        if !(is_reused && step.goes_by_name()) {
            changed += step.run(store, user_id, &rename).await?;
        }
    }
    Ok(changed)
}

async fn direct_messages(store: &Store, user_id: &str, rename: &Rename) -> Result<u64, StoreError> {
    let mut names = Document::new();
    if rename.username_changed() {
        names.insert("name", &rename.username);
    }
    if let Some(name) = rename.name.as_deref().filter(|_| rename.name_sent) {
        names.insert("fname", name);
    }
    if names.is_empty() {
        return Ok(0);
    }
    let old = rename.old_username.as_str();
    Ok(store.rename_direct_messages(user_id, old, &names).await?
        + store.rename_left_direct_messages(user_id, old, &names).await?)
}

/// Names the groups after their current members. A member who is renamed at the same time has the groups named, too; the
/// members are read again afterwards, so that this does not end with what was read before that.
async fn group_direct_messages(store: &Store, user_id: &str) -> Result<u64, StoreError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(username: &str) -> Rename {
        Rename {
            old_username: "old".to_owned(),
            username: username.to_owned(),
            name: None,
            name_sent: true,
            name_is_long: false,
            reaches_calls: true,
        }
    }

    #[test]
    fn a_rename_goes_on_behind_its_last_step() {
        let steps = |done| Step::after(done, &rename("new"));
        assert_eq!(steps(None), Step::ALL);
        assert_eq!(steps(Some("video-conferences")), [Step::CallHistory]);
        assert_eq!(steps(Some("call-history")), []);
        for (step, rest) in Step::ALL.iter().zip(1..) {
            assert_eq!(steps(Some(step.name())), Step::ALL[rest..]);
        }
    }

    #[test]
    fn a_new_name_alone_touches_no_message() {
        assert_eq!(Step::after(None, &rename("old")), Step::ALL[8..]);
    }

    #[test]
    fn a_version_without_a_call_history_has_no_step_for_it() {
        let rename = Rename { reaches_calls: false, ..rename("new") };
        assert_eq!(Step::after(None, &rename), Step::ALL[..11]);
    }
}
