//! Rooms, who is in them, and what was written there.

use std::collections::BTreeMap;

use mongodb::bson::{Array, DateTime, Document, doc};

use super::credentials::meteor_id;
use super::people::Person;

type People = BTreeMap<&'static str, Person>;

/// One room with its members, by handle.
pub(super) struct Room {
    pub id: String,
    /// The room type of Rocket.Chat: `c` channel, `p` private group, `d` direct messages.
    kind: &'static str,
    name: Option<&'static str>,
    pub owner: &'static str,
    members: &'static [&'static str],
    muted: &'static [&'static str],
}

/// A channel for (nearly) everybody, a private group, direct messages of two and one of four.
pub(super) fn all(people: &People) -> Vec<Room> {
    let named = |id: &str, kind, name, owner, members, muted| Room {
        id: id.to_owned(),
        kind,
        name: Some(name),
        owner,
        members,
        muted,
    };
    let direct = |members: &'static [&'static str]| {
        let mut ids: Vec<&str> = members.iter().map(|handle| people[handle].id.as_str()).collect();
        ids.sort_unstable();
        // Rocket.Chat names the room of two after both, a larger one like any other document.
        let id = if ids.len() == 2 { ids.concat() } else { meteor_id(&ids.concat()) };
        Room { id, kind: "d", name: None, owner: members[0], members, muted: &[] }
    };
    vec![
        named(
            "GENERAL",
            "c",
            "general",
            "admin",
            &["plain", "admin", "legacy", "agent", "oauth", "bot"],
            &["bot"],
        ),
        named("siyr2oWQJBjQjhLwr", "p", "team", "plain", &["plain", "admin", "agent"], &["plain"]),
        direct(&["plain", "admin"]),
        direct(&["plain", "legacy"]),
        direct(&["agent", "plain"]),
        direct(&["admin", "agent"]),
        direct(&["plain", "admin", "legacy", "agent"]),
    ]
}

impl Room {
    pub(super) fn has(&self, handle: &str) -> bool {
        self.members.contains(&handle)
    }

    pub(super) fn document(&self, people: &People, messages: &[Document]) -> Document {
        let written = messages.iter().filter(|message| message.get_str("rid").is_ok_and(|id| id == self.id));
        let mut room = doc! { "_id": self.id.as_str(), "t": self.kind };
        if let Some(name) = self.name {
            room.extend(doc! { "name": name, "fname": name });
        } else {
            let members = || self.members.iter().map(|handle| &people[handle]);
            room.insert("usernames", members().map(|person| username(person).into()).collect::<Array>());
            room.insert("uids", members().map(|person| person.id.as_str().into()).collect::<Array>());
        }
        room.extend(doc! {
            "u": author(&people[self.owner]),
            "msgs": count(written.count()),
            "usersCount": count(self.members.len()),
            "ts": moment(0),
            "_updatedAt": moment(0),
            "default": self.id == "GENERAL",
            "ro": false,
            "sysMes": true,
        });
        if !self.muted.is_empty() {
            room.insert(
                "muted",
                self.muted.iter().map(|handle| username(&people[handle]).into()).collect::<Array>(),
            );
        }
        room
    }

    fn subscription(&self, person: &Person, people: &People) -> Document {
        let (name, full_name) = match self.name {
            Some(name) => (name.to_owned(), name.to_owned()),
            None => self.title_for(person, people),
        };
        let mut user = author(person);
        user.insert("name", person.name.as_str());
        let mut subscription = doc! {
            "_id": meteor_id(&format!("{} in {}", person.id, self.id)),
            "rid": self.id.as_str(),
            "u": user,
            "t": self.kind,
            "name": name,
            "fname": full_name,
            "open": true,
            "alert": false,
            "unread": 0,
            "userMentions": 0,
            "groupMentions": 0,
            "ts": moment(0),
            "ls": moment(60),
            "_updatedAt": moment(60),
        };
        if self.kind != "d" && self.owner == person.handle {
            subscription.insert("roles", ["owner"]);
        }
        subscription
    }

