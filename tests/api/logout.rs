//! Signing out: here, elsewhere, everywhere else.

use crate::support::{Options, TestApp, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;

async fn standalone(release: Release) -> TestApp {
    Options::standalone().start(release).await
}

async fn updated_at(app: &TestApp, handle: &str) -> DateTime {
    *app.stored(handle).await.get_datetime("_updatedAt").expect("a date")
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_ends_the_callers_session_and_no_other() {
    six_and_eight(async |release| {
        for method in [Method::POST, Method::GET] {
            let app = standalone(release).await;
            let (before, updated) = (app.login_tokens("plain").await, updated_at(&app, "plain").await);
            let answer = app.call(method, "/api/v1/logout", "plain").await;
            let expected = match release {
                Six => r#"200 {"status":"success","data":{"message":"You've been logged out!"}}"#,
                // The answer loses its body on the way.
                Eight => "200 ",
            };
            assert_eq!(answer.line(), expected);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(app.login_tokens("plain").await, before[1..]);
            assert!(updated_at(&app, "plain").await > updated);

            let again = app.call(Method::GET, "/api/v1/me", "plain").await;
            assert_eq!(again.status, 401, "{}", again.body);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_a_session_asks_for_one() {
    let text = "You must be logged in to do this.";
    for (release, expected) in [
        (Six, format!(r#"401 {{"status":"error","message":"{text}"}}"#)),
        (Eight, format!(r#"401 {{"success":false,"error":"{text}","status":"error","message":"{text}"}}"#)),
    ] {
        let app = standalone(release).await;
        for (method, path) in [
            (Method::POST, "logout"),
            (Method::GET, "logout"),
            (Method::GET, "me"),
            (Method::POST, "users.logoutOtherClients"),
            (Method::POST, "users.removeOtherTokens"),
        ] {
            let path = format!("/api/v1/{path}");
            let bare = app.request(method.clone(), &path).send().await;
            assert_eq!(bare.line(), expected, "{path}");
            let wrong = app.request(method, &path).sign_in(&app.person("plain").id, "wrong").send().await;
            assert_eq!(wrong.line(), expected, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_other_clients_leaves_personal_access_tokens() {
    let app = Options::standalone().setting("Accounts_LoginExpiration", 30).start(Eight).await;
    let other = doc! {"when": DateTime::now(), "hashedToken": "of another session"};
    let push = doc! {"$push": {"services.resume.loginTokens": other}};
    app.users().update_one(doc! {"_id": &app.person("pat").id}, push).await.expect("updated");
    let (before, updated) = (app.login_tokens("pat").await, updated_at(&app, "pat").await);

    let answer = app.call(Method::POST, "/api/v1/users.logoutOtherClients", "pat").await;
    let begun = before[0].get_datetime("when").expect("a date").to_chrono();
    let expires = (begun + chrono::TimeDelta::days(30)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let token = &app.person("pat").token;
    assert_eq!(
        answer.line(),
        format!(r#"200 {{"token":"{token}","tokenExpires":"{expires}","success":true}}"#)
    );
    assert_eq!(app.login_tokens("pat").await, before[..3]);
    assert_eq!(updated_at(&app, "pat").await, updated, "the original writes this past the model");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_access_token_has_no_end_to_tell() {
    let app = standalone(Six).await;
    let (id, token) = (&app.person("pat").id, &app.person("pat").other_tokens[0]);
    let request = app.request(Method::POST, "/api/v1/users.logoutOtherClients").sign_in(id, token);
    let answer = request.send().await;
    assert_eq!(answer.line(), format!(r#"200 {{"token":"{token}","tokenExpires":"","success":true}}"#));
    assert_eq!(app.login_tokens("pat").await.len(), 2, "the session is gone, the two tokens are not");
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_other_tokens_leaves_the_callers_alone() {
    let app = standalone(Eight).await;
    for handle in ["pat", "plain", "many-tokens"] {
        let others = app.dump().await.remove("users");
        let answer = app.call(Method::POST, "/api/v1/users.removeOtherTokens", handle).await;
        assert_eq!(answer.line(), r#"200 {"success":true}"#);
        assert_eq!(app.login_tokens(handle).await.len(), 1);
        assert_eq!(app.call(Method::GET, "/api/v1/me", handle).await.status, 200);
        let id = app.person(handle).id.clone();
        let without = |users: Option<Vec<Document>>| {
            let users = users.expect("users").into_iter();
            users.filter(|user| user.get_str("_id").expect("an id") != id).collect::<Vec<_>>()
        };
        assert_eq!(without(app.dump().await.remove("users")), without(others));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_limited_by_the_api_settings_except_for_the_exempt() {
    let app = Options::standalone()
        .variable("RC_ACCOUNT_RATE_LIMIT", "auto")
        .setting("API_Enable_Rate_Limiter_Limit_Calls_Default", 1)
        .start(Eight)
        .await;
    let me = async |handle: &str| app.call(Method::GET, "/api/v1/me", handle).await;
    let first = me("plain").await;
    assert_eq!((first.status, first.header("x-ratelimit-remaining")), (200, Some("0")));
    assert_eq!(me("plain").await.status, 429);
    let exempt = me("admin").await;
    assert_eq!((exempt.status, exempt.header("x-ratelimit-limit")), (200, None));
}
