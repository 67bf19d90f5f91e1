//! The indexes that our queries need. Source: `docs/behaviour/side-effects.md` 2.2 and Rocket.Chat's models.

use super::Finding;
use crate::store::{Store, StoreError, StoredIndex};
use serde_json::json;
use std::collections::HashMap;

const CHECK: &str = "indexes";

/// An index as Rocket.Chat makes it when it starts. An index of the same name with other keys or options would make
/// Rocket.Chat fail to create its own.
struct Index {
    collection: &'static str,
    keys: &'static [(&'static str, i8)],
    /// How many of the keys our queries need: any index that begins with these will do.
    needed: usize,
    options: &'static str,
}

const PLAIN: &str = "";
const SPARSE: &str = "{sparse: true}";
const UNIQUE: &str = "{unique: true, sparse: true}";

const fn index(
    collection: &'static str,
    keys: &'static [(&'static str, i8)],
    needed: usize,
    options: &'static str,
) -> Index {
    Index { collection, keys, needed, options }
}

const MADE_BY_ROCKET_CHAT: [Index; 16] = [
    index("users", &[("username", 1)], 1, UNIQUE),
    index("users", &[("emails.address", 1)], 1, UNIQUE),
    index("users", &[("services.resume.loginTokens.hashedToken", 1)], 1, UNIQUE),
    index("rocketchat_message", &[("u._id", 1)], 1, PLAIN),
    index("rocketchat_message", &[("editedBy._id", 1)], 1, SPARSE),
    index("rocketchat_message", &[("mentions.username", 1)], 1, SPARSE),
    index("rocketchat_room", &[("uids", 1)], 1, SPARSE),
    index("rocketchat_room", &[("u._id", 1)], 1, PLAIN),
    index("rocketchat_room", &[("muted", 1)], 1, SPARSE),
    index("rocketchat_subscription", &[("u._id", 1), ("name", 1), ("t", 1)], 1, PLAIN),
    index("rocketchat_subscription", &[("name", 1), ("t", 1)], 2, PLAIN),
    index("rocketchat_subscription", &[("rid", 1), ("u.username", 1)], 1, PLAIN),
    index("rocketchat_avatars", &[("name", 1)], 1, SPARSE),
    index("rocketchat_livechat_department_agents", &[("agentId", 1)], 1, PLAIN),
    index("rocketchat_server_events", &[("t", 1), ("ip", 1), ("ts", -1)], 3, PLAIN),
    index("rocketchat_server_events", &[("t", 1), ("u.username", 1), ("ts", -1)], 3, PLAIN),
];

/// Those of them that keep two users from holding the same value.
const KEEPS_APART: [&str; 2] = ["username", "emails.address"];

/// Where no release of Rocket.Chat has an index, so that a rename reads the whole collection.
const MISSING_BY_DESIGN: [(&str, &str); 5] = [
    ("rocketchat_room", "usernames"),
    ("rocketchat_video_conference", "users._id"),
    ("rocketchat_video_conference", "createdBy._id"),
    ("rocketchat_video_conference", "endedBy._id"),
    ("rocketchat_call_history", "contactId"),
];

/// The indexes that Rocket.Chat makes from 8.0 on, with its own options: it looks for holders of a new value ignoring
/// letter case.
const WITHOUT_LETTER_CASE: [(&str, &str); 2] = [
    (
        "username",
        r#"{name: "username_insensitive", collation: {locale: "en", strength: 2, caseLevel: false}}"#,
    ),
    (
        "emails.address",
        r#"{name: "emails.address_insensitive", sparse: true, collation: {locale: "en", strength: 2, caseLevel: false}}"#,
    ),
];

impl Index {
    fn paths(&self) -> Vec<&'static str> {
        self.keys.iter().take(self.needed).map(|(path, _)| *path).collect()
    }

    fn keeps_apart(&self) -> bool {
        self.collection == "users" && matches!(self.keys, [(path, _)] if KEEPS_APART.contains(path))
    }

    /// The line for MongoDB's shell that creates it.
    fn command(&self) -> String {
        let keys: Vec<String> =
            self.keys.iter().map(|(path, order)| format!("\"{path}\": {order}")).collect();
        command(self.collection, &keys.join(", "), self.options)
    }
}

