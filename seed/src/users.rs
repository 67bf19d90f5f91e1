//! The `users` documents: one ordinary base, and for each person what deviates from it.
//!
//! Field order and BSON types are those of real documents; a field that is missing here is missing there.

mod deviations;
mod services;

use std::collections::BTreeMap;

use mongodb::bson::{Array, DateTime, Document, doc};

use self::services::MINUTE;
use super::Release;
use super::credentials::Hashes;
use super::people::Person;
use super::rooms::Room;

/// Everybody, and the built-in bot that nobody can sign in as.
pub(super) fn documents(
    people: &BTreeMap<&'static str, Person>,
    hashes: &Hashes,
    rooms: &[Room],
    release: Release,
    now: DateTime,
) -> Vec<Document> {
    let mut documents = vec![rocket_cat(now)];
    documents.extend(people.values().map(|person| {
        let mut document = ordinary(person, hashes, rooms, now);
        deviations::apply(person, hashes, &mut document, now);
        if release == Release::Eight {
            newer_fields(person, rooms, &mut document, now);
        }
        document
    }));
    documents
}

/// The live connections of one person, as the presence service keeps them.
pub(super) fn connections(person: &Person, now: DateTime) -> Document {
    let connection = |id: &str, status: &str, minutes_ago: i64| {
        doc! {
            "id": id,
            "instanceId": "devstack-instance",
            "status": status,
            "_createdAt": earlier(now, 90 * MINUTE),
            "_updatedAt": earlier(now, minutes_ago * MINUTE),
        }
    };
    doc! {
        "_id": person.id.as_str(),
        "connections": [connection("desktop", "online", 0), connection("phone", "away", 2)],
    }
}

/// What a person looks like who signed up, confirmed the address and is signed in.
fn ordinary(person: &Person, hashes: &Hashes, rooms: &[Room], now: DateTime) -> Document {
    let joined: Array =
        rooms.iter().filter(|room| room.has(person.handle)).map(|room| room.id.as_str().into()).collect();
    let mut document = doc! {
        "_id": person.id.as_str(),
        "createdAt": date("2023-02-20T13:42:07.119Z"),
        "services": services::ordinary(person, hashes, now),
    };
    if let Some(username) = &person.username {
        document.insert("username", username);
    }
    if let Some(email) = &person.email {
        document.insert("emails", vec![doc! { "address": email, "verified": true }]);
    }
    document.extend(doc! {
        "type": "user",
        "status": "offline",
        "active": true,
        "_updatedAt": earlier(now, 10 * MINUTE),
        "__rooms": joined,
        "roles": ["user"],
        "name": person.name.as_str(),
        "settings": { "profile": {} },
        "lastLogin": earlier(now, 10 * MINUTE),
        "statusConnection": "offline",
        "utcOffset": 1,
        "statusDefault": "online",
        "statusText": "",
    });
    document
}

/// What releases from 7 on add to the documents of people who use them.
fn newer_fields(person: &Person, rooms: &[Room], document: &mut Document, now: DateTime) {
    let owned = rooms.iter().filter(|room| room.owner == person.handle);
    let priorities: Document = owned.map(|room| (room.id.clone(), 0.into())).collect();
    if !priorities.is_empty() {
        document.insert("roomRolePriorities", priorities);
    }
    if person.handle == "agent" {
        document.insert("statusSource", "manual");
        document.insert("statusExpiresAt", earlier(now, -60 * MINUTE));
        document.insert("statusId", "status-from-calendar");
    }
}

/// The bot that every workspace has; its document has no `services` at all.
fn rocket_cat(now: DateTime) -> Document {
    doc! {
        "_id": "rocket.cat",
        "createdAt": date("2023-02-20T13:40:00.000Z"),
        "avatarOrigin": "local",
        "name": "Rocket.Cat",
        "username": "rocket.cat",
        "status": "online",
        "statusDefault": "online",
        "utcOffset": 0,
        "active": true,
        "type": "bot",
        "_updatedAt": now,
        "roles": ["bot"],
        "settings": {},
    }
}

fn date(text: &str) -> DateTime {
    DateTime::parse_rfc3339_str(text).expect("a date written in this file")
}

fn earlier(moment: DateTime, milliseconds: i64) -> DateTime {
    DateTime::from_millis(moment.timestamp_millis() - milliseconds)
}
