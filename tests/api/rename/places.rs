//! A workspace of traces: everything in which Rocket.Chat repeats users' names, and everything in which it leaves the old
//! ones. Its documents are a function of the names of now and of then, so what a rename must leave is simply
//! the documents of the new names.

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::{Database, bson};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;

/// A user's names at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub username: String,
    pub name: String,
}

/// By user, in the order of [`Places::users`].
pub type Everybody = Vec<Names>;

type Collections = BTreeMap<&'static str, Vec<Document>>;

pub const COLLECTIONS: [&str; 7] = [
    "rocketchat_avatars",
    "rocketchat_message",
    "rocketchat_room",
    "rocketchat_subscription",
    "rocketchat_livechat_department_agents",
    "rocketchat_video_conference",
    "rocketchat_call_history",
];

/// Words of a message: one is a user's mention, by number; the others stay as they are.
enum Word {
    Plain(&'static str),
    Mention(usize),
    /// Only begins like a mention of that user.
    Lookalike(usize),
}

struct Message {
    author: usize,
    editor: Option<usize>,
    words: Vec<Word>,
}

/// Who is where. Users by their number in `users`.
pub struct Places {
    /// Ids.
    pub users: Vec<String>,
    messages: Vec<Message>,
    /// Members and the muted one of each channel; the first made it.
    channels: Vec<(Vec<usize>, Option<usize>)>,
    pairs: Vec<(usize, usize)>,
    groups: Vec<Vec<usize>>,
    agents: Vec<usize>,
    conferences: Vec<Vec<usize>>,
    calls: Vec<(usize, usize)>,
    /// Whether the version's renames reach the call history.
    pub renames_calls: bool,
}

impl Places {
    /// Places for these users, with about so many messages, made from a seed.
    pub fn new(seed: u64, users: Vec<String>, messages: usize) -> Places {
        let mut random = StdRng::seed_from_u64(seed);
        let all: Vec<usize> = (0..users.len()).collect();
        let mut some = |least: usize| {
            let mut chosen = all.clone();
            chosen.shuffle(&mut random);
            chosen.truncate(random.random_range(least..=all.len()));
            chosen
        };
        let channels: Vec<_> =
            (0..6).map(|_| some(1)).map(|members| (members.clone(), members.last().copied())).collect();
        let groups = (0..6).map(|_| some(3)).collect();
        let conferences = (0..4).map(|_| some(1)).collect();
        let agents = some(1);
        let mut calls: Vec<_> = (0..4).map(|_| some(2)).map(|two| (two[0], two[1])).collect();
        calls.dedup();
        let pairs = all.iter().flat_map(|one| all[*one..].iter().map(|other| (*one, *other))).collect();
        let messages = (0..messages)
            .map(|_| {
                let someone = |random: &mut StdRng| *all.choose(random).expect("users");
                let words = (0..random.random_range(1..5))
                    .map(|_| match random.random_range(0..10) {
                        0 | 1 => Word::Mention(someone(&mut random)),
                        2 => Word::Lookalike(someone(&mut random)),
                        3 => Word::Plain("@all"),
                        _ => Word::Plain("word"),
                    })
                    .collect();
                Message {
                    author: someone(&mut random),
                    editor: random.random_bool(0.2).then(|| someone(&mut random)),
                    words,
                }
            })
            .collect();
        Places { users, messages, channels, pairs, groups, agents, conferences, calls, renames_calls: true }
    }

    /// All documents, where `now` holds what a rename reaches and `then` what it leaves.
    pub fn documents(&self, now: &Everybody, then: &Everybody) -> Collections {
        let all = [
            self.avatars(now),
            self.messages(now, then),
            self.rooms(now, then),
            self.subscriptions(now, then),
            self.agents(now),
            self.conferences(now),
            self.calls(if self.renames_calls { now } else { then }),
        ];
        COLLECTIONS.into_iter().zip(all).collect()
    }

    /// Fills the collections with these documents and no others.
    pub async fn write(&self, database: &Database, names: &Everybody) {
        for (collection, documents) in self.documents(names, names) {
            let collection = database.collection::<Document>(collection);
            collection.delete_many(doc! {}).await.expect("emptied");
            let documents: Vec<Document> = documents.into_iter().map(without_notes).collect();
            for documents in documents.chunks(1000) {
                collection.insert_many(documents).await.expect("inserted");
            }
        }
    }

