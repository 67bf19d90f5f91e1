use super::Finding;
use super::finding::users;
use crate::store::Store;
use serde_json::json;

const CHECK: &str = "custom-fields";

/// Users with `customFields: null`, which Rocket.Chat cannot save custom fields into.
pub(super) async fn check(store: &Store) -> Finding {
    match store.users_with_null_custom_fields().await {
        Err(error) => Finding::unanswered(CHECK, &error),
        Ok((0, _)) => Finding::ok(CHECK, "no user has null in their place"),
        Ok((number, some)) => Finding::warning(
            CHECK,
            format!("null in their place: {}, such as {}", users(number), some.join(", ")),
            "none is needed here; for Rocket.Chat, which cannot save theirs: \
             db.users.updateMany({customFields: {$type: 10}}, {$unset: {customFields: 1}})",
        )
        .details(json!({"users": number, "some": some})),
    }
}
