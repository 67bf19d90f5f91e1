//! `rocketchat_subscription` and what it is joined with: a user's membership in rooms.

use super::batches::{Statement, any_other, setting};
use super::{Outdated, Replacement, Store, StoreError};
use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::ClientSession;

/// Rooms whose subscriptions are read or written together.
const ROOMS_AT_ONCE: usize = 200;

pub(super) const SUBSCRIPTIONS: &str = "rocketchat_subscription";

/// Which subscriptions.
#[derive(Debug, Clone, Copy)]
pub enum Subscriptions<'a> {
    /// All of this user.
    Own(&'a str),
    OwnDirectMessages(&'a str),
    /// Direct messages of two that are called after the user with this name.
    DirectMessagesNamed(&'a str),
    /// Those of all members of these rooms.
    InRooms(&'a [&'a str]),
    WithIds(&'a [Bson]),
}

impl Subscriptions<'_> {
    fn filter(self) -> Document {
        match self {
            Subscriptions::Own(user_id) => doc! {"u._id": user_id},
            Subscriptions::OwnDirectMessages(user_id) => doc! {"u._id": user_id, "t": "d"},
            Subscriptions::DirectMessagesNamed(username) => doc! {"t": "d", "name": username},
            Subscriptions::InRooms(rooms) => doc! {"rid": {"$in": rooms}},
            Subscriptions::WithIds(ids) => doc! {"_id": {"$in": ids}},
        }
    }
}

impl Replacement {
    /// The username in all subscriptions of the user.
    #[must_use]
    pub fn of_subscriber(user_id: &str, new: &str) -> Replacement {
        let others = doc! {"u._id": user_id, "u.username": {"$ne": new}};
        Replacement::new(SUBSCRIPTIONS, others, doc! {"u.username": new}, Vec::new())
    }
}

impl Replacement {
    /// `name` and `fname` of the direct messages of two in these rooms that are called after the user by the old name. The
    /// name may be somebody else's by now: so only in rooms of the user's, and there only the other member's subscription,
    /// unless the user is the only member.
    #[must_use]
    pub fn of_direct_messages(user_id: &str, old: &str, names: &Document, rooms: &[Bson]) -> Replacement {
        let alone = [user_id.to_owned(), user_id.repeat(2)];
        let is_alone = |room: &&Bson| room.as_str().is_some_and(|room| alone.iter().any(|own| own == room));
        let notes: Vec<&Bson> = rooms.iter().filter(is_alone).collect();
        let mut of = vec![doc! {"rid": {"$in": rooms}, "u._id": {"$ne": user_id}}];
        if !notes.is_empty() {
            of.push(doc! {"rid": {"$in": notes}, "u._id": user_id});
        }
        let mut outdated = Outdated::direct_messages(old, names);
        outdated.filter.insert("$and", vec![doc! {"$or": of}]);
        Replacement { outdated, update: setting(names.clone()), array_filters: Vec::new() }
    }
}

impl Outdated {
    /// The rooms of the user's direct messages.
    #[must_use]
    pub fn own_direct_messages(user_id: &str) -> Outdated {
        Outdated::new(SUBSCRIPTIONS, Subscriptions::OwnDirectMessages(user_id).filter()).rooms()
    }

    /// Direct messages that are called after somebody with this username, and have other names than these.
    #[must_use]
    pub fn direct_messages(old: &str, names: &Document) -> Outdated {
        Outdated::new(SUBSCRIPTIONS, doc! {"t": "d", "name": old, "$or": any_other("", names)})
    }
}

impl Store {
    /// Whether the user is a member of any federated room (`docs/behaviour/side-effects.md` 2.1).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_in_a_federated_room(&self, user_id: &str) -> Result<bool, StoreError> {
        let mut rooms = self
            .collection(SUBSCRIPTIONS)
            .aggregate([
                doc! {"$match": {"u._id": user_id}},
                doc! {"$project": {"rid": 1}},
                doc! {"$lookup": {"from": "rocketchat_room", "localField": "rid", "foreignField": "_id", "as": "room"}},
                doc! {"$match": {"room.federated": true}},
                doc! {"$limit": 1},
                doc! {"$project": {"_id": 1}},
            ])
            .await?;
        Ok(rooms.advance().await?)
    }

    /// Replaces `customFields` in the user's own direct-message subscriptions (`docs/behaviour/side-effects.md` 5).
    pub(super) async fn replace_custom_fields(
        &self,
        user_id: &str,
        custom_fields: &Document,
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        self.collection(SUBSCRIPTIONS)
            .update_many(
                doc! {"u._id": user_id, "t": "d"},
                doc! {"$set": {"customFields": custom_fields, "_updatedAt": now}},
            )
            .session(session)
            .await?;
        Ok(())
    }

    /// Sets `name` and `fname` of the direct messages of two that are called after the user by the old name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_direct_messages(
        &self,
        user_id: &str,
        old: &str,
        names: &Document,
    ) -> Result<u64, StoreError> {
        let subscriptions = self.collection(SUBSCRIPTIONS);
        let mut own = subscriptions
            .find(doc! {"u._id": user_id, "t": "d"})
            .projection(doc! {"_id": 0, "rid": 1})
            .await?;
        let mut renamed = 0;
        loop {
            let mut rooms: Vec<Bson> = Vec::new();
            while rooms.len() < ROOMS_AT_ONCE
                && let Some(mut subscription) = own.try_next().await?
            {
                rooms.extend(subscription.remove("rid"));
            }
            if rooms.is_empty() {
                return Ok(renamed);
            }
            let Replacement { outdated, update, .. } =
                Replacement::of_direct_messages(user_id, old, names, &rooms);
            renamed += self.update_all(outdated, update).await?;
        }
    }

    /// The subscriptions of these rooms, as far as they are called after others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn subscriptions_of_rooms(&self, rooms: &[&str]) -> Result<Vec<Document>, StoreError> {
        Ok(self
            .collection(SUBSCRIPTIONS)
            .find(doc! {"rid": {"$in": rooms.to_vec()}})
            .projection(doc! {"rid": 1, "u._id": 1, "name": 1, "fname": 1})
            .await?
            .try_collect()
            .await?)
    }

    /// Gives each of these subscriptions, by its id, its own `name` and `fname`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn name_subscriptions(&self, names: Vec<(Bson, String, String)>) -> Result<u64, StoreError> {
        let statements = names.into_iter().map(|(id, name, full_name)| Statement {
            filter: doc! {"_id": id},
            update: setting(doc! {"name": name, "fname": full_name}),
            array_filters: Vec::new(),
        });
        Ok(self.update_each(SUBSCRIPTIONS, statements.collect()).await?.matched)
    }

    /// Whole subscriptions, to be announced.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn subscriptions(&self, of: Subscriptions<'_>) -> Result<Vec<RawDocumentBuf>, StoreError> {
        let subscriptions = self.raw_collection(SUBSCRIPTIONS);
        Ok(subscriptions.find(of.filter()).await?.try_collect().await?)
    }

    /// The user's subscriptions by kind and name, as far as these fields show them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn memberships(
        &self,
        user_id: &str,
        fields: &[&str],
    ) -> Result<Vec<RawDocumentBuf>, StoreError> {
        let projection: Document = fields.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
        let subscriptions = self.raw_collection(SUBSCRIPTIONS);
        let found = subscriptions.find(doc! {"u._id": user_id}).projection(projection);
        Ok(found.sort(doc! {"t": 1, "name": 1}).await?.try_collect().await?)
    }

    /// The ids of subscriptions.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn subscription_ids(&self, of: Subscriptions<'_>) -> Result<Vec<Bson>, StoreError> {
        self.ids(SUBSCRIPTIONS, of.filter()).await
    }
}
