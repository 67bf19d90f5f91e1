//! The steps of a rename, in the original's order.

use super::groups::name_groups_of;
use super::{Rename, mentions};
use crate::store::{Mentioning, Outdated, Replacement, Store, StoreError};
use bson::{Bson, Document};

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

    /// What it does by one update for each.
    fn replacements(self, user_id: &str, rename: &Rename) -> Vec<Replacement> {
        let (old, new) = (rename.old_username.as_str(), rename.username.as_str());
        match self {
            Step::Messages => vec![Replacement::of_author(user_id, new)],
            Step::EditedMessages => vec![Replacement::of_editor(user_id, new)],
            Step::Rooms => {
                vec![Replacement::of_member(user_id, old, new), Replacement::of_muted(old, new)]
            }
            Step::CreatedRooms => vec![Replacement::of_creator(user_id, new)],
            Step::Subscriptions => vec![Replacement::of_subscriber(user_id, new)],
            Step::Agents => vec![Replacement::of_agent(user_id, new)],
            Step::CallHistory => vec![Replacement::of_contact(user_id, new, rename.name.as_deref())],
            _ => Vec::new(),
        }
    }

    /// What the step has to change, or may have to: where none of it is found, there is nothing to do.
    pub fn outdated(self, user_id: &str, rename: &Rename) -> Vec<Outdated> {
        let (old, new) = (rename.old_username.as_str(), rename.username.as_str());
        match self {
            Step::Avatar => vec![Outdated::pictures(user_id, old, new)],
            Step::Mentions => vec![Outdated::mentions(user_id, old)],
            Step::DirectMessages => match names_of_direct_messages(rename) {
                names if names.is_empty() => Vec::new(),
                names => vec![Outdated::direct_messages(old, &names)],
            },
            Step::GroupDirectMessages => vec![Outdated::group_direct_messages(user_id)],
            Step::VideoConferences => {
                vec![Outdated::conferences(user_id, new, name_in_conferences(rename))]
            }
            _ => self
                .replacements(user_id, rename)
                .into_iter()
                .map(|replacement| replacement.outdated)
                .collect(),
        }
    }

    /// Does the step, and returns how many documents were changed. Doing it again changes nothing more.
    ///
    /// `known`: the ids of what [`Step::outdated`] means, if they are known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(
        self,
        store: &Store,
        user_id: &str,
        rename: &Rename,
        known: Option<&[Vec<Bson>]>,
    ) -> Result<u64, StoreError> {
        if known.is_some_and(|known| known.iter().all(Vec::is_empty)) {
            return Ok(0);
        }
        let (old, new) = (rename.old_username.as_str(), rename.username.as_str());
        let known_at = |number: usize| known.and_then(|known| known.get(number)).map(Vec::as_slice);
        match self {
            Step::Avatar => store.rename_avatar(user_id, old, new).await,
            Step::Mentions => {
                let rewrite = |message: &Mentioning| {
                    mentions::rewrite(message.text.as_deref()?, old, new, &message.mentioned)
                };
                store.rename_mentioned(user_id, old, new, known_at(0), &rewrite).await
            }
            Step::DirectMessages => {
                let names = names_of_direct_messages(rename);
                if names.is_empty() {
                    return Ok(0);
                }
                Ok(store.rename_direct_messages(user_id, old, &names).await?
                    + store.rename_left_direct_messages(user_id, old, &names).await?)
            }
            Step::GroupDirectMessages => name_groups_of(store, user_id).await,
            Step::VideoConferences => {
                store.rename_in_conferences(user_id, new, name_in_conferences(rename), known_at(0)).await
            }
            _ => {
                let mut changed = 0;
                for (number, replacement) in self.replacements(user_id, rename).iter().enumerate() {
                    changed += store.replace_outdated(replacement, known_at(number)).await?;
                }
                Ok(changed)
            }
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
            changed += step.run(store, user_id, &rename, None).await?;
        }
    }
    Ok(changed)
}

/// `name` and `fname` of the direct messages of two that are called after the user.
pub fn names_of_direct_messages(rename: &Rename) -> Document {
    let mut names = Document::new();
    if rename.username_changed() {
        names.insert("name", &rename.username);
    }
    if let Some(name) = rename.name.as_deref().filter(|_| rename.name_sent) {
        names.insert("fname", name);
    }
    names
}

/// A name that was removed is written as an empty one.
pub fn name_in_conferences(rename: &Rename) -> Option<&str> {
    rename.name.as_deref().or(rename.name_sent.then_some(""))
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
