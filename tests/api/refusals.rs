//! What the database forbids, and which refusal comes first. What the workspace forbids is in `conformance/cases`.

use crate::support::{Options, plain_refusal, six_and_eight};
use mongodb::bson::doc;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_broken_rule_is_reported() {
    six_and_eight(async |release| {
        let app = Options::default()
            .setting("Accounts_AllowInvisibleStatusOption", false)
            .setting("Accounts_Password_Policy_Enabled", true)
            .setting("Accounts_CustomFields", r#"{"note": {"type": "text", "maxLength": 3}}"#)
            .start(release)
            .await;
        let digest = app.person("plain").password_digest();
        let mut body = json!({
            "data": {
                "newPassword": "weak", "email": "nonsense", "nickname": "n".repeat(121), "bio": "b".repeat(261),
                "statusType": "offline", "username": "no spaces", "name": "<", "currentPassword": null,
            },
            "customFields": {"note": "long"}, "unknown": 1,
        });
        let before = app.dump().await;
        for (path, error_type, good) in [
            ("/unknown", json!("invalid-params"), Value::Null),
            ("/data/name", Value::Null, json!("New Name")),
            ("/data/currentPassword", json!("totp-required"), json!(digest)),
            ("/data/username", json!("error-could-not-save-identity"), json!("free")),
            ("/data/statusType", json!("error-status-not-allowed"), json!("away")),
            ("/data/bio", json!("error-bio-size-exceeded"), json!("b")),
            ("/data/nickname", json!("error-nickname-size-exceeded"), json!("n")),
            ("/data/email", json!("error-invalid-email"), json!("new@example.com")),
            ("/data/newPassword", json!("error-password-policy-not-met"), json!("N3w-and-strong-enough")),
            ("/customFields/note", json!("error-user-registration-custom-field"), json!("ok")),
        ] {
            let answer = app.post("plain", &body).send().await;
            assert_eq!((answer.status, &answer.json()["errorType"]), (400, &error_type), "{release:?} {path}: {}", answer.body);
            if path == "/unknown" {
                body.as_object_mut().expect("an object").remove("unknown");
            } else {
                *body.pointer_mut(path).expect(path) = good;
            }
        }
        assert_eq!(app.dump().await, before);
        app.post("plain", &body).send().await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_is_answered_in_its_own_words() {
    let copied_to = |field: &str| json!({"modifyRecordField": {"field": field}});
    let definition = json!({
        "id": copied_to("_id"), "first": copied_to("name.first"), "switch": copied_to("freeSwitchExtension"),
        "login": copied_to("username"),
    });
    six_and_eight(async |release| {
        let app = Options::default()
            .setting("Accounts_CustomFields", definition.to_string())
            .user("admin", doc! {"$set": {"freeSwitchExtension": "agent"}})
            .start(release)
            .await;
        let before = app.dump().await;
        for (field, words) in [
            ("id", "Performing an update on the path '_id' would modify the immutable field '_id'"),
            ("first", "Cannot create field 'first' in element {name: \"Plain User\"}"),
            ("switch", "E11000 duplicate key error collection"),
            ("login", "E11000 duplicate key error collection"),
        ] {
            let body = json!({"data": {"bio": "b"}, "customFields": {(field): "agent"}});
            let answer = app.post("plain", &body).send().await;
            let body = answer.json();
            let error = body["error"].as_str().expect("a text");
            assert!(error.contains(words), "{release:?} {field}: {error}");
            assert_eq!(answer.line(), plain_refusal(error));
        }
        assert_eq!(app.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rate_limiter_counts_too_much_is_refused_before_any_rule() {
    six_and_eight(async |release| {
        let app = Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "2/60000").start(release).await;
        let bad = json!({"data": {"bio": "b".repeat(261)}});
        for remaining in ["1", "0"] {
            let answer = app.post("legacy", &bad).send().await;
            answer.is_refused_with("error-bio-size-exceeded");
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        }
        let answer = app.post("plain", &bad).send().await;
        let (start, rest) = answer.body.split_once("You must wait ").expect("the limiter's words");
        assert_eq!(
            (answer.status, start),
            (429, r#"{"success":false,"error":"Error, too many requests. Please slow down. "#)
        );
        let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        assert_eq!(end, r#" seconds before trying this endpoint again. [error-too-many-requests]"}"#);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
    })
    .await;
}
