//! `--repair`: writes the current usernames to the places where old ones were found, and what a parked rename has left.

use super::Finding;
use super::report::one_line;
use crate::effects::{self, Rename};
use crate::release::Release;
use crate::store::{HalfRenamed, ParkedRename, Store, StoreError};

const CHECK: &str = "repair";

/// Finishes the renames of these users, except those that are in progress, and the parked ones. Prints to standard error
/// what it is about to do.
pub(super) async fn renames(store: &Store, half: &[HalfRenamed], release: &Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    for user in half.iter().filter(|user| !user.in_progress) {
        let old_usernames = user.old_usernames().into_iter().map(str::to_owned).collect();
        let finished = finish(store, &user.user_id, user.username.clone(), old_usernames, release).await;
        findings.push(finished.unwrap_or_else(|error| Finding::unanswered(CHECK, &error)));
    }
    match store.parked_renames().await {
        Err(error) => findings.push(Finding::unanswered(CHECK, &error)),
        Ok(parked) => {
            for rename in &parked {
                let finished = finish_parked(store, rename, release).await;
                findings.push(finished.unwrap_or_else(|error| Finding::unanswered(CHECK, &error)));
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "there is nothing to repair"));
    }
    findings
}

/// A parked rename whose documents all have the name is over.
async fn finish_parked(
    store: &Store,
    parked: &ParkedRename,
    release: &Release,
) -> Result<Finding, StoreError> {
    let ParkedRename { id, user_id, effect } = parked;
    let username = current_username(store, user_id).await?;
    let (Some(rename), Some(username)) = (Rename::from_document(effect), username) else {
        store.forget_parked(id).await?;
        return Ok(Finding::ok(CHECK, format!("the parked rename {id} means no user, and is deleted")));
    };
    let finding = finish(store, user_id, username, vec![rename.old_username], release).await?;
    if finding.remedy.is_none() {
        store.forget_parked(id).await?;
    }
    Ok(finding)
}

async fn finish(
    store: &Store,
    user_id: &str,
    username: String,
    old_usernames: Vec<String>,
    release: &Release,
) -> Result<Finding, StoreError> {
    let (store, leftovers) = store.leaving_out();
    let (username, changed) =
        carry(&store, user_id, username, old_usernames, release.renames_call_history).await?;
    let message = format!("user {user_id} is {username} in {changed} more documents");
    Ok(match leftovers.told() {
        None => Finding::ok(CHECK, message),
        Some(left) => Finding::warning(
            CHECK,
            "repair-incomplete",
            format!("{message}; {left}"),
            "remove what the reason names, such as an old index, and repair again",
        ),
    })
}

/// Repeats until the username did not change during a pass: a rename that runs meanwhile does not see what this writes.
async fn carry(
    store: &Store,
    user_id: &str,
    mut username: String,
    mut old_usernames: Vec<String>,
    reaches_calls: bool,
) -> Result<(String, u64), StoreError> {
    let mut changed = 0;
    loop {
        for old in &old_usernames {
            eprintln!("{}", one_line(&format!("repairing: user {user_id}, from {old} to {username}")));
            changed += effects::catch_up(store, user_id, old, &username, reaches_calls).await?;
        }
        match current_username(store, user_id).await? {
            Some(now) if now != username => old_usernames = vec![std::mem::replace(&mut username, now)],
            _ => return Ok((username, changed)),
        }
    }
}

async fn current_username(store: &Store, user_id: &str) -> Result<Option<String>, StoreError> {
    let user = store.names_of(&[user_id]).await?.pop();
    Ok(user.and_then(|user| user.get_str("username").ok().map(str::to_owned)))
}