    /// Gives the users these names in their own documents.
    pub async fn name_users(&self, database: &Database, names: &Everybody) {
        for (id, names) in self.users.iter().zip(names) {
            let update = doc! {"$set": {"name": &names.name, "username": &names.username}};
            let users = database.collection::<Document>("users");
            users.update_one(doc! {"_id": id}, update).await.expect("named");
        }
    }

    /// Every place has the names that it must have.
    pub async fn check(&self, database: &Database, now: &Everybody, then: &Everybody) {
        for (collection, expected) in self.documents(now, then) {
            let found = database.collection::<Document>(collection).find(doc! {}).await.expect("found");
            let found: Vec<Document> = found.try_collect().await.expect("documents");
            let by_id = |documents: Vec<Document>| -> BTreeMap<String, Document> {
                let key = |document: &Document| document.get_str("_id").expect("an id").to_owned();
                documents.into_iter().map(|document| (key(&document), comparable(document))).collect()
            };
            let (mut found, expected) = (by_id(found), by_id(expected));
            for (id, mut expected) in expected {
                let found = found.remove(&id).unwrap_or_else(|| panic!("{collection}: {id} is gone"));
                // Clients parse the text anew where a mention was rewritten.
                if expected.remove("mentioning") == Some(true.into()) && !found.contains_key("md") {
                    expected.remove("md");
                }
                assert_eq!(found, expected, "{collection}: {id}");
            }
            assert!(found.is_empty(), "{collection}: {found:?}");
        }
    }

    fn user(&self, user: usize, names: &Everybody) -> Document {
        doc! {"_id": &self.users[user], "username": &names[user].username}
    }

    fn avatars(&self, now: &Everybody) -> Vec<Document> {
        let avatar = |(user, id): (usize, &String)| {
            doc! {"_id": format!("avatar of {id}"), "name": &now[user].username, "userId": id, "etag": "abc"}
        };
        self.users.iter().enumerate().step_by(2).map(|(user, id)| avatar((user, id))).collect()
    }

    fn messages(&self, now: &Everybody, then: &Everybody) -> Vec<Document> {
        let message = |(number, message): (usize, &Message)| {
            let text: Vec<String> = message
                .words
                .iter()
                .map(|word| match word {
                    Word::Plain(word) => (*word).to_owned(),
                    Word::Mention(user) => format!("@{}", now[*user].username),
                    Word::Lookalike(user) => format!("@{}x x@{0}", then[*user].username),
                })
                .collect();
            let mut mentioned: Vec<usize> = message
                .words
                .iter()
                .filter_map(|word| if let Word::Mention(user) = word { Some(*user) } else { None })
                .collect();
            mentioned.sort_unstable();
            mentioned.dedup();
            let mention = |user: &usize| {
                let mut mention = self.user(*user, now);
                mention.extend(doc! {"name": &then[*user].name, "type": "user"});
                Bson::from(mention)
            };
            let mut author = self.user(message.author, now);
            author.insert("name", &then[message.author].name);
            let mut document = doc! {
                "_id": format!("message {number:06}"), "rid": "GENERAL", "ts": DateTime::from_millis(0),
                "msg": text.join(" "), "u": author, "mentions": mentioned.iter().map(mention).collect::<Vec<_>>(),
                "md": [{"type": "PARAGRAPH"}],
                "reactions": {":+1:": {"usernames": [&then[message.author].username]}},
                "attachments": [{"author_name": &then[message.author].username, "text": "quoted"}],
                "mentioning": !mentioned.is_empty(),
            };
            if let Some(editor) = message.editor {
                document.insert("editedBy", self.user(editor, now));
            }
            document
        };
        self.messages.iter().enumerate().map(message).collect()
    }

    fn rooms(&self, now: &Everybody, then: &Everybody) -> Vec<Document> {
        let mut rooms = Vec::new();
        for (number, (members, muted)) in self.channels.iter().enumerate() {
            rooms.push(doc! {
                "_id": format!("channel {number}"), "t": "c", "name": &then[members[0]].username,
                "u": self.user(members[0], now),
                "muted": muted.iter().map(|user| now[*user].username.as_str()).collect::<Vec<_>>(),
                "lastMessage": {"u": self.user(members[0], then)},
            });
        }
        for (id, members) in self.direct_rooms() {
            rooms.push(doc! {
                "_id": id, "t": "d",
                "usernames": members.iter().map(|user| now[*user].username.as_str()).collect::<Vec<_>>(),
                "uids": members.iter().map(|user| self.users[*user].as_str()).collect::<Vec<_>>(),
                "usersCount": i32::try_from(members.len()).expect("few"),
                "u": self.user(members[0], now),
            });
        }
        rooms
    }

