//! The workspace that is measured: 10,000 users, each with two direct rooms, and some with more of what costs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devstack::workspace::{Release, password_digest, seed};
use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use sha2::{Digest, Sha256};

const COUNT: usize = 10_000;
/// What the ids of ordinary users begin with.
pub const ORDINARY: &str = "ordinary";
/// The number of the last of them.
pub const LAST: usize = COUNT - 1;
/// As many of each other kind: for a run of one connection and one of sixteen.
const OTHERS: usize = 17;
const MANY_TOKENS: usize = 3_000;
/// How many former passwords a user of that kind has; as the setting of the workload says.
const REMEMBERED: usize = 10;
const BATCH: usize = 500;
const PASSWORD: &str = "Bench-Password-0-aA1!";

/// A user whom one connection acts for.
#[derive(Clone)]
pub struct User {
    pub id: String,
    pub token: String,
}

impl User {
    pub fn new(kind: &str, number: usize) -> User {
        let id = format!("{kind}{number:05}");
        User { token: format!("token-of-{id}"), id }
    }

    pub fn hashed_token(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.token))
    }
}

/// The groups of users.
pub struct People {
    /// None of them is in a room with another one: hardly ever do people change their names at the same moment as those whom
    /// they write to.
    pub ordinary: Vec<User>,
    /// In 20 direct rooms each.
    pub of_20_rooms: Vec<User>,
    /// In 200 direct rooms each.
    pub of_200_rooms: Vec<User>,
    /// With 3,000 login tokens each.
    pub many_tokens: Vec<User>,
    /// With 10 former passwords each.
    pub remembering: Vec<User>,
}

/// The password after that many changes.
pub fn password(changes: usize) -> String {
    PASSWORD.replace("-0-", &format!("-{changes}-"))
}

/// The same as clients send the present one.
pub fn digest(changes: usize) -> String {
    password_digest(&password(changes))
}

/// Fills an empty database.
pub async fn fill(database: &Database) -> anyhow::Result<People> {
    let workspace = seed(database, Release::Eight).await?;
    let template = doc! { "_id": &workspace.person("plain").id };
    let template = database.collection::<Document>("users").find_one(template).await?;
    let template = template.ok_or_else(|| anyhow::anyhow!("the seed has no plain user"))?;
    let hash = bcrypt::hash(digest(0), 10)?;

    let group = |kind: &str, size: usize| (0..size).map(|number| User::new(kind, number)).collect();
    let mut people = People {
        ordinary: group(ORDINARY, COUNT),
        of_20_rooms: group("twenty", OTHERS),
        of_200_rooms: group("hundreds", OTHERS),
        many_tokens: group("tokens", OTHERS),
        remembering: group("remembering", OTHERS),
    };
    let users = |group: &[User], tokens: usize| -> Vec<Document> {
        group.iter().map(|user| document(&template, user, tokens, &hash)).collect()
    };
    let mut documents = users(&people.ordinary, 1);
    documents.extend(users(&people.of_20_rooms, 1));
    documents.extend(users(&people.of_200_rooms, 1));
    insert(database, "users", documents).await?;
    insert(database, "users", users(&people.many_tokens, MANY_TOKENS)).await?;
    let former = |n| bcrypt::hash(password_digest(&format!("former password {n}")), 10);
    let former: Vec<String> = (0..REMEMBERED).map(former).collect::<Result<_, _>>()?;
    let mut remembering = users(&people.remembering, 1);
    for user in &mut remembering {
        user.get_document_mut("services")?.insert("passwordHistory", former.clone());
    }
    insert(database, "users", remembering).await?;
    // The environment of a workload stands in for what the database lacks, and for nothing else.
    let settings = database.collection::<Document>("rocketchat_settings");
    settings.delete_many(doc! { "_id": { "$regex": "^Accounts_Password_History_" } }).await?;
    let custom_fields = doc! { "$set": { "value": r#"{"twitter":{"type":"text"}}"# } };
    let defined = settings.update_one(doc! { "_id": "Accounts_CustomFields" }, custom_fields).await?;
    anyhow::ensure!(defined.matched_count == 1, "the seed has no setting for custom fields");

    let ring = |user: usize| (user, (user + 1) % COUNT);
    let mut pairs: Vec<(&User, &User)> =
        (0..COUNT).map(ring).map(|(one, other)| (&people.ordinary[one], &people.ordinary[other])).collect();
    for (group, rooms) in [(&people.of_20_rooms, 20), (&people.of_200_rooms, 200)] {
        for user in group {
            pairs.extend(people.ordinary.iter().skip(5_000).take(rooms).map(|other| (user, other)));
        }
    }
    insert(database, "rocketchat_room", pairs.iter().map(room).collect()).await?;
    insert(database, "rocketchat_subscription", pairs.iter().flat_map(subscriptions).collect()).await?;
    people.ordinary = people.ordinary.into_iter().step_by(3).collect();
    Ok(people)
}

fn document(template: &Document, user: &User, tokens: usize, hash: &str) -> Document {
    let now = DateTime::now();
    let token = |number: usize| {
        let hashed = match number {
            0 => user.hashed_token(),
            _ => STANDARD.encode(Sha256::digest(format!("{number} of {}", user.id))),
        };
        doc! { "when": now, "hashedToken": hashed }
    };
    let mut document = template.clone();
    let address = doc! { "address": format!("{}@example.org", user.id), "verified": true };
    let services = doc! {
        "password": { "bcrypt": hash },
        "resume": { "loginTokens": (0..tokens).map(token).collect::<Vec<_>>() },
    };
    document.extend(doc! {
        "_id": &user.id, "username": &user.id, "name": format!("Name of {}", user.id),
        "emails": [address], "services": services,
    });
    document
}

fn room((one, other): &(&User, &User)) -> Document {
    let now = DateTime::now();
    doc! {
        "_id": format!("{}{}", one.id, other.id), "t": "d", "usernames": [&one.id, &other.id],
        "uids": [&one.id, &other.id], "u": { "_id": &one.id, "username": &one.id }, "msgs": 0,
        "usersCount": 2, "ts": now, "_updatedAt": now,
    }
}

fn subscriptions(pair: &(&User, &User)) -> [Document; 2] {
    let now = DateTime::now();
    let subscription = |user: &User, other: &User| {
        doc! {
            "_id": format!("{}-{}", user.id, other.id), "rid": format!("{}{}", pair.0.id, pair.1.id),
            "u": { "_id": &user.id, "username": &user.id, "name": format!("Name of {}", user.id) }, "t": "d",
            "name": &other.id, "fname": format!("Name of {}", other.id), "open": true, "alert": false,
            "unread": 0, "ts": now, "ls": now, "_updatedAt": now,
        }
    };
    [subscription(pair.0, pair.1), subscription(pair.1, pair.0)]
}

async fn insert(database: &Database, collection: &str, documents: Vec<Document>) -> anyhow::Result<()> {
    for batch in documents.chunks(BATCH) {
        database.collection::<Document>(collection).insert_many(batch).await?;
    }
    Ok(())
}
