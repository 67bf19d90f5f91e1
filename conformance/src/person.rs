//! Users of a case: made for it in MongoDB as Rocket.Chat leaves a user who signed up, confirmed the address and is
//! signed in, and removed after it. So cases do not disturb each other, and no limit per user is shared.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use sha2::{Digest, Sha256};

/// What Meteor makes ids of.
const ID_ALPHABET: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";
/// The cost of Rocket.Chat's own hashes.
const COST: u32 = 10;

/// One user of a case.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub email: String,
    /// Of the session that sends the requests.
    pub token: String,
    /// Of another session.
    pub other_token: String,
    pub password: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Person {
    /// A user whom nobody has seen before: `seed` differs for each case and run.
    pub fn new(seed: &str) -> Person {
        let digest = Sha256::digest(seed);
        let letters = |from: usize, count: usize| -> String {
            digest[from..from + count]
                .iter()
                .map(|byte| char::from(ID_ALPHABET[usize::from(*byte) % 55]))
                .collect()
        };
        let username = format!("c{}", letters(17, 12).to_lowercase());
        let secret = |what: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{seed} {what}")));
        Person {
            id: letters(0, 17),
            email: format!("{username}@example.com"),
            username,
            token: secret("token"),
            other_token: secret("other token"),
            password: "Present-Passw0rd-of-a-case".to_owned(),
        }
    }

    /// The document before anything of the case is done; `now`: when the user is made.
    ///
    /// # Errors
    /// Hashing.
    pub fn document(&self, now: DateTime) -> anyhow::Result<Document> {
        let now = now.timestamp_millis();
        let earlier = |minutes: i64| DateTime::from_millis(now - minutes * 60_000);
        let session =
            |token: &str, minutes| doc! {"when": earlier(minutes), "hashedToken": hashed_token(token)};
        let then = DateTime::parse_rfc3339_str("2023-02-20T13:42:07.119Z")?;
        Ok(doc! {
            "_id": &self.id,
            "createdAt": then,
            "services": {
                "password": {"bcrypt": hash(&digest(&self.password))?},
                "email2fa": {"enabled": false, "changedAt": then},
                "resume": {"loginTokens": [session(&self.token, 10), session(&self.other_token, 20)]},
            },
            "username": &self.username,
            "emails": [{"address": &self.email, "verified": true}],
            "type": "user",
            "status": "offline",
            "active": true,
            "_updatedAt": earlier(10),
            "__rooms": ["GENERAL"],
            "roles": ["user"],
            "name": "Case User",
            "settings": {"profile": {}},
            "lastLogin": earlier(10),
            "statusConnection": "offline",
            "utcOffset": 1,
            "statusDefault": "online",
            "statusText": "",
        })
    }

    /// Stores the user, changed as the case says.
    ///
    /// # Errors
    /// MongoDB's.
    pub async fn store(
        &self,
        database: &Database,
        now: DateTime,
        update: Option<Document>,
    ) -> anyhow::Result<()> {
        let users = database.collection::<Document>("users");
        users.insert_one(self.document(now)?).await.context("a user")?;
        if let Some(update) = update {
            users.update_one(doc! {"_id": &self.id}, update).await.context("the user as the case has it")?;
        }
        Ok(())
    }
}

/// The lower-case hex SHA-256.
pub fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A login token as it is stored.
pub fn hashed_token(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// The bcrypt hash of a text; made once for each text, since it is slow by design.
///
/// # Errors
/// The text is too long.
pub fn hash(text: &str) -> anyhow::Result<String> {
    static HASHES: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);
    let mut hashes = HASHES.lock().unwrap_or_else(PoisonError::into_inner);
    let hashes = hashes.get_or_insert_default();
    if let Some(hash) = hashes.get(text) {
        return Ok(hash.clone());
    }
    let hash = bcrypt::hash(text, COST)?;
    hashes.insert(text.to_owned(), hash.clone());
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_rocket_chat() {
        let person = Person::new("seed");
        assert_eq!((person.id.len(), person.token.len(), hashed_token("x").len()), (17, 43, 44));
        assert_ne!(person.id, Person::new("other").id);
        assert!(!format!("{person:?}").contains(&person.token));
        assert_eq!(digest("passw0rd"), "8f0e2f76e22b43e2855189877e7dc1e1e7d98c226c95db247cd1d547928334a9");
    }
}
