//! `--repair`: carries the present usernames to the places where old ones were found.

use super::Finding;
use super::report::one_line;
use crate::effects;
use crate::store::{HalfRenamed, Store};

const CHECK: &str = "repair";

/// Finishes the renames of these users, except those that are in progress. Says on the standard error stream what it is
/// about to do.
pub(super) async fn half_renamed(store: &Store, half: &[HalfRenamed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for user in half.iter().filter(|user| !user.in_progress) {
        findings.push(finish(store, user).await);
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "there is nothing to repair"));
    }
    findings
}

async fn finish(store: &Store, user: &HalfRenamed) -> Finding {
    let HalfRenamed { user_id, username, .. } = user;
    let mut changed = 0;
    for old in user.old_usernames() {
        eprintln!("{}", one_line(&format!("repairing: user {user_id}, from {old} to {username}")));
        match effects::catch_up(store, user_id, old).await {
            Ok(documents) => changed += documents,
            Err(error) => return Finding::unanswered(CHECK, &error),
        }
    }
    Finding::ok(CHECK, format!("user {user_id} is {username} in {changed} more documents"))
}
