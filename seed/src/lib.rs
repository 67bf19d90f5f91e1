//! A database as Rocket.Chat leaves it: settings, permissions and roles, people in every shape that a `users`
//! document takes, and the rooms and messages between them. For `rc-account seed`, the demo and the tests.
//!
//! Everything is the same in every workspace, and known to everybody: no database that is reached by others may hold it.
//!
//! Begin with `people` (who there is), then `users` (their documents), `rooms`, `settings_table`, `indexes`;
//! `introduction` says as whom to sign in.

mod access;
mod credentials;
mod indexes;
mod introduction;
mod mail_texts;
mod people;
mod rooms;
mod setting;
mod settings;
mod settings_table;
mod users;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::error::Error;

use self::credentials::Hashes;
pub use self::credentials::password_digest;
pub use self::introduction::{INTRODUCED, Introduced, introduction};
pub use self::people::{BACKUP_CODES, Person, TOTP_SECRET};

/// The generation of Rocket.Chat that left the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// 6.13.0: defaults, indexes and statistics of 6.x.
    Six,
    /// 8.8.1.
    Eight,
}

impl Release {
    /// What `rocketchat_statistics` says.
    pub fn version(self) -> &'static str {
        match self {
            Self::Six => "6.13.0",
            Self::Eight => "8.8.1",
        }
    }
}

/// Who is in every workspace.
#[must_use]
pub fn people() -> Workspace {
    Workspace { people: people::all() }
}

/// What is known about a seeded database beyond what it stores: who the people are and what they sign in with.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// By handle, which is also the username of those who have one.
    pub people: BTreeMap<&'static str, Person>,
}

impl Workspace {
    /// The person with that handle; there is no answer for an unknown one, only a panic that lists the known.
    pub fn person(&self, handle: &str) -> &Person {
        self.people.get(handle).unwrap_or_else(|| {
            let known: Vec<&str> = self.people.keys().copied().collect();
            panic!("nobody is called {handle}; there are: {}", known.join(", "))
        })
    }
}

/// Fills an empty database. Whether it is empty is for the caller to know.
///
/// # Errors
/// MongoDB's own.
pub async fn seed(database: &Database, release: Release) -> Result<Workspace, Error> {
    let now = DateTime::now();
    let people = people::all();
    let hashes = hashes(&people);
    let rooms = rooms::all(&people);
    let messages = rooms::messages(&rooms, &people);
    let room_documents = rooms.iter().map(|room| room.document(&people, &messages)).collect();
    let statistics = doc! { "_id": "StatisticsOfToday", "version": release.version(), "createdAt": now };

    indexes::create(database, release).await?;
    insert(database, "users", users::documents(&people, hashes, &rooms, release, now)).await?;
    insert(database, "usersSessions", vec![users::connections(&people["plain"], now)]).await?;
    insert(database, "rocketchat_room", room_documents).await?;
    insert(database, "rocketchat_subscription", rooms::subscriptions(&rooms, &people)).await?;
    insert(database, "rocketchat_message", messages).await?;
    insert(database, "rocketchat_avatars", vec![rooms::avatar(&people["plain"])]).await?;
    insert(database, "rocketchat_settings", settings::documents(release, now)).await?;
    insert(database, "rocketchat_roles", access::roles(now)).await?;
    insert(database, "rocketchat_permissions", access::permissions(now)).await?;
    insert(database, "rocketchat_statistics", vec![statistics]).await?;
    Ok(Workspace { people })
}

/// Lets the links in the workspace's mails lead there, as Rocket.Chat does with `ROOT_URL` when it fills a database.
///
/// # Errors
/// MongoDB's own.
pub async fn reached_at(database: &Database, root_url: &str) -> Result<(), Error> {
    let settings = database.collection::<Document>("rocketchat_settings");
    let update = doc! { "$set": { "value": root_url } };
    settings.update_one(doc! { "_id": "Site_Url" }, update).await.map(drop)
}

/// Made once: the people are the same in every workspace.
fn hashes(people: &BTreeMap<&'static str, Person>) -> &'static Hashes {
    static HASHES: OnceLock<Hashes> = OnceLock::new();
    HASHES.get_or_init(|| Hashes::of(people.values().flat_map(Person::passwords).collect()))
}

async fn insert(database: &Database, collection: &str, documents: Vec<Document>) -> Result<(), Error> {
    database.collection(collection).insert_many(documents).await.map(drop)
}
