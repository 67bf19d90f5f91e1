//! The indexes on which our queries rest. Source: `spec/side-effects.md` 2.2 and Rocket.Chat's models.

use super::Finding;
use crate::store::{Store, StoreError, StoredIndex};
use serde_json::json;
use std::collections::HashMap;

const CHECK: &str = "indexes";

/// What Rocket.Chat makes at its start: collection and paths.
const MADE_BY_ROCKET_CHAT: [(&str, &[&str]); 16] = [
    ("users", &["username"]),
    ("users", &["emails.address"]),
    ("users", &["services.resume.loginTokens.hashedToken"]),
    ("rocketchat_message", &["u._id"]),
    ("rocketchat_message", &["editedBy._id"]),
    ("rocketchat_message", &["mentions.username"]),
    ("rocketchat_room", &["uids"]),
    ("rocketchat_room", &["u._id"]),
    ("rocketchat_room", &["muted"]),
    ("rocketchat_subscription", &["u._id"]),
    ("rocketchat_subscription", &["name", "t"]),
    ("rocketchat_subscription", &["rid"]),
    ("rocketchat_avatars", &["name"]),
    ("rocketchat_livechat_department_agents", &["agentId"]),
    ("rocketchat_server_events", &["t", "ip", "ts"]),
    ("rocketchat_server_events", &["t", "u.username", "ts"]),
];

/// Of those, the ones that keep two users from having the same.
const UNIQUE: [&str; 2] = ["username", "emails.address"];

/// What Rocket.Chat has no index for in any release, so that a rename reads the whole collection.
const MISSING_BY_DESIGN: [(&str, &[&str]); 5] = [
    ("rocketchat_room", &["usernames"]),
    ("rocketchat_video_conference", &["users._id"]),
    ("rocketchat_video_conference", &["createdBy._id"]),
    ("rocketchat_video_conference", &["endedBy._id"]),
    ("rocketchat_call_history", &["contactId"]),
];

/// What Rocket.Chat makes from 8.0 on: whether a new value is taken is asked without letter case.
const WITHOUT_LETTER_CASE: [&str; 2] = ["username", "emails.address"];

/// The indexes of each collection that is there; one that is not needs none.
type Stored = HashMap<&'static str, Vec<StoredIndex>>;

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    match read(store).await {
        Ok(stored) => findings(&stored),
        Err(error) => vec![Finding::unanswered(CHECK, &error)],
    }
}

async fn read(store: &Store) -> Result<Stored, StoreError> {
    let mut stored = Stored::new();
    for (collection, _) in MADE_BY_ROCKET_CHAT.into_iter().chain(MISSING_BY_DESIGN) {
        if !stored.contains_key(collection)
            && let Some(indexes) = store.stored_indexes(collection).await?
        {
            stored.insert(collection, indexes);
        }
    }
    Ok(stored)
}

fn findings(stored: &Stored) -> Vec<Finding> {
    let lacks = |(collection, paths): &(&'static str, &[&str])| {
        stored.get(collection).is_some_and(|indexes| !is_served(indexes, collection, paths))
    };
    let mut findings: Vec<Finding> = MADE_BY_ROCKET_CHAT
        .into_iter()
        .filter(lacks)
        .map(|(collection, paths)| missing(collection, paths))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "those of Rocket.Chat are there, as far as they are needed"));
    }
    let by_design: Vec<String> = MISSING_BY_DESIGN.into_iter().filter(lacks).map(named).collect();
    if !by_design.is_empty() {
        let message = format!(
            "Rocket.Chat has no index on {}: a rename reads these collections as a whole",
            by_design.join(", ")
        );
        let hint = Finding::ok(CHECK, message).details(json!({"missing": by_design}));
        findings
            .push(hint.remedy("RC_ACCOUNT_CREATE_INDEXES=true makes them at the next start of the service"));
    }
    findings.extend(stored.get("users").and_then(|users| without_letter_case(users)));
    findings
}

fn is_served(indexes: &[StoredIndex], collection: &str, paths: &[&str]) -> bool {
    let must_be_unique = is_unique(collection, paths);
    indexes.iter().any(|index| {
        let leads = index.paths.iter().map(String::as_str).take(paths.len()).eq(paths.iter().copied());
        let unique = index.unique && index.paths.len() == paths.len();
        leads && !index.insensitive && (!must_be_unique || unique)
    })
}

fn is_unique(collection: &str, paths: &[&str]) -> bool {
    collection == "users" && matches!(paths, [path] if UNIQUE.contains(path))
}

fn missing(collection: &str, paths: &[&str]) -> Finding {
    let keys: Vec<String> = paths.iter().map(|path| format!("\"{path}\": 1")).collect();
    let keys = keys.join(", ");
    let details = json!({"collection": collection, "paths": paths});
    if is_unique(collection, paths) {
        let message =
            format!("{} has no unique index: two users can get the same", named((collection, paths)));
        let remedy = format!(
            "restart Rocket.Chat, or: db.{collection}.createIndex({{{keys}}}, {{unique: true, sparse: true}})"
        );
        Finding::error(CHECK, message, remedy).details(details)
    } else {
        let message = format!("{} has no index: the whole collection is read", named((collection, paths)));
        let remedy = format!("restart Rocket.Chat, or: db.{collection}.createIndex({{{keys}}})");
        Finding::warning(CHECK, message, remedy).details(details)
    }
}

fn without_letter_case(users: &[StoredIndex]) -> Option<Finding> {
    let serves = |path: &str| users.iter().any(|index| index.insensitive && index.paths == [path]);
    let missing: Vec<&str> = WITHOUT_LETTER_CASE.into_iter().filter(|path| !serves(path)).collect();
    let command = |path: &&str| {
        format!("db.users.createIndex({{\"{path}\": 1}}, {{collation: {{locale: \"en\", strength: 2}}}})")
    };
    let commands: Vec<String> = missing.iter().map(command).collect();
    let message = format!(
        "users: no index without letter case on {}, which Rocket.Chat has from 8 on: each new value reads all users",
        missing.join(" and ")
    );
    (!missing.is_empty()).then(|| {
        Finding::ok(CHECK, message)
            .details(json!({"missing": missing}))
            .remedy(format!("with very many users: {}", commands.join("; ")))
    })
}

fn named((collection, paths): (&str, &[&str])) -> String {
    format!("{collection} {}", paths.join("+"))
}
