//! Users' documents that grow with every login. MongoDB takes no document above 16 MB.

use super::Finding;
use super::finding::users;
use crate::store::{HeavyUser, Store};
use serde_json::{Value, json};

const CHECK: &str = "login-tokens";

const LIMIT: u64 = 16 * 1024 * 1024;
/// Above this, further logins will soon be impossible.
const NEAR_THE_LIMIT: u64 = LIMIT / 4 * 3;

pub(super) async fn check(store: &Store, max_login_tokens: usize) -> Finding {
    let (number, largest) = match store.heavy_users(max_login_tokens, NEAR_THE_LIMIT).await {
        Ok(heavy) => heavy,
        Err(error) => return Finding::unanswered(CHECK, &error),
    };
    let Some(first) = largest.first() else {
        return Finding::ok(CHECK, format!("no user has more than {max_login_tokens} sessions"));
    };
    let finding = if first.bytes > NEAR_THE_LIMIT {
        let message = format!(
            "{}'s document has {} bytes, and {LIMIT} is the limit; {} sessions; large in all: {}",
            name(first),
            first.bytes,
            first.sessions,
            users(number)
        );
        let remedy = format!(
            "if it is the sessions, this ends them all and leaves personal access tokens: \
             db.users.updateOne({{_id: \"{}\"}}, \
             {{$pull: {{\"services.resume.loginTokens\": {{type: {{$ne: \"personalAccessToken\"}}}}}}}})",
            first.id
        );
        Finding::error(CHECK, "document-too-large", message, remedy)
    } else {
        let names: Vec<String> =
            largest.iter().map(|user| format!("{} ({})", name(user), user.sessions)).collect();
        let message =
            format!("more than {max_login_tokens} sessions: {}, such as {}", users(number), names.join(", "));
        Finding::warning(
            CHECK,
            "sessions-many",
            message,
            format!("the next login of each leaves the newest {max_login_tokens}"),
        )
    };
    let listed: Vec<Value> = largest
        .iter()
        .map(|user| {
            json!({
                "userId": user.id, "username": user.username, "sessions": user.sessions, "bytes": user.bytes,
            })
        })
        .collect();
    finding.details(json!({"users": number, "largest": listed}))
}

fn name(user: &HeavyUser) -> &str {
    user.username.as_deref().unwrap_or(&user.id)
}
