//! Signing in: who is let in, who is not, and what each is told.

mod who_may;

use crate::support::{Answer, Options, TestApp, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/login";
const PASSWORD: &str = "Secret-1-of-plain";

async fn standalone(release: Release) -> TestApp {
    Options::standalone().start(release).await
}

fn with_password(user: &str, password: &str) -> Value {
    json!({"user": user, "password": password})
}

/// What whoever does not prove who he is gets to read.
fn unauthorized(release: Release) -> &'static str {
    match release {
        Six => r#"401 {"status":"error","error":"Unauthorized","message":"Unauthorized"}"#,
        Eight => r#"401 {"success":false,"error":"Unauthorized","status":"error","message":"Unauthorized"}"#,
    }
}

fn refused(release: Release, id: &str, details: &str, text: &str) -> String {
    match release {
        Six => format!(r#"401 {{"status":"error","error":"{id}",{details}"message":"{text}"}}"#),
        Eight => {
            format!(r#"401 {{"success":false,"error":"{id}","status":"error",{details}"message":"{text}"}}"#)
        }
    }
}

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"]["authToken"].as_str().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_gives_a_token_that_works() {
    six_and_eight(async |release| {
        let app = standalone(release).await;
        app.stop_clock();
        let before = app.stored("plain").await;
        let answer = app.log_in(&with_password("plain", PASSWORD)).await;
        let token = token(&answer);
        assert_eq!(token.len(), 43);
        let id = &app.person("plain").id;
        let begin =
            format!(r#"{{"status":"success","data":{{"userId":"{id}","authToken":"{token}","me":{{"_id""#);
        assert!(answer.body.starts_with(&begin), "{}", answer.body);
        let end = if release == Six { "}}}" } else { r#"}},"success":true}"# };
        assert!(answer.body.ends_with(end), "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(body["data"]["me"]["services"], json!({"password": {"exists": true}}));
        let tells_oauth = body["data"]["me"].get("isOAuthUser").is_some();
        assert_eq!(tells_oauth, release == Eight);
        assert_eq!(body["data"]["me"]["settings"]["preferences"]["sendOnEnter"], "normal");
        for secret in ["$2b$", "hashedToken", "loginTokens"] {
            assert!(!answer.body.contains(secret), "{secret}");
        }

        let tokens = app.login_tokens("plain").await;
        let new = tokens.last().expect("a token");
        assert_eq!(new.keys().collect::<Vec<_>>(), ["when", "hashedToken"]);
        let after = app.stored("plain").await;
        let now = new.get_datetime("when").expect("a date");
        assert_eq!(after.get_datetime("lastLogin").expect("a date"), now);
        assert_eq!(after.get_datetime("_updatedAt").expect("a date"), now);
        // Nothing else was changed.
        let rest = |mut user: Document| {
            for key in ["lastLogin", "_updatedAt"] {
                user.remove(key);
            }
            user.get_document_mut("services").expect("services").remove("resume");
            user
        };
        assert_eq!(rest(after), rest(before));
        assert_eq!(app.login_tokens("plain").await.len(), 4);

        let me = app.request(Method::GET, "/api/v1/me").sign_in(id, &token).send().await;
        assert_eq!(me.status, 200, "{}", me.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_found_by_name_or_address_in_any_letter_case_if_that_is_clear() {
    let app = standalone(Eight).await;
    let with = async |key: &str, who: &str| app.log_in(&json!({key: who, "password": PASSWORD})).await.status;
    for who in ["plain", "PLAIN", "plain@example.com", "Plain@Example.COM"] {
        assert_eq!(with("user", who).await, 200, "{who}");
    }
    assert_eq!(with("username", "Plain").await, 200);
    assert_eq!(with("email", "PLAIN@example.com").await, 200);
    // An address is no username, a part of a name no name, and neither is a pattern.
    for (key, who) in [
        ("username", "plain@example.com"),
        ("email", "plain"),
        ("user", "plai"),
        ("user", "pl.in"),
        ("user", ".*"),
        ("user", "ｐｌａｉｎ"),
    ] {
        assert_eq!(with(key, who).await, 401, "{who}");
    }

    // A second user whose name differs in letter case only.
    let mut twin = app.stored("plain").await;
    twin.insert("_id", "twin");
    twin.insert("username", "Plain");
    twin.insert("emails", bson!([{"address": "twin@example.com", "verified": true}]));
    twin.get_document_mut("services").expect("services").remove("resume");
    app.users().insert_one(twin).await.expect("inserted");
    let found = async |who: &str| {
        let answer = app.log_in(&with_password(who, PASSWORD)).await;
        answer.json()["data"]["userId"].as_str().map(str::to_owned)
    };
    assert_eq!(found("plain").await.as_deref(), Some(app.person("plain").id.as_str()));
    assert_eq!(found("Plain").await.as_deref(), Some("twin"));
    assert_eq!(found("PLAIN").await, None, "two are alike");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_as_good_as_the_password() {
    let app = standalone(Six).await;
    let digest = app.person("plain").password_digest();
    let with = async |digest: &str, algorithm: &str| {
        let password = json!({"digest": digest, "algorithm": algorithm});
        app.log_in(&json!({"user": "plain", "password": password})).await
    };
    assert_eq!(with(&digest, "sha-256").await.status, 200);
    assert_eq!(with(&digest.to_uppercase(), "sha-256").await.line(), unauthorized(Six));
    // The digest itself is not the password.
    assert_eq!(app.log_in(&with_password("plain", &digest)).await.line(), unauthorized(Six));
    let form = format!("user=plain&password={PASSWORD}");
    let form = app
        .request(Method::POST, PATH)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await;
    assert_eq!(form.status, 200, "{}", form.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_proves_nothing_is_answered_alike() {
    six_and_eight(async |release| {
        let app = standalone(release).await;
        let before = app.dump().await.remove("users");
        for body in [
            with_password("plain", "wrong"),
            with_password("plain", &"p".repeat(257)),
            with_password("nobody", PASSWORD),
            with_password("nobody@example.com", PASSWORD),
            with_password("oauth", "anything"),
        ] {
            assert_eq!(app.log_in(&body).await.line(), unauthorized(release), "{body}");
        }
        // What is no attempt at anything tells nothing of anybody, and so may be called what it is.
        let unrecognised = match release {
            Six => r#"401 {"status":"error","error":400,"message":"Unrecognized options for login request"}"#,
            Eight => unauthorized(Eight),
        };
        for body in [
            with_password("plain", ""),
            json!({"user": "plain"}),
            json!({"user": "plain", "password": null}),
            json!({}),
            json!([]),
            json!({"saml": true, "credentialToken": "x"}),
        ] {
            assert_eq!(app.log_in(&body).await.line(), unrecognised, "{body}");
        }
        let broken =
            app.request(Method::POST, PATH).header("Content-Type", "application/json").body("{").send();
        assert_eq!(broken.await.line(), unrecognised);
        let bare = app.request(Method::POST, PATH).send().await;
        assert_eq!(bare.line(), unrecognised);
        assert_eq!(app.dump().await.remove("users"), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_user_costs_as_much_hashing_as_a_wrong_password() {
    let app = standalone(Eight).await;
    for who in ["plain", "nobody", "oauth", "nobody@example.com"] {
        let before = app.hashing.runs();
        app.log_in(&with_password(who, "wrong")).await;
        assert_eq!(app.hashing.runs() - before, 1, "{who}");
    }
}

/// Each mismatch has Meteor's own words, and leaves no record: it has no id.
#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_a_wrong_type_are_an_error_of_their_own() {
    let (six, eight) = (standalone(Six).await, standalone(Eight).await);
    let no_password =
        "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation in field password";
    for (body, text) in [
        (
            json!({"user": "plain", "password": PASSWORD, "extra": 1}),
            "Match error: Match error: Expected object, got string in field user",
        ),
        (
            json!({"user": {"username": "plain"}, "password": PASSWORD, "extra": 1}),
            "Match error: Unknown key in field extra",
        ),
        (json!({"user": "plain", "password": 7}), no_password),
        (json!({"user": "plain", "password": {"$ne": null}}), no_password),
        (json!({"user": "plain", "password": {"hashed": "x"}}), "data and hash must be strings"),
        (json!({"password": PASSWORD}), "Match error: Missing key 'user'"),
        (json!({"resume": {"$ne": null}}), "Match error: Expected string, got object"),
    ] {
        let answer = eight.log_in(&body).await;
        assert_eq!(answer.line(), r#"500 {"success":false,"error":"Internal server error"}"#, "{body}");
        let answer = six.log_in(&body).await;
        assert_eq!(answer.line(), format!(r#"401 {{"status":"error","message":"{text}"}}"#), "{body}");
    }
    for app in [six, eight] {
        assert_eq!(app.dump().await.remove("rocketchat_server_events"), Some(Vec::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_limited_by_the_api_settings_and_nobody_is_exempt() {
    let app = Options::standalone()
        .variable("RC_ACCOUNT_RATE_LIMIT", "auto")
        .setting("API_Enable_Rate_Limiter_Limit_Calls_Default", 2)
        .start(Eight)
        .await;
    app.stop_clock();
    let login = async || app.log_in(&with_password("admin", "Secret-1-of-admin")).await;
    for remaining in ["1", "0"] {
        let answer = login().await;
        token(&answer);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
    }
    let refused = login().await;
    let text = "Error, too many requests. Please slow down. You must wait 60 seconds before trying this endpoint \
                again. [error-too-many-requests]";
    assert_eq!(refused.line(), format!(r#"429 {{"success":false,"error":"{text}"}}"#));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_there_is_no_such_route() {
    let app = TestApp::eight().await;
    for (method, path) in [
        (Method::POST, PATH),
        (Method::POST, "/api/v1/logout"),
        (Method::GET, "/api/v1/logout"),
        (Method::GET, "/api/v1/me"),
        (Method::POST, "/api/v1/users.logoutOtherClients"),
        (Method::POST, "/api/v1/users.removeOtherTokens"),
        (Method::GET, "/api/info"),
        (Method::GET, "/api/v1/info"),
    ] {
        assert_eq!(app.call(method, path, "plain").await.line(), "404 404 Not Found", "{path}");
    }
}
