//! The events that Rocket.Chat's services send each other: names and arguments.

use super::ejson;
use bson::error::Error;
use bson::raw::RawDocumentBuf;
use serde_json::{Map, Value, json};

/// Something that has happened. Objects are EJSON.
#[derive(Debug, Clone)]
pub enum Event {
    /// `watch.users`
    UserUpdated { id: String, diff: Map<String, Value>, unset: Map<String, Value> },
    /// `user.nameChanged`
    NameChanged(Named),
    /// `user.realNameChanged`
    RealNameChanged(Named),
    /// `presence.status`. `user`: id, username, name, roles, and all about the status.
    PresenceStatus { user: Map<String, Value>, previous_status: Option<String> },
    /// `watch.subscriptions`, with the document as it is now.
    SubscriptionUpdated(RawDocumentBuf),
    /// `watch.rooms`, with the document as it is now.
    RoomUpdated(RawDocumentBuf),
}

/// Who has another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub name: Option<String>,
    pub username: Option<String>,
}

impl Event {
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Event::UserUpdated { .. } => "watch.users",
            Event::NameChanged(_) => "user.nameChanged",
            Event::RealNameChanged(_) => "user.realNameChanged",
            Event::PresenceStatus { .. } => "presence.status",
            Event::SubscriptionUpdated(_) => "watch.subscriptions",
            Event::RoomUpdated(_) => "watch.rooms",
        }
    }

    /// The arguments that its listeners get, as an EJSON array.
    ///
    /// # Errors
    /// When a document is broken BSON.
    pub fn arguments(&self) -> Result<Value, Error> {
        let argument = match self {
            Event::UserUpdated { id, diff, unset } => {
                json!({"id": id, "clientAction": "updated", "diff": diff, "unset": unset})
            }
            Event::NameChanged(named) | Event::RealNameChanged(named) => named.to_json(),
            Event::PresenceStatus { user, previous_status } => {
                let mut argument = json!({"user": user});
                if let Some(status) = previous_status {
                    argument["previousStatus"] = status.as_str().into();
                }
                argument
            }
            Event::SubscriptionUpdated(document) => {
                json!({"clientAction": "updated", "subscription": ejson::object(document)?})
            }
            Event::RoomUpdated(document) => {
                json!({"clientAction": "updated", "room": ejson::object(document)?})
            }
        };
        Ok(json!([argument]))
    }
}

impl Named {
    fn to_json(&self) -> Value {
        let mut object = Map::from_iter([("_id".to_owned(), self.id.as_str().into())]);
        for (key, text) in [("name", &self.name), ("username", &self.username)] {
            object.extend(text.as_deref().map(|text| (key.to_owned(), text.into())));
        }
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, doc};

    fn spread(event: &Event) -> (&'static str, Value) {
        (event.name(), event.arguments().expect("whole"))
    }

    #[test]
    fn every_event_has_rocket_chats_name_and_arguments() {
        let named = Named { id: "u".to_owned(), name: None, username: Some("n".to_owned()) };
        let at = DateTime::from_millis(9);
        let document = || RawDocumentBuf::try_from(&doc! {"_id": "d", "ts": at}).expect("BSON");
        let map = |value: Value| value.as_object().expect("an object").clone();
        let (user, diff, unset) = (map(json!({"_id": "u"})), map(json!({"a.b": 1})), map(json!({"c": true})));
        let stored = json!({"_id": "d", "ts": {"$date": 9}});
        for (event, name, argument) in [
            (
                Event::UserUpdated { id: "u".to_owned(), diff, unset },
                "watch.users",
                json!({"id": "u", "clientAction": "updated", "diff": {"a.b": 1}, "unset": {"c": true}}),
            ),
            (Event::NameChanged(named.clone()), "user.nameChanged", json!({"_id": "u", "username": "n"})),
            (Event::RealNameChanged(named), "user.realNameChanged", json!({"_id": "u", "username": "n"})),
            (
                Event::PresenceStatus { user, previous_status: Some("away".to_owned()) },
                "presence.status",
                json!({"user": {"_id": "u"}, "previousStatus": "away"}),
            ),
            (
                Event::SubscriptionUpdated(document()),
                "watch.subscriptions",
                json!({"clientAction": "updated", "subscription": stored}),
            ),
            (
                Event::RoomUpdated(document()),
                "watch.rooms",
                json!({"clientAction": "updated", "room": stored}),
            ),
        ] {
            assert_eq!(spread(&event), (name, json!([argument])));
        }
    }
}
