//! `--repair`: writes the current usernames to the places where old ones were found.

use super::Finding;
use super::report::one_line;
use crate::effects;
use crate::release::Release;
use crate::store::{HalfRenamed, Store, StoreError};

const CHECK: &str = "repair";

/// Finishes the renames of these users, except those that are in progress. Prints to standard error what it is about to
/// do.
pub(super) async fn half_renamed(store: &Store, half: &[HalfRenamed], release: &Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    for user in half.iter().filter(|user| !user.in_progress) {
        findings.push(finish(store, user, release).await);
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "there is nothing to repair"));
    }
    findings
}

async fn finish(store: &Store, user: &HalfRenamed, release: &Release) -> Finding {
    match carry(store, user, release.renames_call_history).await {
        Ok((username, changed)) => {
            Finding::ok(CHECK, format!("user {} is {username} in {changed} more documents", user.user_id))
        }
        Err(error) => Finding::unanswered(CHECK, &error),
    }
}

/// Repeats until the username did not change during a pass: a rename that runs meanwhile does not see what this writes.
async fn carry(store: &Store, user: &HalfRenamed, reaches_calls: bool) -> Result<(String, u64), StoreError> {
    let (user_id, mut username, mut changed) = (&user.user_id, user.username.clone(), 0);
    let mut old_usernames: Vec<String> = user.old_usernames().into_iter().map(str::to_owned).collect();
    loop {
        for old in &old_usernames {
            eprintln!("{}", one_line(&format!("repairing: user {user_id}, from {old} to {username}")));
            changed += effects::catch_up(store, user_id, old, &username, reaches_calls).await?;
        }
        let now = store.names_of(&[user_id]).await?.pop();
        match now.and_then(|user| user.get_str("username").ok().map(str::to_owned)) {
            Some(now) if now != username => old_usernames = vec![std::mem::replace(&mut username, now)],
            _ => return Ok((username, changed)),
        }
    }
}
