use super::Finding;
use super::finding::users;
use crate::store::{Store, UnusableHashes};
use serde_json::json;

const CHECK: &str = "passwords";

/// Users who cannot prove their password: its hash costs too much to compare, or is not Rocket.Chat's.
pub(super) async fn check(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (of, code, what, remedy) in [
        (
            UnusableHashes::TooCostly,
            "hash-too-costly",
            "a bcrypt hash of a cost above 14, which is not compared",
            "an administrator gives each a new password",
        ),
        (
            UnusableHashes::Argon2,
            "hash-argon2",
            "an Argon2 hash, which Rocket.Chat as it is published does not store and rc-account does not read",
            "switch Argon2 off in that build; until then these users cannot use their password here",
        ),
    ] {
        match store.users_with(of).await {
            Err(error) => findings.push(Finding::unanswered(CHECK, &error)),
            Ok((0, _)) => {}
            Ok((number, some)) => findings.push(
                Finding::warning(
                    CHECK,
                    code,
                    format!("{what}: {}, such as {}", users(number), some.join(", ")),
                    remedy,
                )
                .details(json!({"users": number, "some": some})),
            ),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "no user has a hash that cannot be compared"));
    }
    findings
}
