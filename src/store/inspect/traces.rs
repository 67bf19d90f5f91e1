//! The places where a username is written beside the id of its user, and the pipeline that finds other usernames there.
//! Source: `docs/behaviour/side-effects.md` 2.2.

use crate::store::users::USERS;
use bson::{Bson, Document, doc};

const MESSAGES: &str = "rocketchat_message";
const ROOMS: &str = "rocketchat_room";
const SUBSCRIPTIONS: &str = "rocketchat_subscription";
const AGENTS: &str = "rocketchat_livechat_department_agents";

/// Each of them is read once.
pub(super) const COLLECTIONS: [&str; 4] = [MESSAGES, ROOMS, SUBSCRIPTIONS, AGENTS];

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

    pub(super) fn find(collection: &str, path: &str) -> Option<Place> {
        Place::ALL.into_iter().find(|place| place.collection() == collection && place.path() == path)
    }

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

/// Counts, in one pass over the collection, the usernames that are not those of the users with the ids beside them.
/// Users who are gone or have no username are left out: Rocket.Chat keeps what they wrote.
pub(super) fn other_usernames(collection: &str) -> Vec<Document> {
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

/// The other member of the direct message of two that a subscription belongs to: the room's id is both users' ids, one
/// after the other.
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
