//! All of a request or nothing of it.

use crate::support::{Options, TestApp, six_and_eight};
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

#[tokio::test(flavor = "multi_thread")]
async fn of_many_password_changes_with_the_same_present_password_one_passes() {
    let app = TestApp::six().await;
    let digest = app.person("plain").password_digest();
    let change = async |n: usize| {
        let body = json!({"data": {"newPassword": format!("New-passw0rd-{n}"), "currentPassword": digest}});
        app.post("plain", &body).send().await
    };
    let answers = futures_util::future::join_all((0..10).map(change)).await;
    let passed: Vec<usize> = (0..10).filter(|n| answers[*n].status == 200).collect();
    assert_eq!(passed.len(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is_refused_with("totp-invalid");
    }
    let stored = app.stored("plain").await;
    let password =
        stored.get_document("services").expect("services").get_document("password").expect("password");
    let winner = devstack::workspace::password_digest(&format!("New-passw0rd-{}", passed[0]));
    assert!(bcrypt::verify(winner, password.get_str("bcrypt").expect("a hash")).expect("a comparison"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_of_different_fields_all_stay() {
    let app = TestApp::eight().await;
    let bodies = [
        json!({"data": {"name": "Renamed"}}),
        json!({"data": {"bio": "Engineer"}}),
        json!({"data": {"nickname": "cake"}}),
        json!({"data": {"statusType": "busy", "statusText": "On a vacation"}}),
        json!({"data": {"username": "renamed"}}),
    ];
    let answers =
        futures_util::future::join_all(bodies.iter().map(|body| app.post("plain", body).send())).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let stored = app.stored("plain").await;
    for (field, value) in [
        ("name", "Renamed"),
        ("bio", "Engineer"),
        ("nickname", "cake"),
        ("statusDefault", "busy"),
        ("statusText", "On a vacation"),
        ("username", "renamed"),
    ] {
        assert_eq!(stored.get_str(field).ok(), Some(value), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_password_change_ended_can_change_nothing_more() {
    let app = TestApp::six().await;
    let person = app.person("plain");
    let other = app
        .request(reqwest::Method::POST, crate::support::ROUTE)
        .sign_in(&person.id, &person.other_tokens[0])
        .json(&json!({"data": {"bio": "from another session"}}));
    let change =
        json!({"data": {"newPassword": "New-passw0rd", "currentPassword": person.password_digest()}});
    assert_eq!(app.post("plain", &change).send().await.status, 200);
    assert_eq!(other.send().await.status, 401);
    assert_eq!(app.post("plain", &json!({"data": {}})).send().await.status, 200);
}
