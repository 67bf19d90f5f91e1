//! `rocketchat_invites`: the room to which somebody was invited before they had a username, and what joining it writes.
//! Source: `docs/behaviour/side-effects.md` section 2.6.

use super::messages::MESSAGES;
use super::own_subscriptions::NOTIFICATIONS;
use super::rooms::ROOMS;
use super::subscriptions::SUBSCRIPTIONS;
use super::users::USERS;
use super::{Store, StoreError};
use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use mongodb::ClientSession;
use mongodb::error::Error;

const INVITES: &str = "rocketchat_invites";

/// What of a room its subscriptions repeat, in their order.
const REPEATED: [&str; 3] = ["name", "fname", "customFields"];

/// A room that an invited user joins without anybody's help.
#[derive(Debug, Clone, PartialEq)]
pub struct InvitedRoom(Document);

/// A user with a first username joins the room of their invitation.
#[derive(Debug, Clone)]
pub struct Joining {
    pub room: InvitedRoom,
    pub username: String,
    pub name: Option<String>,
    /// `Message_Read_Receipt_Enabled`: a new message counts as unread.
    pub has_read_receipts: bool,
}

impl Store {
    /// The room of the invitation. `None`: there is none, or joining it needs more than is written here, as in teams and
    /// federated rooms.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn invited_room(&self, invitation: &str) -> Result<Option<InvitedRoom>, StoreError> {
        let invites = self.collection(INVITES);
        let invitation = invites.find_one(doc! {"_id": invitation}).projection(doc! {"rid": 1}).await?;
        let Some(room_id) = invitation.and_then(|found| found.get_str("rid").ok().map(str::to_owned)) else {
            return Ok(None);
        };
        let rooms = self.collection(ROOMS);
        let is_counted =
            |field: &str| doc! {"$or": [{field: {"$type": "number"}}, {field: {"$exists": false}}]};
        let room = rooms.find_one(doc! {
            "_id": room_id, "t": {"$in": ["c", "p"]},
            "federated": {"$ne": true}, "teamMain": {"$ne": true}, "abacAttributes": null,
            // A count that cannot be raised must not cost the user the name.
            "$and": [is_counted("usersCount"), is_counted("msgs")],
        });
        let projection = doc! {"name": 1, "fname": 1, "customFields": 1, "t": 1, "prid": 1};
        Ok(room.projection(projection).await?.map(InvitedRoom))
    }

    /// Makes the user a member, as part of the transaction that sets the username. Nothing is written where they are one
    /// already, or where the room is gone.
    pub(super) async fn join(
        &self,
        joining: &Joining,
        user_id: &str,
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), Error> {
        let room_id = joining.room.0.get_str("_id").unwrap_or_default();
        let subscriptions = self.collection(SUBSCRIPTIONS);
        let own = doc! {"rid": room_id, "u._id": user_id};
        if subscriptions.find_one(own).projection(doc! {"_id": 1}).session(&mut *session).await?.is_some() {
            return Ok(());
        }
        let counted = doc! {"$inc": {"usersCount": 1, "msgs": 1}, "$set": {"_updatedAt": now}};
        let rooms = self.collection(ROOMS);
        let room = rooms.update_one(doc! {"_id": room_id}, counted).session(&mut *session).await?;
        if room.matched_count == 0 {
            return Ok(());
        }
        let users = self.collection(USERS);
        let preferences = users.find_one(doc! {"_id": user_id}).projection(doc! {"settings.preferences": 1});
        let preferences = chosen(preferences.session(&mut *session).await?.unwrap_or_default());
        let subscription = joining.subscription(user_id, preferences, now);
        subscriptions.insert_one(subscription).session(&mut *session).await?;
        // Whoever has no list of rooms gets one; anything else in its place stays as it is.
        let listed =
            doc! {"_id": user_id, "$or": [{"__rooms": {"$exists": false}}, {"__rooms": {"$type": "array"}}]};
        let list = doc! {"$addToSet": {"__rooms": room_id}};
        users.update_one(listed, list).session(&mut *session).await?;
        self.collection(MESSAGES).insert_one(joining.message(user_id, now)).session(session).await?;
        Ok(())
    }
}

impl Joining {
    fn member(&self, user_id: &str) -> Document {
        let mut member = doc! {"_id": user_id, "username": &self.username};
        member.extend(self.name.as_ref().map(|name| ("name".to_owned(), name.into())));
        member
    }

    fn subscription(&self, user_id: &str, preferences: Document, now: DateTime) -> Document {
        let room = &self.room.0;
        let kept = |keys: &[&str]| -> Document {
            let kept = keys.iter().filter_map(|key| Some(((*key).to_owned(), room.get(key)?.clone())));
            kept.collect()
        };
        let mut subscription = doc! {
            "_id": ObjectId::new().to_hex(),
            "open": true, "alert": true, "unread": 1, "userMentions": 1, "groupMentions": 0,
            "ts": now, "rid": room.get("_id"),
        };
        subscription.extend(kept(&REPEATED));
        subscription.extend(kept(&["t"]));
        subscription.insert("u", self.member(user_id));
        subscription.extend(kept(&["prid"]));
        subscription.extend(preferences);
        subscription.insert("_updatedAt", now);
        subscription
    }

    fn message(&self, user_id: &str, now: DateTime) -> Document {
        let kind = if self.room.0.contains_key("prid") { "ut" } else { "uj" };
        let mut message = doc! {
            "_id": ObjectId::new().to_hex(), "t": kind, "rid": self.room.0.get("_id"), "ts": now,
            "msg": &self.username, "u": self.member(user_id), "groupable": false,
        };
        if self.has_read_receipts {
            message.insert("unread", true);
        }
        message.insert("_updatedAt", now);
        message
    }
}

/// What the user has chosen, as a subscription keeps it.
fn chosen(mut user: Document) -> Document {
    let mut chosen = Document::new();
    let preferences = user.get_document_mut("settings").and_then(|all| all.get_document_mut("preferences"));
    let Ok(preferences) = preferences else { return chosen };
    if let Some(Bson::Array(words)) = preferences.remove("highlights")
        && !words.is_empty()
    {
        chosen.insert("userHighlights", words);
    }
    for (preference, field, origin) in NOTIFICATIONS {
        match preferences.remove(preference) {
            Some(Bson::String(choice)) if !choice.is_empty() && choice != "default" => {
                chosen.insert(field, choice);
                chosen.insert(origin, "user");
            }
            _ => {}
        }
    }
    chosen
}
