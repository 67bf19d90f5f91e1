//! Users of whom an old username is still found in rooms, subscriptions or messages.

use super::{Finding, repair};
use crate::release::Release;
use crate::store::{HalfRenamed, Place, Store, StoreError, Trace};
use serde_json::json;

const CHECK: &str = "renames";

/// `repair`: finish them as this version's renames do.
pub(super) async fn check(store: &Store, repair: Option<&Release>) -> Vec<Finding> {
    match find(store, repair).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::unanswered(CHECK, &error)],
    }
}

async fn find(store: &Store, to_repair: Option<&Release>) -> Result<Vec<Finding>, StoreError> {
    let mut users = store.half_renamed_users().await?;
    let mut findings = Vec::new();
    if let Some(release) = to_repair {
        findings = repair::renames(store, &users, release).await;
        // The report is about the state after the repair.
        users = store.half_renamed_users().await?;
    }
    if users.is_empty() {
        findings
            .push(Finding::ok(CHECK, "every user's username has reached messages, rooms and subscriptions"));
    }
    findings.extend(users.iter().map(finding));
    Ok(findings)
}

fn finding(user: &HalfRenamed) -> Finding {
    let HalfRenamed { user_id, username, name, traces, reused, in_progress } = user;
    let places: Vec<String> = traces.iter().map(place).collect();
    let mut message = format!("user {user_id}, now {username}, is still {}", places.join(", "));
    if !reused.is_empty() {
        let reused: Vec<&str> = reused.iter().map(String::as_str).collect();
        message = format!("{message}; somebody else is {} now", reused.join(", "));
    }
    let finding = if *in_progress {
        Finding::ok(CHECK, format!("{message}: the rename is in progress"))
    } else if traces.iter().all(|trace| trace.place == Place::MessageEditor) {
        Finding::warning(
            CHECK,
            "rename-editors",
            message,
            "none is needed: Rocket.Chat did not rename editors before 2024; rc-account check --repair does",
        )
    } else {
        Finding::error(CHECK, "rename-half-done", message, "rc-account check --repair")
    };
    let traces: Vec<_> = traces
        .iter()
        .map(|trace| {
            let (collection, path) = (trace.place.collection(), trace.place.path());
            json!({
                "username": trace.username, "collection": collection, "path": path, "documents": trace.documents,
            })
        })
        .collect();
    finding.details(json!({
        "userId": user_id, "username": username, "name": name, "inProgress": in_progress,
        "traces": traces, "reused": reused,
    }))
}

fn place(trace: &Trace) -> String {
    let s = if trace.documents == 1 { "" } else { "s" };
    let (collection, path) = (trace.place.collection(), trace.place.path());
    format!("{} in {} document{s} of {collection} ({path})", trace.username, trace.documents)
}
