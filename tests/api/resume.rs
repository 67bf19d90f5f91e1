//! Login tokens: using one on, and how many there may be.

use crate::support::{Answer, Options, six_and_eight};
use chrono::{TimeDelta, Utc};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{DateTime, bson, doc};
use reqwest::Method;
use serde_json::json;

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"]["authToken"].as_str().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_used_on_until_it_ends() {
    six_and_eight(async |release| {
        let app = Options::standalone().setting("Accounts_LoginExpiration", 30).start(release).await;
        app.stop_clock();
        let person = app.person("plain");
        let resume = json!({"resume": person.token});
        let answer = app.log_in(&resume).await;
        assert_eq!(token(&answer), person.token, "the same token again");
        assert_eq!(app.login_tokens("plain").await.len(), 3, "nothing is added");
        let last_login = app.stored("plain").await;
        let last_login = last_login.get_datetime("lastLogin").expect("a date").to_chrono();
        let now = Utc::now();
        assert!((now - last_login) < TimeDelta::minutes(1));

        let ended = |text: &str| match release {
            Six => format!(r#"401 {{"status":"error","error":403,"message":"{text}"}}"#),
            Eight => {
                r#"401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}"#
                    .to_owned()
            }
        };
        let unknown = app.log_in(&json!({"resume": "unknown"})).await;
        assert_eq!(unknown.line(), ended("You've been logged out by the server. Please log in again."));
        app.advance_clock(TimeDelta::days(30));
        let expired = app.log_in(&resume).await;
        assert_eq!(expired.line(), ended("Your session has expired. Please log in again."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_access_token_never_ends_and_a_deactivated_users_token_does_not_help() {
    let app = Options::standalone().start(Eight).await;
    app.advance_clock(TimeDelta::days(10_000));
    let pat = app.person("pat").other_tokens[0].clone();
    assert_eq!(token(&app.log_in(&json!({"resume": pat})).await), pat);
    let app = Options::standalone().start(Eight).await;
    let answer = app.log_in(&json!({"resume": app.person("deactivated").token})).await;
    assert_eq!(answer.json()["error"], "error-user-is-not-activated");
    // A second factor is nobody's business here.
    token(&app.log_in(&json!({"resume": app.person("totp").token})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_stored_in_plain_is_hashed_when_it_is_used() {
    let when = DateTime::now();
    let set = doc! {"$set": {"services.resume.loginTokens": [{"when": when, "token": "stored in plain"}]}};
    let app = Options::standalone().user("plain", set).start(Eight).await;
    for _ in 0..2 {
        assert_eq!(token(&app.log_in(&json!({"resume": "stored in plain"})).await), "stored in plain");
    }
    let tokens = app.login_tokens("plain").await;
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].keys().collect::<Vec<_>>(), ["hashedToken", "when"]);
    assert_eq!(tokens[0].get_datetime("when").expect("a date"), &when);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_leaves_only_the_newest_sessions() {
    let app = Options::standalone().variable("MAX_RESUME_LOGIN_TOKENS", "5").start(Eight).await;
    let login = async || {
        token(&app.log_in(&json!({"user": "many-tokens", "password": "Secret-1-of-many-tokens"})).await)
    };
    let own = login().await;
    assert_eq!(app.login_tokens("many-tokens").await.len(), 5);
    // Personal access tokens are not counted and stay.
    let tokens = bson!([
        {"type": "personalAccessToken", "name": "a", "hashedToken": "a"},
        {"type": "personalAccessToken", "name": "b", "hashedToken": "b"},
    ]);
    let push = doc! {"$push": {"services.resume.loginTokens": {"$each": tokens}}};
    app.users().update_one(doc! {"_id": &app.person("many-tokens").id}, push).await.expect("updated");
    let newest = login().await;
    assert_eq!(app.login_tokens("many-tokens").await.len(), 7);
    for token in [own, newest] {
        let me = app.request(Method::GET, "/api/v1/me").sign_in(&app.person("many-tokens").id, &token);
        assert_eq!(me.send().await.status, 200);
    }
}
