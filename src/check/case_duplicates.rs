//! Usernames and addresses that differ in letter case only. Rocket.Chat's rules treat them as equal, its unique
//! indexes do not.

use super::Finding;
use crate::store::{CaseDuplicates, DuplicatesOf, Store};
use serde_json::json;

const CHECK: &str = "twins";

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (of, what) in [(DuplicatesOf::Usernames, "username"), (DuplicatesOf::Addresses, "e-mail address")] {
        match store.case_duplicates(of).await {
            Ok(found) => findings.extend(found.iter().map(|duplicates| finding(what, duplicates))),
            Err(error) => findings.push(Finding::unanswered(CHECK, &error)),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "no usernames or e-mail addresses differ in letter case only"));
    }
    findings
}

fn finding(what: &str, CaseDuplicates { values, user_ids }: &CaseDuplicates) -> Finding {
    Finding::warning(
        CHECK,
        "twins",
        format!(
            "one {what} in different letter case: {} of users {}",
            values.join(", "),
            user_ids.join(", ")
        ),
        format!("give all but one of them another {what}: which of them a login finds is chance"),
    )
    .details(json!({"of": what, "values": values, "userIds": user_ids}))
}
