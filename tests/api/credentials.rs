//! Who may call: `X-User-Id` with `X-Auth-Token`, and the 401 for everybody else.

use crate::support::{Answer, Options, ROUTE, TestApp, exchange, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{DateTime, Document, doc};
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

/// The hash of the person's first login token.
async fn first_hashed_token(app: &TestApp, handle: &str) -> String {
    let stored = app.stored(handle).await;
    let resume = stored.get_document("services").and_then(|services| services.get_document("resume"));
    let tokens = resume.and_then(|resume| resume.get_array("loginTokens")).expect("tokens");
    let first = tokens[0].as_document().expect("a token");
    first.get_str("hashedToken").expect("a hash").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_gets_401_and_nothing_is_written() {
    six_and_eight(async |release| {
        let unhashed = doc! {"$push": {"services.resume.loginTokens": {
            "when": DateTime::now(), "token": "stored-unhashed",
        }}};
        let app = Options::default().user("legacy", unhashed).start(release).await;
        let tokens = app.database.collection::<Document>("rocketchat_oauth_access_tokens");
        let bearer = doc! {"accessToken": "stored-for-an-app", "userId": &app.person("plain").id};
        tokens.insert_one(bearer).await.expect("inserted");
        let (plain, admin, legacy) = (app.person("plain"), app.person("admin"), app.person("legacy"));
        let (id, token) = (plain.id.as_str(), plain.token.as_str());
        let hashed = first_hashed_token(&app, "plain").await;
        let (lower_id, lower_token) = (id.to_lowercase(), token.to_lowercase());
        let long = "t".repeat(8000);
        let before = app.dump().await;
        let cases: [(&str, &[&str], &[&str]); 19] = [
            ("no headers", &[], &[]),
            ("no token", &[id], &[]),
            ("no user", &[], &[token]),
            ("an empty user", &[""], &[token]),
            ("an empty token", &[id], &[""]),
            ("two empty headers", &[""], &[""]),
            ("an unknown user", &["nobody"], &[token]),
            ("the username for the id", &["plain"], &[token]),
            ("the id in another letter case", &[&lower_id], &[token]),
            ("a user id outside ASCII", &["\u{e9}"], &[token]),
            ("a wrong token", &[id], &["wrong"]),
            ("the token in another letter case", &[id], &[&lower_token]),
            ("a token outside ASCII", &[id], &["\u{1f600}"]),
            ("a very long token", &[id], &[&long]),
            ("the token of another user", &[id], &[&admin.token]),
            ("another user with this token", &[&admin.id], &[token]),
            ("the token as it is stored", &[id], &[&hashed]),
            ("a token that is stored unhashed", &[&legacy.id], &["stored-unhashed"]),
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
async fn wrong_credentials_win_over_a_bad_body() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let id = &app.person("plain").id;
        let large = "x".repeat(17 * 1024 * 1024);
        for (case, body) in [
            ("empty", ""),
            ("no JSON", "{"),
            ("an array", "[]"),
            ("an unknown key", r#"{"data":{"foo":1}}"#),
            ("a forbidden name", r#"{"data":{"name":"a<b"}}"#),
            ("too large", &large),
        ] {
            let request = app.request(Method::POST, ROUTE).sign_in(id, "wrong");
            let request = request.header("Content-Type", "application/json").body(body.to_owned());
            is_unauthorized(&request.send().await, release, case);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_login_token_is_enough_whatever_its_age_and_its_users_state() {
    six_and_eight(async |release| {
        let old = doc! {"$set": {"services.resume.loginTokens.0.when": DateTime::from_millis(0)}};
        let app = Options::default().user("plain", old).start(release).await;
        for handle in [
            "plain",
            "admin",
            "oauth",
            "legacy",
            "many-tokens",
            "pat",
            "bot",
            "forced",
            "deactivated",
            "totp",
            "no-username",
        ] {
            let person = app.person(handle);
            for (token, n) in [&person.token].into_iter().chain(&person.other_tokens).zip(0..) {
                let bio = format!("{handle}, token {n}");
                let request = app.request(Method::POST, ROUTE).sign_in(&person.id, token);
                let user = request.json(&json!({"data": {"bio": bio}})).send().await.user();
                assert_eq!((&user["_id"], &user["bio"]), (&json!(person.id), &json!(bio)), "{release:?}");
                assert_eq!(app.stored(handle).await.get_str("bio").ok(), Some(bio.as_str()), "{release:?}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_the_headers_match_in_any_letter_case() {
    let app = TestApp::six().await;
    let person = app.person("plain");
    for (user, token) in
        [("X-User-Id", "X-Auth-Token"), ("x-user-id", "x-auth-token"), ("X-USER-ID", "x-aUTH-tOKEN")]
    {
        let request = format!(
            "POST {ROUTE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{user}: {id}\r\n\
             {token}: {secret}\r\ncONTENT-tYPE: application/json\r\nContent-Length: {length}\r\n\r\n{BODY}",
            id = person.id,
            secret = person.token,
            length = BODY.len(),
        );
        let answer = exchange(&app.base, &request);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{user} {token}: {answer}");
    }
}
