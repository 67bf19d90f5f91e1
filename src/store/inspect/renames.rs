//! Renames that did not reach all the places where a username is written. Source: `spec/side-effects.md` 2.2.

use super::{count, text};
use crate::store::users::USERS;
use crate::store::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const MESSAGES: &str = "rocketchat_message";
const ROOMS: &str = "rocketchat_room";
const SUBSCRIPTIONS: &str = "rocketchat_subscription";
const AGENTS: &str = "rocketchat_livechat_department_agents";

/// Where a username is written beside the id of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    MessageAuthor,
    MessageEditor,
    RoomCreator,
    Subscription,
    /// The other person's subscription to direct messages of two, which is called after the user.
    PeerSubscription,
    LivechatAgent,
}

impl Place {
    const ALL: [Place; 6] = [
        Place::MessageAuthor,
        Place::MessageEditor,
        Place::RoomCreator,
        Place::Subscription,
        Place::PeerSubscription,
        Place::LivechatAgent,
    ];

    #[must_use]
    pub fn collection(self) -> &'static str {
        match self {
            Place::MessageAuthor | Place::MessageEditor => MESSAGES,
            Place::RoomCreator => ROOMS,
            Place::Subscription | Place::PeerSubscription => SUBSCRIPTIONS,
            Place::LivechatAgent => AGENTS,
        }
    }

    /// The path of the username.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Place::MessageAuthor | Place::RoomCreator | Place::Subscription => "u.username",
            Place::MessageEditor => "editedBy.username",
            Place::PeerSubscription => "name",
            Place::LivechatAgent => "username",
        }
    }

    /// The id of the user who is meant, as an expression.
    fn user_id(self) -> Bson {
        match self {
            Place::MessageAuthor | Place::RoomCreator | Place::Subscription => "$u._id".into(),
            Place::MessageEditor => "$editedBy._id".into(),
            Place::PeerSubscription => peer().into(),
            Place::LivechatAgent => "$agentId".into(),
        }
    }
}

/// So many documents carry another username than the user's present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub username: String,
    pub place: Place,
    pub documents: u64,
}

/// A user whose present username has not reached all places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfRenamed {
    pub user_id: String,
    pub username: String,
    pub name: Option<String>,
    /// By place, then by old username.
    pub traces: Vec<Trace>,
    /// The old usernames that belong to somebody else by now: what carries them need not be this user's.
    pub reused: BTreeSet<String>,
    /// The rename waits in the outbox or is being carried out: nothing is wrong.
    pub in_progress: bool,
}

impl HalfRenamed {
    /// All usernames that are still found and are not the present one.
    #[must_use]
    pub fn old_usernames(&self) -> BTreeSet<&str> {
        self.traces.iter().map(|trace| trace.username.as_str()).collect()
    }
}

impl Store {
    /// The users of whom an old username is still found beside their id, by id. Reads each of four collections once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn half_renamed_users(&self) -> Result<Vec<HalfRenamed>, StoreError> {
        // Looked up before and after: a rename may begin or end meanwhile.
        let mut in_progress = self.users_being_renamed().await?;
        let mut users: BTreeMap<String, HalfRenamed> = BTreeMap::new();
        for collection in [MESSAGES, ROOMS, SUBSCRIPTIONS, AGENTS] {
            for found in self.inspected(collection, other_usernames(collection)).await? {
                collect(&found, &mut users);
            }
        }
        if users.is_empty() {
            return Ok(Vec::new());
        }
        in_progress.extend(self.users_being_renamed().await?);
        let held = self.held_usernames(&users).await?;
        let mut users: Vec<HalfRenamed> = users.into_values().collect();
        for user in &mut users {
            user.traces.sort_by(|a, b| (a.place, &a.username).cmp(&(b.place, &b.username)));
            user.in_progress = in_progress.contains(&user.user_id);
            user.reused = user
                .old_usernames()
                .into_iter()
                .filter(|old| held.contains(*old))
                .map(str::to_owned)
                .collect();
        }
        Ok(users)
    }

    /// Which of the old usernames are somebody's present one.
    async fn held_usernames(
        &self,
        users: &BTreeMap<String, HalfRenamed>,
    ) -> Result<HashSet<String>, StoreError> {
        let old: BTreeSet<&str> = users.values().flat_map(HalfRenamed::old_usernames).collect();
        let old: Vec<&str> = old.into_iter().collect();
        let mut held = HashSet::new();
        // A command has a bounded size.
        for some in old.chunks(1000) {
            let users = self
                .collection(USERS)
                .find(doc! {"username": {"$in": some}})
                .projection(doc! {"username": 1})
                .await?;
            let users: Vec<Document> = users.try_collect().await?;
            held.extend(users.iter().filter_map(|user| text(user, "username")));
        }
        Ok(held)
    }
}

