//! Personal access tokens, stand-alone.

use crate::support::codes::totp;
use crate::support::{Answer, Options, TestApp, plain_refusal, refusal};
use chrono::TimeDelta;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const GENERATE: &str = "users.generatePersonalAccessToken";
const REGENERATE: &str = "users.regeneratePersonalAccessToken";
const REMOVE: &str = "users.removePersonalAccessToken";
const LIST: &str = "/api/v1/users.getPersonalAccessTokens";
const SUCCESS: &str = r#"200 {"success":true}"#;

async fn standalone(release: Release) -> TestApp {
    Options::standalone().start(release).await
}

async fn post(
    app: &TestApp,
    handle: &str,
    route: &str,
    body: &Value,
    factor: Option<(&str, &str)>,
) -> Answer {
    let person = app.person(handle);
    let mut request =
        app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(&person.id, &person.token);
    if let Some((method, code)) = factor {
        request = request.header("x-2fa-method", method).header("x-2fa-code", code);
    }
    request.json(body).send().await
}

/// With the present password, for users without a method of their own.
async fn confirmed(app: &TestApp, handle: &str, route: &str, body: &Value) -> Answer {
    let digest = app.person(handle).password_digest();
    post(app, handle, route, body, Some(("password", &digest))).await
}

#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(answer.body, format!(r#"{{"token":"{token}","success":true}}"#));
    assert_eq!(token.len(), 43);
    token
}