    /// Direct messages are called after the others in them.
    fn title_for(&self, person: &Person, people: &People) -> (String, String) {
        let mut others: Vec<&Person> = self
            .members
            .iter()
            .filter(|handle| **handle != person.handle)
            .map(|handle| &people[handle])
            .collect();
        others.sort_by_key(|other| other.name.to_lowercase());
        let usernames: Vec<&str> = others.iter().map(|other| username(other)).collect();
        let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
        (usernames.join(","), names.join(", "))
    }
}

pub(super) fn subscriptions(rooms: &[Room], people: &People) -> Vec<Document> {
    let in_room = |room| members_of(room, people).map(move |person| Room::subscription(room, person, people));
    rooms.iter().flat_map(in_room).collect()
}

fn members_of<'a>(room: &'a Room, people: &'a People) -> impl Iterator<Item = &'a Person> {
    room.members.iter().map(|handle| &people[handle])
}

/// A few by and about `plain`, among those of others.
pub(super) fn messages(rooms: &[Room], people: &People) -> Vec<Document> {
    let general = &rooms[0];
    let group = &rooms[1];
    let direct = &rooms[2];
    let of_four = &rooms[6];
    let mut messages = vec![
        message(general, "admin", "Welcome to the workspace", &[], people),
        message(general, "plain", "Good morning", &[], people),
        message(general, "admin", "@plain please have a look, and @agent too", &["plain", "agent"], people),
        message(general, "agent", "@plain @plain.", &["plain"], people),
        message(general, "legacy", "@plain is not @plainer", &["plain"], people),
        message(group, "plain", "Notes of @admin are in the wiki", &["admin"], people),
        message(direct, "plain", "Only for the two of us", &[], people),
        message(direct, "admin", "@plain noted", &["plain"], people),
        message(of_four, "legacy", "All four of us", &[], people),
    ];
    let corrected = messages.last_mut().expect("there are messages");
    corrected.insert("editedAt", moment(30));
    corrected.insert("editedBy", author(&people["plain"]));
    for (message, minute) in messages.iter_mut().zip(1..) {
        message.insert("_id", meteor_id(&format!("message {minute}")));
        message.insert("ts", moment(minute));
        message.insert("_updatedAt", moment(minute));
    }
    messages
}

fn message(room: &Room, sender: &str, text: &str, mentioned: &[&str], people: &People) -> Document {
    let sender = &people[sender];
    let mut user = author(sender);
    user.insert("name", sender.name.as_str());
    let mentions: Array = mentioned
        .iter()
        .map(|handle| {
            let person = &people[handle];
            let mut mention = author(person);
            mention.extend(doc! { "name": person.name.as_str(), "type": "user" });
            mention.into()
        })
        .collect();
    let parsed = doc! { "type": "PARAGRAPH", "value": [{ "type": "PLAIN_TEXT", "value": text }] };
    doc! {
        "_id": "",
        "rid": room.id.as_str(),
        "msg": text,
        "ts": moment(0),
        "u": user,
        "_updatedAt": moment(0),
        "urls": [],
        "mentions": mentions,
        "channels": [],
        "md": [parsed],
    }
}

/// An uploaded picture, which is found by the username.
pub(super) fn avatar(person: &Person) -> Document {
    doc! {
        "_id": meteor_id("avatar of plain"),
        "name": username(person),
        "userId": person.id.as_str(),
        "store": "GridFS:Avatars",
        "complete": true,
        "type": "image/png",
        "size": 1024,
        "etag": "kJx2qLkD4bNhWcXea",
        "_updatedAt": moment(0),
    }
}

fn count(things: usize) -> i32 {
    i32::try_from(things).expect("a small workspace")
}

fn author(person: &Person) -> Document {
    doc! { "_id": person.id.as_str(), "username": username(person) }
}

fn username(person: &Person) -> &str {
    person.username.as_deref().expect("members of rooms have a username")
}

/// Minutes after the workspace's first day began.
fn moment(minute: i64) -> DateTime {
    const FIRST_DAY: i64 = 1_700_000_000_000;
    DateTime::from_millis(FIRST_DAY + minute * 60_000)
}
