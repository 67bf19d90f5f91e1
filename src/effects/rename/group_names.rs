//! What direct messages of more than two are called: after the others in them. Source: `docs/behaviour/side-effects.md` 2.2 B4.

use bson::Document;
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use std::collections::HashMap;

/// A user as others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub username: String,
    pub name: Option<String>,
}

impl Member {
    /// By id, from documents with `username` and `name`.
    #[must_use]
    pub fn by_id(users: &[Document]) -> HashMap<String, Member> {
        let text = |user: &Document, key| user.get_str(key).ok().map(str::to_owned);
        let member = |user: &Document| Member {
            username: text(user, "username").unwrap_or_default(),
            name: text(user, "name").filter(|name| !name.is_empty()),
        };
        users.iter().filter_map(|user| Some((text(user, "_id")?, member(user)))).collect()
    }

    fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.username)
    }
}

/// Orders names as JavaScript's `localeCompare` does.
pub struct Order(CollatorBorrowed<'static>);

impl Order {
    /// `None` when the collation data that is built in cannot be used.
    #[must_use]
    pub fn new() -> Option<Order> {
        // The data of the root locale, which English shares.
        Collator::try_new(Default::default(), CollatorOptions::default()).ok().map(Order)
    }

    /// The members of a room, in the order of their names, without those who no longer exist.
    #[must_use]
    pub fn sort<'a>(
        &self,
        ids: &'a [String],
        members: &'a HashMap<String, Member>,
    ) -> Vec<(&'a str, &'a Member)> {
        let mut sorted: Vec<(&str, &Member)> =
            ids.iter().filter_map(|id| Some((id.as_str(), members.get(id)?))).collect();
        sorted.sort_by(|(_, a), (_, b)| self.0.compare(a.shown(), b.shown()));
        sorted
    }
}

/// `name` and `fname` of the owner's subscription.
#[must_use]
pub fn names_for(owner: &str, sorted: &[(&str, &Member)]) -> (String, String) {
    let others = || sorted.iter().filter(|(id, _)| *id != owner).map(|(_, member)| member);
    let usernames: Vec<&str> = others().map(|member| member.username.as_str()).collect();
    let shown: Vec<&str> = others().map(|member| member.shown()).collect();
    (usernames.join(","), shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(names: &[(&str, Option<&str>)]) -> HashMap<String, Member> {
        let member = |(username, name): &(&str, Option<&str>)| {
            let member = Member { username: (*username).to_owned(), name: name.map(str::to_owned) };
            (format!("id of {username}"), member)
        };
        names.iter().map(member).collect()
    }

    fn names(owner: &str, members: &HashMap<String, Member>, ids: &[&str]) -> (String, String) {
        let ids: Vec<String> = ids.iter().map(|id| format!("id of {id}")).collect();
        let order = Order::new().expect("built-in data");
        names_for(&format!("id of {owner}"), &order.sort(&ids, members))
    }

    #[test]
    fn a_group_is_called_after_the_others_in_the_order_of_their_names() {
        let members =
            members(&[("zed", Some("Äpfel")), ("ann", Some("zoo")), ("Bob", None), ("me", Some("apple"))]);
        let (name, full_name) = names("me", &members, &["ann", "Bob", "zed", "me", "gone"]);
        assert_eq!((name.as_str(), full_name.as_str()), ("zed,Bob,ann", "Äpfel, Bob, zoo"));
    }

    /// As Node.js orders them with its default locale.
    #[test]
    fn names_are_ordered_as_people_expect_and_not_by_bytes() {
        let shown = [
            "résumé", "Résumé", "resume", "Resume", "_x", "1a", "10", "2", "a b", "ab", "a-b", "Z", "ä", "z",
            "é",
        ];
        let list: Vec<(&str, Option<&str>)> = shown.iter().map(|name| (*name, None)).collect();
        let (name, _) = names("nobody", &members(&list), &shown);
        assert_eq!(name, "_x,10,1a,2,ä,a b,a-b,ab,é,resume,Resume,résumé,Résumé,z,Z");
    }
}
