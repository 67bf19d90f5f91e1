//! Turning TOTP on and off: the stand-alone routes, and the same by the method bridge.

use crate::support::codes::{set_email_code, totp, totp_of};
use crate::support::{Answer, Options, ROUTE, TestApp, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::BACKUP_CODES;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

const ROUTES: [(&str, &str); 5] = [
    ("POST", "users.enableTotp"),
    ("POST", "users.validateTotp"),
    ("POST", "users.disableTotp"),
    ("POST", "users.regenerateTotpCodes"),
    ("GET", "users.totpCodesRemaining"),
];

fn standalone() -> Options {
    Options::default().variable("RC_ACCOUNT_STANDALONE", "true")
}

async fn call(app: &TestApp, handle: &str, route: &str, body: Option<&Value>) -> Answer {
    let person = app.person(handle);
    let method = if route == "users.totpCodesRemaining" { Method::GET } else { Method::POST };
    let request = app.request(method, &format!("/api/v1/{route}")).sign_in(&person.id, &person.token);
    match body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

async fn with_code(app: &TestApp, handle: &str, route: &str, code: &str) -> Answer {
    call(app, handle, route, Some(&json!({"code": code}))).await
}

/// Calls a method over the bridge; its result or its error.
async fn method(app: &TestApp, handle: &str, method: &str, params: Value) -> Value {
    let message = json!({"msg": "method", "id": "1", "method": method, "params": params}).to_string();
    let person = app.person(handle);
    let request = app.request(Method::POST, "/api/v1/method.call/x").sign_in(&person.id, &person.token);
    let answer = request.json(&json!({"message": message})).send().await.json();
    serde_json::from_str(answer["message"].as_str().expect("a message")).expect("EJSON")
}

async fn stored_totp(app: &TestApp, handle: &str) -> Option<Document> {
    let stored = app.stored(handle).await;
    stored.get_document("services").and_then(|services| services.get_document("totp")).ok().cloned()
}

fn secret(answer: &Answer) -> String {
    answer.json()["secret"].as_str().expect("a secret").to_owned()
}

fn codes(answer: &Value) -> Vec<String> {
    serde_json::from_value(answer["codes"].clone()).expect("codes")
}

fn refusal(id: &str) -> String {
    format!(r#"400 {{"success":false,"error":"[{id}]","errorType":"{id}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn totp_is_turned_on_used_and_turned_off() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let begun = call(&app, "plain", "users.enableTotp", None).await;
        let secret = secret(&begun);
        assert_eq!(secret.len(), 52);
        let url = format!("otpauth://totp/Rocket.Chat:plain?secret={secret}");
        assert_eq!(begun.line(), format!(r#"200 {{"secret":"{secret}","url":"{url}","success":true}}"#));
        assert_eq!(stored_totp(&app, "plain").await, Some(doc! {"enabled": false, "tempSecret": &secret}));

        let code = totp_of(&secret, TimeDelta::zero());
        let validated = with_code(&app, "plain", "users.validateTotp", &code).await;
        let codes = codes(&validated.json());
        assert_eq!(validated.line(), format!(r#"200 {{"codes":{},"success":true}}"#, json!(codes)));
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 12);
        assert!(codes.iter().all(|code| code.len() == 8));
        let stored = stored_totp(&app, "plain").await.expect("totp");
        assert_eq!(stored.keys().collect::<Vec<_>>(), ["enabled", "hashedBackup", "secret"]);
        assert!(codes.iter().all(|code| !stored.to_string().contains(code)));
        assert_eq!(app.login_tokens("plain").await.len(), 1, "other sessions have ended");
        let remaining = call(&app, "plain", "users.totpCodesRemaining", None).await;
        assert_eq!(remaining.line(), r#"200 {"remaining":12,"success":true}"#);

        // What validated is spent; a backup code confirms.
        let email = json!({"data": {"email": "new@example.com"}});
        let change = app.post("plain", &email).header("x-2fa-method", "totp");
        change.header("x-2fa-code", &code).send().await.is_refused_with("totp-invalid");
        let change = app.post("plain", &email).header("x-2fa-method", "totp");
        change.header("x-2fa-code", &codes[0]).send().await.user();

        let off = with_code(&app, "plain", "users.disableTotp", &codes[1]).await;
        assert_eq!(off.line(), r#"200 {"disabled":true,"success":true}"#);
        assert_eq!(stored_totp(&app, "plain").await, Some(doc! {"enabled": false}));
        let again = with_code(&app, "plain", "users.disableTotp", &codes[2]).await;
        assert_eq!(again.line(), r#"200 {"disabled":false,"success":true}"#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validating_ends_sessions_but_not_personal_access_tokens() {
    let app = standalone().start(Eight).await;
    let secret = secret(&call(&app, "pat", "users.enableTotp", None).await);
    let other = doc! {"$push": {"services.resume.loginTokens": {
        "when": mongodb::bson::DateTime::now(), "hashedToken": "another session",
    }}};
    app.users().update_one(doc! {"_id": &app.person("pat").id}, other).await.expect("updated");
    let before = app.login_tokens("pat").await;
    with_code(&app, "pat", "users.validateTotp", &totp_of(&secret, TimeDelta::zero())).await;
    assert_eq!(app.login_tokens("pat").await, before[..3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_of_the_table_leaves_everything_as_it_was() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let begun = call(&app, "agent", "users.enableTotp", None).await;
        let far = totp_of(&secret(&begun), TimeDelta::minutes(10));
        let before = app.dump().await;
        let invalid = refusal("invalid-totp");
        let off = r#"200 {"disabled":false,"success":true}"#.to_owned();
        let no_username = r#"400 {"success":false,"error":"Invalid user [error-invalid-user]","errorType":"error-invalid-user"}"#.to_owned();
        for (handle, route, code, expected) in [
            ("totp", "users.enableTotp", None, &refusal("error-2fa-already-enabled")),
            ("no-username", "users.enableTotp", None, &no_username),
            ("plain", "users.validateTotp", Some("123456"), &invalid),
            ("totp", "users.validateTotp", Some("123456"), &invalid),
            ("agent", "users.validateTotp", Some(far.as_str()), &invalid),
            ("agent", "users.validateTotp", Some("aBcDeFg2"), &invalid),
            ("plain", "users.disableTotp", Some("123456"), &off),
            ("totp", "users.disableTotp", Some("12345"), &off),
            ("totp", "users.disableTotp", Some("aBcDeFg3"), &off),
            ("plain", "users.regenerateTotpCodes", Some("123456"), &invalid),
            ("totp", "users.regenerateTotpCodes", Some("aBcDeFg3"), &invalid),
            ("plain", "users.totpCodesRemaining", None, &invalid),
        ] {
            let body = code.map(|code| json!({"code": code}));
            let answer = call(&app, handle, route, body.as_ref()).await;
            assert_eq!(&answer.line(), expected, "{handle} {route} {code:?}");
        }
        let missing = call(&app, "totp", "users.disableTotp", Some(&json!({}))).await;
        missing.is_refused_with("invalid-params");
        assert_eq!(app.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_codes_are_replaced_by_a_totp_code_or_by_one_of_them() {
    let app = standalone().start(Six).await;
    for code in [totp(TimeDelta::zero()), BACKUP_CODES[0].to_owned()] {
        let before = stored_totp(&app, "totp").await.expect("totp");
        let answer = with_code(&app, "totp", "users.regenerateTotpCodes", &code).await;
        let answered = codes(&answer.json());
        assert_eq!(answered.len(), 12, "{}", answer.body);
        let after = stored_totp(&app, "totp").await.expect("totp");
        assert_ne!(after.get_array("hashedBackup").ok(), before.get_array("hashedBackup").ok());
        assert_eq!(after.get_str("secret").ok(), before.get_str("secret").ok());
        // The old codes are gone, the new ones work.
        let old = with_code(&app, "totp", "users.regenerateTotpCodes", BACKUP_CODES[5]).await;
        assert_eq!(old.line(), refusal("invalid-totp"));
        let reset = doc! {"$set": {"services.totp": before}};
        app.users().update_one(doc! {"_id": &app.person("totp").id}, reset).await.expect("updated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_uses_of_one_code_exactly_one_counts() {
    for code in [totp(TimeDelta::zero()), BACKUP_CODES[0].to_owned()] {
        let app = standalone().variable("RC_ACCOUNT_GUESS_BUDGET", "5/60000").start(Eight).await;
        let route = "users.regenerateTotpCodes";
        let uses = (0..50).map(async |_| with_code(&app, "totp", route, &code).await);
        let answers = futures_util::future::join_all(uses).await;
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 1, "{code}");

        let app = standalone().start(Six).await;
        let uses = (0..50).map(async |_| with_code(&app, "totp", "users.disableTotp", &code).await);
        let answers = futures_util::future::join_all(uses).await;
        let disabled = answers.iter().filter(|answer| answer.json()["disabled"] == true).count();
        assert_eq!(disabled, 1, "{code}");
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    let app = standalone().start(Eight).await;
    let secret = secret(&call(&app, "plain", "users.enableTotp", None).await);
    let code = totp_of(&secret, TimeDelta::zero());
    let uses = (0..50).map(async |_| with_code(&app, "plain", "users.validateTotp", &code).await);
    let answers = futures_util::future::join_all(uses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.line() == refusal("invalid-totp")).count(), 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_spent_here_is_spent_for_the_profile_and_the_other_way_round() {
    let app = standalone().start(Eight).await;
    let code = totp(TimeDelta::zero());
    assert_eq!(with_code(&app, "totp", "users.regenerateTotpCodes", &code).await.status, 200);
    let change = app.post("totp", &json!({"data": {"email": "new@example.com"}}));
    let change = change.header("x-2fa-method", "totp").header("x-2fa-code", &code);
    change.send().await.is_refused_with("totp-invalid");
    let off = with_code(&app, "totp", "users.disableTotp", &code).await;
    assert_eq!(off.line(), r#"200 {"disabled":false,"success":true}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secrets_code_is_taken_in_the_step_in_which_the_old_one_was_turned_off() {
    let app = standalone().start(Eight).await;
    let off = with_code(&app, "totp", "users.disableTotp", &totp(TimeDelta::seconds(30))).await;
    assert_eq!(off.line(), r#"200 {"disabled":true,"success":true}"#);
    let secret = secret(&call(&app, "totp", "users.enableTotp", None).await);
    let validated = with_code(&app, "totp", "users.validateTotp", &totp_of(&secret, TimeDelta::zero())).await;
    assert_eq!(validated.status, 200, "{}", validated.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_count_in_the_budget_of_the_account() {
    let app = standalone().variable("RC_ACCOUNT_GUESS_BUDGET", "2/60000").start(Six).await;
    app.stop_clock();
    with_code(&app, "totp", "users.disableTotp", "000000").await;
    with_code(&app, "totp", "users.regenerateTotpCodes", "aBcDeFg3").await;
    for route in ["users.disableTotp", "users.regenerateTotpCodes"] {
        let answer = with_code(&app, "totp", route, BACKUP_CODES[0]).await;
        assert_eq!(answer.status, 429, "{}", answer.body);
    }
    let change = app.post("totp", &json!({"data": {"email": "new@example.com"}}));
    assert_eq!(change.header("x-2fa-method", "totp").header("x-2fa-code", "1").send().await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_have_the_default_limit_and_need_credentials() {
    six_and_eight(async |release| {
        let app = standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(release).await;
        for (verb, route) in ROUTES {
            let verb = Method::from_bytes(verb.as_bytes()).expect("a method");
            let anonymous = app.request(verb, &format!("/api/v1/{route}")).send().await;
            assert_eq!(anonymous.status, 401, "{route}");
        }
        for _ in 0..10 {
            let answer = call(&app, "totp", "users.totpCodesRemaining", None).await;
            assert_eq!(answer.header("x-ratelimit-limit"), Some("10"));
            assert_eq!(answer.status, 200);
        }
        assert_eq!(call(&app, "totp", "users.totpCodesRemaining", None).await.status, 429);
        assert_eq!(
            call(&app, "totp", "users.enableTotp", None).await.status,
            400,
            "a route has its own count"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_the_routes_are_not_there() {
    let app = TestApp::six().await;
    for (_, route) in ROUTES {
        assert_eq!(call(&app, "totp", route, None).await.line(), "404 404 Not Found", "{route}");
    }
    let error = method(&app, "plain", "2fa:enable", json!([])).await;
    assert_eq!(error["error"]["error"], 404);
    assert_eq!(method(&app, "plain", "saveUserProfile", json!([{"bio": "b"}])).await["result"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_methods_of_the_bridge_do_the_same() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let begun = method(&app, "plain", "2fa:enable", json!([])).await;
        let secret = begun["result"]["secret"].as_str().expect("a secret").to_owned();
        let url = format!("otpauth://totp/Rocket.Chat:plain?secret={secret}");
        assert_eq!(begun["result"], json!({"secret": secret, "url": url}));
        let wrong = method(&app, "plain", "2fa:validateTempToken", json!(["12345"])).await;
        assert_eq!(
            wrong.to_string(),
            r#"{"msg":"result","id":"1","error":{"isClientSafe":true,"error":"invalid-totp","message":"[invalid-totp]","errorType":"Meteor.Error"}}"#
        );
        let code = totp_of(&secret, TimeDelta::zero());
        let validated = method(&app, "plain", "2fa:validateTempToken", json!([code])).await;
        let backup = codes(&validated["result"]);
        assert_eq!(app.login_tokens("plain").await.len(), 1);
        let remaining = method(&app, "plain", "2fa:checkCodesRemaining", json!([])).await;
        assert_eq!(remaining["result"], json!({"remaining": 12}));
        let nothing = method(&app, "plain", "2fa:regenerateCodes", json!(["12345678"])).await;
        assert_eq!(nothing, json!({"msg": "result", "id": "1"}));
        let anew = method(&app, "plain", "2fa:regenerateCodes", json!([backup[0]])).await;
        let anew = codes(&anew["result"]);
        assert_eq!(method(&app, "plain", "2fa:disable", json!([backup[1]])).await["result"], false);
        assert_eq!(method(&app, "plain", "2fa:disable", json!([anew[0]])).await["result"], true);
        let mismatch = method(&app, "plain", "2fa:disable", json!([{"$ne": 1}])).await;
        assert_eq!(mismatch["error"]["message"], "Match error: Expected string, got object");
        let unknown = method(&app, "plain", "2fa:other", json!([])).await;
        assert_eq!(unknown["error"]["error"], 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_hashes_are_in_no_reply_but_the_one_that_gives_them_out() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let secret = secret(&call(&app, "plain", "users.enableTotp", None).await);
        set_email_code(&app, "plain", "048213", 60, 0).await;
        let mut replies = vec![app.post("plain", &json!({"data": {"bio": "b"}})).send().await];
        let validated =
            with_code(&app, "plain", "users.validateTotp", &totp_of(&secret, TimeDelta::zero())).await;
        let backup = codes(&validated.json());
        for (route, code) in
            [("users.enableTotp", "x"), ("users.validateTotp", "x"), ("users.disableTotp", "x")]
        {
            replies.push(with_code(&app, "plain", route, code).await);
        }
        replies.push(call(&app, "plain", "users.totpCodesRemaining", None).await);
        let person = app.person("plain");
        let request = app.request(Method::POST, ROUTE).sign_in(&person.id, &person.token);
        replies.push(request.json(&json!({"data": {"bio": "c"}})).send().await);
        let stored = stored_totp(&app, "plain").await.expect("totp");
        let hashes = stored.get_array("hashedBackup").expect("hashes").iter();
        let hashes = hashes.map(|hash| hash.as_str().expect("a hash").to_owned());
        let secrets: Vec<String> = hashes.chain(backup).chain([secret]).collect();
        for reply in replies {
            assert!(secrets.iter().all(|secret| !reply.body.contains(secret)), "{}", reply.body);
        }
    })
    .await;
}
