//! Who may call, and the 401 for everybody else: what the cases of `conformance/cases/credentials.toml` cannot say.

use crate::support::{Answer, Options, ROUTE, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;

const BODY: &str = r#"{"data":{"bio":"Engineer"}}"#;

#[track_caller]
fn is_unauthorized(answer: &Answer, release: Release, case: &str) {
    let text = "You must be logged in to do this.";
    let body = match release {
        Six => format!(r#"{{"status":"error","message":"{text}"}}"#),
        Eight => format!(r#"{{"success":false,"error":"{text}","status":"error","message":"{text}"}}"#),
    };
    assert_eq!(answer.line(), format!("401 {body}"), "{release:?}: {case}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{release:?}: {case}");
    // 6.13 forbids caches everywhere, 8.3 and newer not here.
    let caches = (release == Six).then_some("no-store");
    assert_eq!(answer.header("cache-control"), caches, "{release:?}: {case}");
    for name in ["x-ratelimit-limit", "www-authenticate"] {
        assert_eq!(answer.header(name), None, "{release:?}: {case}: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_gets_401_and_nothing_is_written() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let tokens = app.database.collection::<Document>("rocketchat_oauth_access_tokens");
        let bearer = doc! {"accessToken": "stored-for-an-app", "userId": &app.person("plain").id};
        tokens.insert_one(bearer).await.expect("inserted");
        let plain = app.person("plain");
        let (id, token) = (plain.id.as_str(), plain.token.as_str());
        let (lower_id, lower_token) = (id.to_lowercase(), token.to_lowercase());
        let before = app.dump().await;
        let cases: [(&str, &[&str], &[&str]); 7] = [
            ("an empty user", &[""], &[token]),
            ("an empty token", &[id], &[""]),
            ("two empty headers", &[""], &[""]),
            ("the id in another letter case", &[&lower_id], &[token]),
            ("a user id outside ASCII", &["\u{e9}"], &[token]),
            ("the token in another letter case", &[id], &[&lower_token]),
            ("the right token twice", &[id], &[token, token]),
        ];
        for (case, ids, tokens) in cases {
            let mut request = app.request(Method::POST, ROUTE).header("Content-Type", "application/json");
            for id in ids {
                request = request.header("X-User-Id", id);
            }
            for token in tokens {
                request = request.header("X-Auth-Token", token);
            }
            is_unauthorized(&request.body(BODY).send().await, release, case);
        }
        // Tokens that OAuth applications were given are not taken, for all that they are stored.
        let bearer = app.request(Method::POST, ROUTE).header("Authorization", "Bearer stored-for-an-app");
        is_unauthorized(&bearer.json(&json!({"data": {}})).send().await, release, "a bearer token");
        assert_eq!(app.dump().await, before, "{release:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_win_over_a_body_that_is_too_large() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let id = &app.person("plain").id;
        let large = "x".repeat(17 * 1024 * 1024);
        let request = app.request(Method::POST, ROUTE).sign_in(id, "wrong");
        let request = request.header("Content-Type", "application/json").body(large);
        is_unauthorized(&request.send().await, release, "too large");
    })
    .await;
}
