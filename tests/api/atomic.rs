//! All of a request or nothing of it.

use crate::support::{Options, TestApp, six_and_eight};
use mongodb::bson::doc;
use serde_json::json;

/// Nine fields that pass on their own. `username` and `email` are free.
fn nine_valid_fields(digest: &str) -> serde_json::Value {
    json!({
        "data": {
            "name": "New Name", "username": "new.name", "nickname": "nick", "bio": "New bio",
            "statusType": "away", "statusText": "New text", "email": "new@example.com",
            "newPassword": "N3w-and-strong-enough", "currentPassword": digest,
        },
        "customFields": {"twitter": "@example"},
    })
}

const TWITTER: &str = r#"{"twitter": {"type": "text", "required": false, "maxLength": 30}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn nine_valid_fields_and_one_bad_one_change_nothing_anywhere() {
    six_and_eight(async |release| {
        let options = Options::default().setting("Accounts_CustomFields", TWITTER);
        let app = options.setting("Accounts_Password_Policy_Enabled", true).start(release).await;
        let digest = app.person("plain").password_digest();
        let before = app.dump().await;
        for (path, bad) in [
            ("/data/name", json!("  ")),
            ("/data/username", json!("no spaces allowed")),
            ("/data/nickname", json!("n".repeat(121))),
            ("/data/bio", json!("b".repeat(261))),
            ("/data/email", json!("not an address")),
            ("/data/newPassword", json!("weak")),
            ("/data/currentPassword", json!("0000")),
            ("/data/statusText", json!({})),
            ("/customFields/twitter", json!("t".repeat(31))),
        ] {
            let mut body = nine_valid_fields(&digest);
            *body.pointer_mut(path).expect(path) = bad;
            let answer = app.post("plain", &body).send().await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert_eq!(app.dump().await, before, "{release:?} {path}");
        }
        let answer = app.post("plain", &nine_valid_fields(&digest)).send().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    })
    .await;
}