/// Counts, in one pass over the collection, the usernames that are not those of the users with the ids beside them.
/// Users who are gone or have no username are left out: Rocket.Chat keeps what they wrote.
fn other_usernames(collection: &str) -> Vec<Document> {
    let places = Place::ALL.into_iter().filter(|place| place.collection() == collection);
    let written: Vec<Document> = places
        .map(|place| {
            doc! {"path": place.path(), "id": place.user_id(), "username": format!("${}", place.path())}
        })
        .collect();
    vec![
        doc! {"$project": {"written": written}},
        doc! {"$unwind": "$written"},
        doc! {"$match": {"written.id": {"$type": "string"}, "written.username": {"$type": "string"}}},
        // From here on there are few documents, hardly more than users.
        doc! {"$group": {"_id": "$written", "documents": {"$sum": 1}}},
        doc! {"$lookup": {
            "from": USERS,
            "let": {"id": "$_id.id"},
            "pipeline": [
                {"$match": {"$expr": {"$eq": ["$_id", "$$id"]}}},
                {"$project": {"username": 1, "name": 1}},
            ],
            "as": "user",
        }},
        doc! {"$unwind": "$user"},
        doc! {"$match": {
            "user.username": {"$type": "string"},
            "$expr": {"$ne": ["$_id.username", "$user.username"]},
        }},
        doc! {"$set": {"collection": collection}},
    ]
}

/// Whose direct messages a subscription to those of two shows: the room's id is both users' ids, one behind the other.
fn peer() -> Document {
    let (room, own) = ("$rid", "$u._id");
    let own_length = || doc! {"$strLenCP": own};
    let is_text = |path: &str| doc! {"$eq": [{"$type": path}, "string"]};
    let of_two = doc! {"$and": [{"$eq": ["$t", "d"]}, is_text(room), is_text(own)]};
    let cut = doc! {"$switch": {
        "branches": [
            {"case": {"$lte": ["$$rest", 0]}, "then": Bson::Null},
            {
                "case": {"$eq": [{"$substrCP": [room, 0, own_length()]}, own]},
                "then": {"$substrCP": [room, own_length(), "$$rest"]},
            },
            {
                "case": {"$eq": [{"$substrCP": [room, "$$rest", own_length()]}, own]},
                "then": {"$substrCP": [room, 0, "$$rest"]},
            },
        ],
        "default": Bson::Null,
    }};
    let rest = doc! {"$subtract": [{"$strLenCP": room}, own_length()]};
    doc! {"$cond": [of_two, {"$let": {"vars": {"rest": rest}, "in": cut}}, Bson::Null]}
}

fn collect(found: &Document, users: &mut BTreeMap<String, HalfRenamed>) {
    let (Ok(key), Ok(user)) = (found.get_document("_id"), found.get_document("user")) else { return };
    let is_there = |place: &Place| {
        found.get_str("collection").is_ok_and(|collection| collection == place.collection())
            && key.get_str("path").is_ok_and(|path| path == place.path())
    };
    let place = Place::ALL.into_iter().find(is_there);
    let (Some(place), Some(user_id), Some(old)) = (place, text(key, "id"), text(key, "username")) else {
        return;
    };
    let entry = users.entry(user_id.clone()).or_insert_with(|| HalfRenamed {
        user_id,
        username: text(user, "username").unwrap_or_default(),
        name: text(user, "name"),
        traces: Vec::new(),
        reused: BTreeSet::new(),
        in_progress: false,
    });
    entry.traces.push(Trace { username: old, place, documents: count(found, "documents") });
}
