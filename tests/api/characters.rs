//! Texts and keys with odd characters: lone surrogates, NUL, `$` and dots.

use crate::body::{UNKNOWN_KEY, breaks_the_schema, send_json};
use crate::hostile::{custom_fields, is_refused_plainly};
use crate::support::{TestApp, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, bson};
use serde_json::json;

async fn stored(app: &TestApp, field: &str) -> Option<Bson> {
    app.stored("plain").await.get(field).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn lone_surrogates_become_the_replacement_character() {
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let body = r#"{
            "data": {"name": "a\ud800", "bio": "\udc00b", "nickname": "\ud83d\ude00\ud83d", "statusText": "\udfff\ud800"},
            "customFields": {"twitter": "c\uD83Dd\\ud83d", "notes": {"\ud800": ["\udc00\\"]}, "\ud800": "dropped"}
        }"#;
        send_json(&app, body).await.user();
        for (field, value) in [
            ("name", bson!("a\u{FFFD}")),
            ("bio", bson!("\u{FFFD}b")),
            ("nickname", bson!("\u{1F600}\u{FFFD}")),
            ("statusText", bson!("\u{FFFD}\u{FFFD}")),
            ("customFields", bson!({"twitter": "c\u{FFFD}d\\ud83d", "notes": {"\u{FFFD}": ["\u{FFFD}\\"]}})),
        ] {
            assert_eq!(stored(&app, field).await, Some(value), "{release:?}: {field}");
        }
        let before = app.dump().await;
        let answer = send_json(&app, r#"{"data":{"\ud800":"x"}}"#).await;
        breaks_the_schema(&answer, release, UNKNOWN_KEY, "a key of data");
        assert_eq!(app.dump().await, before, "{release:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_is_a_character_like_any_other_except_in_keys_and_usernames() {
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let digest = app.person("plain").password_digest();
        let before = app.dump().await;
        for (data, error_type) in [
            (json!({"username": "a\0b"}), "error-could-not-save-identity"),
            (json!({"username": "\0"}), "error-could-not-save-identity"),
            (json!({"email": "a\0b", "currentPassword": digest}), "error-invalid-email"),
            (json!({"email": "new@example.com", "currentPassword": format!("{digest}\0")}), "totp-invalid"),
            (json!({"newPassword": "N3w-and-strong\0-enough", "currentPassword": "\0"}), "totp-invalid"),
        ] {
            app.post("plain", &json!({"data": data})).send().await.is_refused_with(error_type);
        }
        let in_key = json!({"data": {}, "customFields": {"notes": {"inner": [{"a\0b": 1}]}}});
        let answer = app.post("plain", &in_key).send().await;
        is_refused_plainly(&answer, "key a\0b must not contain null bytes", "a key");
        let answer = send_json(&app, r#"{"data":{"name\u0000":"x"}}"#).await;
        breaks_the_schema(&answer, release, UNKNOWN_KEY, "a key of data");
        assert_eq!(app.dump().await, before, "{release:?}");

        let texts = json!({
            "data": {
                "name": "n\0", "nickname": "\0", "bio": "b\0c", "statusText": "t\0", "statusType": "s\0",
                "email": "a\0@exam\0ple.com", "newPassword": "N3w-and-strong\0-enough", "currentPassword": digest,
            },
            "customFields": {"twitter": "\0t", "no\0name": 1},
        });
        app.post("plain", &texts).send().await.user();
        for (field, value) in [
            ("name", bson!("n\0")),
            ("nickname", bson!("\0")),
            ("bio", bson!("b\0c")),
            ("statusText", bson!("t\0")),
            ("statusDefault", bson!("s\0")),
            ("emails", bson!([{"address": "a\0@exam\0ple.com", "verified": false}])),
            ("customFields", bson!({"twitter": "\0t"})),
        ] {
            assert_eq!(stored(&app, field).await, Some(value), "{release:?}: {field}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_cannot_reach_beyond_their_own_place() {
    let send = async |app: &TestApp, custom_fields: serde_json::Value| {
        app.post("plain", &json!({"data": {}, "customFields": custom_fields})).send().await
    };
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let mut before = app.stored("plain").await;
        for name in ["$set", "roles", "notes.a", "notes.$[]", "../roles", "__proto__", "constructor", "_id"] {
            let answer = send(&app, json!({(name): ["admin"]})).await;
            match release {
                Six => assert_eq!(answer.user().get("customFields"), None, "{name}"),
                Eight => is_refused_plainly(&answer, "No changes to update", name),
            }
        }
        let answer = send(&app, json!({"": 1})).await;
        let text = "The update path 'customFields.' contains an empty field name, which is not allowed.";
        is_refused_plainly(&answer, text, "an empty name");
        let value = json!({
            "$set": {"roles": ["admin"]}, "a.b": {"$where": "sleep(1000)"}, "": 1, "__proto__": {"x": true},
            "$oid": "507f1f77bcf86cd799439011", "list": [{"$date": 0}, {"$numberLong": "5"}],
        });
        let user = send(&app, json!({"notes": value, "a.b": true, "$cost": 1})).await.user();
        assert_eq!(
            user["customFields"],
            json!({"$cost": 1, "a": {"b": true}, "notes": value}),
            "{release:?}"
        );
        let mut after = app.stored("plain").await;
        for field in ["_updatedAt", "customFields"] {
            after.remove(field);
            before.remove(field);
        }
        assert_eq!(after, before, "{release:?}");
    })
    .await;
}
