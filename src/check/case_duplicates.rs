//! Usernames and addresses that differ in letter case only. Rocket.Chat's rules take them for the same, its unique
//! indexes do not.

use super::Finding;
use crate::store::{Store, Twins, TwinsOf};
use serde_json::json;

const CHECK: &str = "twins";

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (of, what) in [(TwinsOf::Usernames, "username"), (TwinsOf::Addresses, "e-mail address")] {
        match store.twins(of).await {
            Ok(twins) => findings.extend(twins.iter().map(|twins| finding(what, twins))),
            Err(error) => findings.push(Finding::unanswered(CHECK, &error)),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "no usernames or e-mail addresses differ in letter case only"));
    }
    findings
}

fn finding(what: &str, Twins { values, user_ids }: &Twins) -> Finding {
    Finding::warning(
        CHECK,
        format!(
            "one {what} in different letter case: {} of users {}",
            values.join(", "),
            user_ids.join(", ")
        ),
        format!("give all but one of them another {what}: which of them a login finds is chance"),
    )
    .details(json!({"of": what, "values": values, "userIds": user_ids}))
}