fn command(collection: &str, keys: &str, options: &str) -> String {
    let comma = if options.is_empty() { "" } else { ", " };
    format!("db.{collection}.createIndex({{{keys}}}{comma}{options})")
}

/// The indexes of each collection that exists; one that does not exist needs none.
type Stored = HashMap<&'static str, Vec<StoredIndex>>;

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    match read(store).await {
        Ok(stored) => findings(&stored),
        Err(error) => vec![Finding::unanswered(CHECK, &error)],
    }
}

async fn read(store: &Store) -> Result<Stored, StoreError> {
    let mut stored = Stored::new();
    let made = MADE_BY_ROCKET_CHAT.iter().map(|index| index.collection);
    for collection in made.chain(MISSING_BY_DESIGN.iter().map(|(collection, _)| *collection)) {
        if !stored.contains_key(collection)
            && let Some(indexes) = store.stored_indexes(collection).await?
        {
            stored.insert(collection, indexes);
        }
    }
    Ok(stored)
}

fn findings(stored: &Stored) -> Vec<Finding> {
    let lacks = |collection: &str, paths: &[&str], must_be_unique| {
        stored.get(collection).is_some_and(|indexes| !is_served(indexes, paths, must_be_unique))
    };
    let mut findings: Vec<Finding> = MADE_BY_ROCKET_CHAT
        .iter()
        .filter(|index| lacks(index.collection, &index.paths(), index.keeps_apart()))
        .map(missing)
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "those of Rocket.Chat are there, as far as they are needed"));
    }
    let by_design: Vec<String> = MISSING_BY_DESIGN
        .iter()
        .filter(|(collection, path)| lacks(collection, &[path], false))
        .map(|(collection, path)| named(collection, &[path]))
        .collect();
    if !by_design.is_empty() {
        let message = format!(
            "Rocket.Chat has no index on {}: a rename reads these collections as a whole",
            by_design.join(", ")
        );
        let remedy = "RC_ACCOUNT_CREATE_INDEXES=true makes them at the next start of the service";
        let hint = Finding::hint(CHECK, "index-helpful", message, remedy);
        findings.push(hint.details(json!({"missing": by_design})));
    }
    findings.extend(stored.get("users").and_then(|users| without_letter_case(users)));
    findings
}

fn is_served(indexes: &[StoredIndex], paths: &[&str], must_be_unique: bool) -> bool {
    indexes.iter().any(|index| {
        let leads = index.paths.iter().map(String::as_str).take(paths.len()).eq(paths.iter().copied());
        let unique = index.unique && index.paths.len() == paths.len();
        leads && !index.insensitive && (!must_be_unique || unique)
    })
}

fn missing(index: &Index) -> Finding {
    let paths = index.paths();
    let name = named(index.collection, &paths);
    let remedy = format!("restart Rocket.Chat, or: {}", index.command());
    let finding = if index.keeps_apart() {
        let message = format!("{name} has no unique index: two users can get the same");
        Finding::error(CHECK, "index-unique-missing", message, remedy)
    } else {
        let message = format!("{name} has no index: the whole collection is read");
        Finding::warning(CHECK, "index-missing", message, remedy)
    };
    finding.details(json!({"collection": index.collection, "paths": paths}))
}

fn without_letter_case(users: &[StoredIndex]) -> Option<Finding> {
    let serves = |path: &str| users.iter().any(|index| index.insensitive && index.paths == [path]);
    let missing: Vec<_> = WITHOUT_LETTER_CASE.into_iter().filter(|(path, _)| !serves(path)).collect();
    if missing.is_empty() {
        return None;
    }
    let paths: Vec<&str> = missing.iter().map(|(path, _)| *path).collect();
    let commands: Vec<String> =
        missing.iter().map(|(path, options)| command("users", &format!("\"{path}\": 1"), options)).collect();
    let message = format!(
        "users: no index without letter case on {}, which Rocket.Chat has from 8 on: each new value reads all users",
        paths.join(" and ")
    );
    let remedy = format!("with very many users: {}", commands.join("; "));
    Some(Finding::hint(CHECK, "index-helpful", message, remedy).details(json!({"missing": paths})))
}

fn named(collection: &str, paths: &[&str]) -> String {
    format!("{collection} {}", paths.join("+"))
}
