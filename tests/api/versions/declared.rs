//! Where the better answer is given in all versions, though some version gives another: `docs/COMPATIBILITY.md`.

use crate::support::{Options, ROUTE, TestApp, at};
use devstack::workspace::Release::Six;
use mongodb::bson::{Bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const NOTE: &str = r#"{"note": {"type": "text", "required": false}}"#;

async fn beside(version: &str, options: Options) -> TestApp {
    options.variable("RC_ACCOUNT_RELEASE", version).start(Six).await
}

/// The routers of 7.5 to 7.13 do not read the headers on this route, and 8.3 does not remember.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_in_the_headers_counts_and_is_remembered_in_all_versions() {
    let mut app = beside("6.4.0", Options::default()).await;
    for version in ["6.4.0", "7.5.0", "7.7.1", "7.10.0", "8.3.0", "8.6.1", "9.0.0"] {
        app.imitate(version).await;
        let before = app.stored("plain").await;
        let request = app.post("plain", &json!({"data": {"email": "new@example.com"}}));
        let request = request.header("x-2fa-code", &app.person("plain").password_digest());
        request.header("x-2fa-method", "password").send().await.user();
        let after = app.stored("plain").await;
        assert_eq!(at(&after, "emails.0.address"), Some(&"new@example.com".into()), "{version}");
        let token = "services.resume.loginTokens.0.twoFactorAuthorized";
        let hash = at(&after, &format!("{token}Hash")).and_then(Bson::as_str);
        assert_eq!(hash.map(str::len), Some(32), "{version}");
        assert!(at(&after, &format!("{token}Until")).is_some(), "{version}");
        app.put(&before).await;
    }
}

/// 7.6 to 7.9 replace the whole object; at 7.7.1 unknown fields alone leave an empty one.
#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_that_are_not_sent_are_kept_in_all_versions() {
    let mut app = beside("6.4.0", Options::default().setting("Accounts_CustomFields", NOTE)).await;
    for version in ["6.4.0", "7.6.0", "7.7.1", "7.9.0", "7.10.0", "9.0.0"] {
        app.imitate(version).await;
        let before = app.stored("agent").await;
        app.post("agent", &json!({"data": {}, "customFields": {"note": "n"}})).send().await.user();
        let stored = app.stored("agent").await;
        let expected = doc! {"twitter": "@agent", "pager": "42", "note": "n"};
        assert_eq!(at(&stored, "customFields"), Some(&expected.into()), "{version}");
        app.put(&before).await;
        app.post("agent", &json!({"data": {}, "customFields": {"unknown": 1}})).send().await;
        assert_eq!(at(&app.stored("agent").await, "customFields"), at(&before, "customFields"), "{version}");
    }
}

/// 6.13 answers `name is not defined`.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_blanks_removes_the_name_where_none_is_required() {
    let app = beside("6.13.0", Options::default().setting("Accounts_RequireNameForSignUp", false)).await;
    app.change("plain", &json!({"name": " \t"})).await.user();
    assert_eq!(app.stored("plain").await.get("name"), None);
}

/// Before the new routers, pages of HTML say that the body could not be parsed.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_or_a_scalar_gets_json_at_6_13() {
    let app = beside("6.13.0", Options::default()).await;
    let expected = r#"400 {"success":false,"error":"must have required property 'data' [invalid-params]","errorType":"invalid-params"}"#;
    for body in ["not json", "5", "true", "null", r#""text""#] {
        let request = app.signed_in("plain").header("Content-Type", "application/json");
        let answer = request.body(body).send().await;
        assert_eq!(answer.line(), expected, "{body}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{body}");
    }
}

/// 6.13 refuses it with a Match error.
#[tokio::test(flavor = "multi_thread")]
async fn a_custom_field_called_proto_is_dropped_at_6_13() {
    let app = beside("6.13.0", Options::default().setting("Accounts_CustomFields", NOTE)).await;
    let body = r#"{"data":{},"customFields":{"__proto__":{"x":1},"note":"n"}}"#;
    let request = app.signed_in("plain").header("Content-Type", "application/json");
    request.body(body).send().await.user();
    assert_eq!(at(&app.stored("plain").await, "customFields"), Some(&doc! {"note": "n"}.into()));
}

/// 6.13 tells which part of the credentials was wrong, and so who there is.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_login_tells_nobody_who_there_is_at_6_13() {
    let app = beside("6.13.0", Options::standalone()).await;
    let mut answers = Vec::new();
    for body in [
        json!({"user": "plain", "password": "wrong"}),
        json!({"user": "oauth", "password": "wrong"}),
        json!({"user": "not-there", "password": "wrong"}),
    ] {
        answers.push(app.log_in(&body).await.line());
    }
    let expected = r#"401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}"#;
    assert_eq!(answers, [expected; 3]);
}

/// A version that is newer than the newest row is imitated as that one.
#[tokio::test(flavor = "multi_thread")]
async fn versions_of_the_future_are_those_of_the_newest_row() {
    let mut app = beside("9.1.0", Options::default()).await;
    let answers = async |app: &TestApp| {
        let body_error = app.post("plain", &json!({})).send().await;
        let stranger = app.request(Method::POST, ROUTE).send().await;
        let mut user: Value = app.post("plain", &json!({"data": {}})).send().await.user();
        user.as_object_mut().expect("an object").remove("_updatedAt");
        (body_error.line(), stranger.line(), user)
    };
    let newest = answers(&app).await;
    app.imitate("12.3.4").await;
    assert_eq!(answers(&app).await, newest);
}