fn without_remembering() -> Options {
    Options::standalone().without_remembering()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_stored_hashed_and_signs_in() {
    for (release, bypass) in [(Six, None), (Eight, Some(Bson::Boolean(false)))] {
        let app = without_remembering().start(release).await;
        app.stop_clock();
        let before = app.stored("plain").await;
        let tokens = app.login_tokens("plain").await;
        let plain = token(&confirmed(&app, "plain", GENERATE, &json!({"tokenName": "bot"})).await);
        let after = app.login_tokens("plain").await;
        assert_eq!(after[..tokens.len()], tokens[..]);
        let new = after.last().expect("a token");
        let mut expected = doc! {
            "hashedToken": new.get_str("hashedToken").expect("a hash"), "type": "personalAccessToken",
            "createdAt": *new.get_datetime("createdAt").expect("a date"), "lastTokenPart": &plain[37..],
            "name": "bot",
        };
        expected.extend(bypass.map(|bypass| ("bypassTwoFactor".to_owned(), bypass)));
        assert_eq!(*new, expected);
        assert_eq!(new.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        // Nothing else but the date of the change.
        let rest = |mut user: Document| {
            user.remove("_updatedAt");
            user.get_document_mut("services").expect("services").remove("resume");
            user
        };
        let stored = app.stored("plain").await;
        assert!(
            stored.get_datetime("_updatedAt").expect("a date")
                > before.get_datetime("_updatedAt").expect("one")
        );
        assert_eq!(rest(stored), rest(before));
        let id = &app.person("plain").id;
        let me = app.request(Method::GET, "/api/v1/me").sign_in(id, &plain).send().await;
        assert_eq!(me.status, 200, "{}", me.body);
        let listed = app.call(Method::GET, LIST, "plain").await;
        let created = new.get_datetime("createdAt").expect("a date").to_chrono();
        let created = created.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let expected = format!(
            r#"200 {{"tokens":[{{"name":"bot","createdAt":"{created}","lastTokenPart":"{}","bypassTwoFactor":false}}],"success":true}}"#,
            &plain[37..]
        );
        assert_eq!(listed.line(), expected);
        let details = json!({"method": "personalAccessTokens:generateToken"});
        let again = confirmed(&app, "plain", GENERATE, &json!({"tokenName": "bot"})).await;
        let reason = "A token with this name already exists";
        assert_eq!(again.line(), refusal(reason, "error-token-already-exists", &details));
        token(&confirmed(&app, "plain", GENERATE, &json!({"tokenName": "Bot"})).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_anew_under_its_name_and_taken_away() {
    for release in [Six, Eight] {
        let app = without_remembering().start(release).await;
        // Of this person one token bypasses the second factor, which opens these routes, too.
        let listed = app.call(Method::GET, LIST, "pat").await.json()["tokens"].clone();
        let first = listed[0]["name"].as_str().expect("a name").to_owned();
        assert_eq!(listed[0]["bypassTwoFactor"], true);
        let (id, bypassing) = (app.person("pat").id.clone(), app.person("pat").other_tokens[0].clone());
        let with_token = async |route: &str, token: &str, body: &Value| {
            let request = app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(&id, token);
            request.json(body).send().await
        };
        let before = app.login_tokens("pat").await;
        let anew = token(&with_token(REGENERATE, &bypassing, &json!({"tokenName": first})).await);
        let after = app.login_tokens("pat").await;
        assert_eq!(after.len(), before.len());
        let new = after.last().expect("a token");
        assert_eq!(new.get_str("name").ok(), Some(first.as_str()));
        // The older version loses the flag.
        let kept = (release == Eight).then_some(true);
        assert_eq!(new.get_bool("bypassTwoFactor").ok(), kept);
        let old = app.request(Method::GET, "/api/v1/me").sign_in(&id, &bypassing).send().await;
        assert_eq!(old.status, 401, "the old one is over");
        assert_eq!(app.request(Method::GET, "/api/v1/me").sign_in(&id, &anew).send().await.status, 200);

        assert_eq!(confirmed(&app, "pat", REMOVE, &json!({"tokenName": first})).await.line(), SUCCESS);
        assert_eq!(app.login_tokens("pat").await.len(), before.len() - 1);
        for (route, method) in [(REMOVE, "removeToken"), (REGENERATE, "regenerateToken")] {
            let details = json!({"method": format!("personalAccessTokens:{method}")});
            let gone = confirmed(&app, "pat", route, &json!({"tokenName": first})).await;
            assert_eq!(gone.line(), refusal("Token does not exist", "error-token-does-not-exists", &details));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_and_remembered() {
    for release in [Six, Eight] {
        let app = standalone(release).await;
        let before = app.dump().await;
        let challenge = post(&app, "totp", GENERATE, &json!({"tokenName": "a"}), None).await;
        let details = r#"{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}"#;
        let expected = format!(
            r#"400 {{"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required","details":{details}}}"#
        );
        assert_eq!(challenge.line(), expected);
        let wrong = post(&app, "totp", GENERATE, &json!({"tokenName": "a"}), Some(("totp", "000000"))).await;
        wrong.is_refused_with("totp-invalid");
        assert_eq!(app.dump().await, before);

        let code = totp(TimeDelta::zero());
        token(&post(&app, "totp", GENERATE, &json!({"tokenName": "a"}), Some(("totp", &code))).await);
        let own = app.login_tokens("totp").await[0].clone();
        assert_eq!(own.get_str("twoFactorAuthorizedHash").expect("a hash").len(), 32);
        assert!(own.get_datetime("twoFactorAuthorizedUntil").expect("a date") > &DateTime::now());
        // Not asked again, from here; asked from elsewhere.
        token(&post(&app, "totp", GENERATE, &json!({"tokenName": "b"}), None).await);
        let person = app.person("totp");
        let elsewhere = app.request(Method::POST, &format!("/api/v1/{GENERATE}"));
        let elsewhere = elsewhere.sign_in(&person.id, &person.token).header("X-Real-IP", "192.0.2.9");
        elsewhere.json(&json!({"tokenName": "c"})).send().await.is_refused_with("totp-required");
        app.advance_clock(TimeDelta::minutes(31));
        post(&app, "totp", GENERATE, &json!({"tokenName": "d"}), None).await.is_refused_with("totp-required");
        assert_eq!(app.login_tokens("totp").await.len(), 3);
    }
}

/// So the code need not be given again, and cannot be.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_remembered_though_the_change_is_refused() {
    for release in [Six, Eight] {
        let app = standalone(release).await;
        let before = app.stored("totp").await;
        let code = totp(TimeDelta::zero());
        let unknown =
            post(&app, "totp", REMOVE, &json!({"tokenName": "not there"}), Some(("totp", &code))).await;
        unknown.is_refused_with("error-token-does-not-exists");
        let after = app.stored("totp").await;
        let moved = |user: &Document| *user.get_datetime("_updatedAt").expect("a date");
        assert!(moved(&after) > moved(&before));
        let own = app.login_tokens("totp").await[0].clone();
        assert_eq!(own.get_str("twoFactorAuthorizedHash").expect("a hash").len(), 32);
        token(&post(&app, "totp", GENERATE, &json!({"tokenName": "a"}), None).await);
        let person = app.person("totp");
        let elsewhere = app.request(Method::POST, &format!("/api/v1/{GENERATE}"));
        let elsewhere = elsewhere.sign_in(&person.id, &person.token).header("X-Real-IP", "192.0.2.9");
        let elsewhere = elsewhere.header("x-2fa-method", "totp").header("x-2fa-code", &code);
        elsewhere.json(&json!({"tokenName": "b"})).send().await.is_refused_with("totp-invalid");
    }
    // Where nothing is remembered, nothing is spent.
    let app = without_remembering().start(Eight).await;
    let before = app.dump().await;
    let code = totp(TimeDelta::zero());
    let unknown = post(&app, "totp", REMOVE, &json!({"tokenName": "not there"}), Some(("totp", &code))).await;
    unknown.is_refused_with("error-token-does-not-exists");
    assert_eq!(app.dump().await, before);
    token(&post(&app, "totp", GENERATE, &json!({"tokenName": "a"}), Some(("totp", &code))).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_is_needed() {
    for release in [Six, Eight] {
        let app = without_remembering().start(release).await;
        let permissions = app.database.collection::<Document>("rocketchat_permissions");
        let nobody = doc! {"$set": {"roles": ["admin"]}};
        let id = doc! {"_id": "create-personal-access-tokens"};
        permissions.update_one(id, nobody).await.expect("updated");
        let details = json!({"method": "personalAccessTokens:generateToken"});
        let refused = refusal("Not Authorized", "not-authorized", &details);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        let mut name = 0;
        while confirmed(&app, "plain", GENERATE, &json!({"tokenName": name.to_string()})).await.line()
            != refused
        {
            assert!(std::time::Instant::now() < deadline, "the permission is not seen");
            name += 1;
        }
        let expected = match release {
            Six => {
                r#"400 {"success":false,"error":"Not Authorized [not-authorized]","errorType":"not-authorized"}"#
            }
            Eight => {
                r#"403 {"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#
            }
        };
        assert_eq!(app.call(Method::GET, LIST, "plain").await.line(), expected);
        assert_eq!(app.call(Method::GET, LIST, "admin").await.line(), r#"200 {"tokens":[],"success":true}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_texts_and_flags_are_what_the_version_takes() {
    let six = without_remembering().odd_requests().start(Six).await;
    let required = plain_refusal("The 'tokenName' param is required");
    for body in
        [json!({}), json!({"tokenName": ""}), json!({"tokenName": {"$ne": "x"}}), json!({"tokenName": 5})]
    {
        for route in [GENERATE, REGENERATE, REMOVE] {
            assert_eq!(confirmed(&six, "pat", route, &body).await.line(), required, "{route} {body}");
        }
    }
    let flags = [
        (json!(true), bson!(true)),
        (json!("true"), bson!("true")),
        (json!(1), bson!(1)),
        (json!({}), bson!({})),
        (json!(null), Bson::Null),
    ];
    for (n, (sent, flag)) in flags.into_iter().enumerate() {
        let body = json!({"tokenName": n.to_string(), "bypassTwoFactor": sent, "x": 1});
        token(&confirmed(&six, "plain", GENERATE, &body).await);
        let stored = six.login_tokens("plain").await.pop().expect("a token");
        assert_eq!(stored.get("bypassTwoFactor"), Some(&flag));
    }

    let eight = without_remembering().start(Eight).await;
    for (body, message) in [
        (json!({}), "must have required property 'tokenName'"),
        (json!({"tokenName": {}}), "must be string"),
        (json!({"tokenName": "a", "bypassTwoFactor": "yes"}), "must be boolean"),
        (json!({"tokenName": "a", "x": 1}), "must NOT have additional properties"),
    ] {
        let answer = confirmed(&eight, "plain", GENERATE, &body).await;
        answer.is_refused_with("invalid-params");
        assert_eq!(answer.json()["error"], message, "{body}");
    }
    let flag = confirmed(&eight, "plain", REMOVE, &json!({"tokenName": "a", "bypassTwoFactor": true})).await;
    flag.is_refused_with("invalid-params");
    for (body, flag) in [
        (json!({"tokenName": null}), bson!(false)),
        (json!({"tokenName": 5, "bypassTwoFactor": "true"}), bson!(true)),
        (json!({"tokenName": "n", "bypassTwoFactor": null}), Bson::Null),
    ] {
        token(&confirmed(&eight, "plain", GENERATE, &body).await);
        let stored = eight.login_tokens("plain").await.pop().expect("a token");
        assert_eq!(stored.get("bypassTwoFactor"), Some(&flag), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_made_at_once_are_all_stored() {
    let app = Options::standalone().start(Eight).await;
    let answers = (0..4).map(|n| {
        let app = &app;
        async move { confirmed(app, "plain", GENERATE, &json!({"tokenName": n.to_string()})).await.status }
    });
    let statuses = futures_util::future::join_all(answers).await;
    assert_eq!(statuses, [200; 4]);
    assert_eq!(app.call(Method::GET, LIST, "plain").await.json()["tokens"].as_array().map(Vec::len), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_no_token_is_served() {
    let app = TestApp::eight().await;
    for route in [GENERATE, REGENERATE, REMOVE] {
        let answer = post(&app, "plain", route, &json!({"tokenName": "a"}), None).await;
        assert_eq!(answer.line(), "404 404 Not Found");
    }
    assert_eq!(app.call(Method::GET, LIST, "plain").await.line(), "404 404 Not Found");
}