    /// Ids and members: of two, with oneself, and of more.
    fn direct_rooms(&self) -> Vec<(String, Vec<usize>)> {
        let pairs = self.pairs.iter().map(|(one, other)| {
            let mut ids = [self.users[*one].as_str(), self.users[*other].as_str()];
            ids.sort_unstable();
            (ids.concat(), if one == other { vec![*one] } else { vec![*one, *other] })
        });
        let groups = self.groups.iter().enumerate();
        pairs.chain(groups.map(|(number, members)| (format!("group {number}"), members.clone()))).collect()
    }

    fn subscriptions(&self, now: &Everybody, then: &Everybody) -> Vec<Document> {
        let subscription = |room: &str, kind: &str, user: usize, name: String, fname: String| {
            let mut who = self.user(user, now);
            who.insert("name", &then[user].name);
            doc! {"_id": format!("{user} in {room}"), "rid": room, "t": kind, "u": who, "name": name, "fname": fname}
        };
        let mut subscriptions = Vec::new();
        for (number, (members, _)) in self.channels.iter().enumerate() {
            let name = &then[members[0]].username;
            let of = |user| subscription(&format!("channel {number}"), "c", user, name.clone(), name.clone());
            subscriptions.extend(members.iter().map(|user| of(*user)));
        }
        for (room, members) in self.direct_rooms() {
            for user in members.iter().filter(|user| !has_left(&members, **user)) {
                let mut others: Vec<&Names> = members
                    .iter()
                    .filter(|other| *other != user || members.len() == 1)
                    .map(|other| &now[*other])
                    .collect();
                // Names are plain ASCII letters of one case: bytes order them as people do.
                others.sort_by(|a, b| a.name.cmp(&b.name));
                let usernames: Vec<&str> = others.iter().map(|other| other.username.as_str()).collect();
                let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
                subscriptions.push(subscription(&room, "d", *user, usernames.join(","), names.join(", ")));
            }
        }
        subscriptions
    }

    fn agents(&self, now: &Everybody) -> Vec<Document> {
        let agent = |user: &usize| {
            let (id, username) = (&self.users[*user], &now[*user].username);
            doc! {"_id": format!("agent {id}"), "agentId": id, "username": username, "departmentId": "sales"}
        };
        self.agents.iter().map(agent).collect()
    }

    fn conferences(&self, now: &Everybody) -> Vec<Document> {
        let who = |user: usize| {
            let mut who = self.user(user, now);
            who.insert("name", &now[user].name);
            who
        };
        let conference = |(number, users): (usize, &Vec<usize>)| {
            let first = users[0];
            let last = users[users.len() - 1];
            doc! {
                "_id": format!("conference {number}"), "type": "videoconference", "rid": "GENERAL",
                "users": users.iter().map(|user| who(*user)).collect::<Vec<_>>(),
                "createdBy": who(first), "endedBy": who(last),
            }
        };
        self.conferences.iter().enumerate().map(conference).collect()
    }

    fn calls(&self, now: &Everybody) -> Vec<Document> {
        let call = |(number, (owner, contact)): (usize, &(usize, usize))| {
            doc! {
                "_id": format!("call {number}"), "uid": &self.users[*owner], "contactId": &self.users[*contact],
                "contactName": &now[*contact].name, "contactUsername": &now[*contact].username, "external": false,
            }
        };
        self.calls.iter().enumerate().map(call).collect()
    }
}

/// Some have no subscription in a direct message of two any more; the room still knows them.
fn has_left(members: &[usize], user: usize) -> bool {
    matches!(members, [one, other] if (one + other) % 3 == 0 && user == *one)
}

/// Without what is only for the check.
fn without_notes(mut document: Document) -> Document {
    document.remove("mentioning");
    document
}

/// Without what a rename may touch or not, and what clients do not see.
fn comparable(mut document: Document) -> Document {
    document.remove("_updatedAt");
    // The order of fields is the same in both, but for those that an update appends.
    let sorted: BTreeMap<String, bson::Bson> = document.into_iter().collect();
    sorted.into_iter().collect()
}
