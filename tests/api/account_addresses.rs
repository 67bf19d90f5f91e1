//! Confirming an address and replacing a forgotten password, stand-alone: the mails, and what their secrets allow.

use crate::support::{Answer, GONE, Options, TestApp, assert_changed, at, plain_refusal, six_and_eight};
use chrono::TimeDelta;
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CONFIRM: &str = "users.sendConfirmationEmail";
const VERIFY: &str = "users.verifyEmail";
const FORGOT: &str = "users.forgotPassword";
const SUCCESS: &str = r#"200 {"success":true}"#;
const TOKEN: &str = "a-secret-that-was-mailed-to-somebody-0123456";
const STRONG: &str = "N3w-and-strong-enough";

async fn post(app: &TestApp, route: &str, body: &Value) -> Answer {
    app.request(Method::POST, &format!("/api/v1/{route}")).json(body).send().await
}

async fn signed_in(app: &TestApp, handle: &str, route: &str, body: &Value) -> Answer {
    let person = app.person(handle);
    let request = app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(&person.id, &person.token);
    request.json(body).send().await
}

/// The frame of a method's answer for whoever is not signed in, with the status in front.
async fn method(app: &TestApp, name: &str, params: Value) -> (u16, Value) {
    let message = json!({"msg": "method", "id": "7", "method": name, "params": params}).to_string();
    let answer = post(app, &format!("method.callAnon/{name}"), &json!({"message": message})).await;
    let frame = answer.json()["message"].as_str().expect("a message").to_owned();
    (answer.status, serde_json::from_str(&frame).expect("JSON"))
}

async fn update(app: &TestApp, handle: &str, update: Document) {
    app.users().update_one(doc! {"_id": &app.person(handle).id}, update).await.expect("updated");
}

/// The person's document once it differs from that.
async fn changed(app: &TestApp, handle: &str, before: &Document) -> Document {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let stored = app.stored(handle).await;
        if stored != *before {
            return stored;
        }
        assert!(Instant::now() < deadline, "nothing is written");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn unverified(address: &str) -> Document {
    doc! {"$set": {
        "emails": [{"address": address, "verified": false}],
        "services.email.verificationTokens": [{
            "token": TOKEN, "address": address, "when": DateTime::from_millis(1_000),
        }, {
            "token": "another-one", "address": address, "when": DateTime::from_millis(2_000),
        }],
    }}
}

fn meteor(reason: &str) -> Value {
    json!({
        "isClientSafe": true, "error": 403, "reason": reason, "message": format!("{reason} [403]"),
        "errorType": "Meteor.Error",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_mailed_to_the_address_as_it_is_stored() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let options = Options::standalone().mail_server(&sink).setting("Site_Name", "Acme");
        let app = options.user("plain", unverified("Plain@Example.com")).start(release).await;
        let before = app.stored("plain").await;
        let body = json!({"email": " plain@example.COM "});
        let answer = match release {
            Six => {
                let stranger = post(&app, CONFIRM, &body).await;
                assert_eq!(stranger.status, 401, "{}", stranger.body);
                signed_in(&app, "agent", CONFIRM, &body).await
            }
            Eight => post(&app, CONFIRM, &body).await,
        };
        assert_eq!(answer.line(), SUCCESS);
        let after = changed(&app, "plain", &before).await;
        assert_eq!(after.get("_updatedAt"), before.get("_updatedAt"), "written past the model");
        let stored = at(&after, "services.email.verificationTokens.2").expect("a token");
        let stored = stored.as_document().expect("a document");
        assert_eq!(stored.keys().collect::<Vec<_>>(), ["token", "address", "when"]);
        assert_eq!(stored.get_str("address").ok(), Some("Plain@Example.com"));
        let token = stored.get_str("token").expect("a text");
        assert_eq!(token.len(), 43);
        let mail = sink.wait_for(|mail| mail.to.eq_ignore_ascii_case("plain@example.com")).await;
        assert!(mail.text.contains(&format!("/#/verify-email/{token}")), "{}", mail.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_there_is_is_told_by_no_answer() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let app = Options::standalone().mail_server(&sink).start(release).await;
        let before = app.dump().await.remove("users");
        for email in ["nobody@example.com", "no address", ""] {
            let body = json!({"email": email});
            assert_eq!(signed_in(&app, "agent", CONFIRM, &body).await.line(), SUCCESS, "{email}");
            if email.is_empty() && release == Six {
                let required = plain_refusal("The 'email' param is required");
                assert_eq!(post(&app, FORGOT, &body).await.line(), required);
            } else {
                assert_eq!(post(&app, FORGOT, &body).await.line(), SUCCESS, "{email}");
            }
        }
        if release == Eight {
            // That address is verified.
            assert_eq!(post(&app, CONFIRM, &json!({"email": "plain@example.com"})).await.line(), SUCCESS);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(app.dump().await.remove("users"), before);
        assert!(sink.mails().is_empty());
        for body in [json!({}), json!({"email": "a", "x": 1}), json!({"email": {}})] {
            signed_in(&app, "agent", CONFIRM, &body).await.is_refused_with("invalid-params");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_confirmation_a_minute_is_mailed_for_a_stranger() {
    let app = Options::standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(Eight).await;
    app.stop_clock();
    let body = json!({"email": "nobody@example.com"});
    assert_eq!(post(&app, CONFIRM, &body).await.line(), SUCCESS);
    assert_eq!(post(&app, CONFIRM, &body).await.status, 429);
    app.advance_clock(TimeDelta::seconds(61));
    assert_eq!(post(&app, CONFIRM, &body).await.line(), SUCCESS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_method_confirms_an_address_and_signs_in() {
    six_and_eight(async |release| {
        let app = Options::standalone().user("totp", unverified("totp@example.com")).start(release).await;
        app.stop_clock();
        let before = app.stored("totp").await;
        let (status, frame) = method(&app, "verifyEmail", json!([TOKEN])).await;
        assert_eq!((status, &frame["id"]), (200, &json!("7")), "{frame}");
        let result = frame["result"].as_object().expect("a result").clone();
        assert_eq!(result.keys().collect::<Vec<_>>(), ["id", "token", "tokenExpires", "type"]);
        let after = app.stored("totp").await;
        assert_eq!(at(&after, "emails"), Some(&bson!([{"address": "totp@example.com", "verified": true}])));
        assert_eq!(at(&after, "services.email.verificationTokens"), Some(&Bson::Array(Vec::new())));
        assert_ne!(after.get("lastLogin"), before.get("lastLogin"));
        assert_eq!(
            at(&after, "services.totp"),
            at(&before, "services.totp"),
            "no second factor is asked for"
        );
        let (id, token) = (&app.person("totp").id, result["token"].as_str().expect("a token"));
        let me = app.request(Method::GET, "/api/v1/me").sign_in(id, token).send().await;
        assert_eq!(me.status, 200, "{}", me.body);

        let failed = if release == Six { 200 } else { 400 };
        let again = method(&app, "verifyEmail", json!([TOKEN])).await;
        assert_eq!(
            again,
            (failed, json!({"msg": "result", "id": "7", "error": meteor("Verify email link expired")}))
        );
        let events = app.dump().await.remove("rocketchat_server_events").expect("events");
        let kinds: Vec<&str> = events.iter().map(|event| event.get_str("t").expect("a kind")).collect();
        assert_eq!(kinds, ["login", "failed-login-attempt"]);
        let (_, frame) = method(&app, "verifyEmail", json!([{"$ne": null}])).await;
        assert_eq!(frame["error"]["message"], "Match error: Expected string, got object");
        assert_eq!(app.dump().await.remove("rocketchat_server_events").map(|events| events.len()), Some(2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_gone_is_not_confirmed() {
    let app = Options::standalone().user("plain", unverified("old@example.com")).start(Eight).await;
    update(&app, "plain", doc! {"$set": {"emails.0.address": "new@example.com"}}).await;
    let before = app.stored("plain").await;
    let (_, frame) = method(&app, "verifyEmail", json!([TOKEN])).await;
    assert_eq!(frame["error"], meteor("Verify email link is for unknown address"));
    let route = post(&app, VERIFY, &json!({"token": TOKEN})).await;
    assert_eq!(route.line(), plain_refusal("error-invalid-token"));
    assert_eq!(app.stored("plain").await, before);
}

/// Verified all the same, as in the original.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_sign_in_is_told_after_the_address_is_confirmed() {
    let app = Options::standalone().user("deactivated", unverified("d@example.com")).start(Eight).await;
    let before = app.stored("deactivated").await;
    let (status, frame) = method(&app, "verifyEmail", json!([TOKEN])).await;
    assert_eq!((status, &frame["error"]["error"]), (400, &json!("error-user-is-not-activated")));
    let after = app.stored("deactivated").await;
    assert_eq!(at(&after, "emails.0.verified"), Some(&true.into()));
    assert_eq!(after.get("_updatedAt"), before.get("_updatedAt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_confirms_an_address_and_signs_nobody_in() {
    let options = Options::standalone().user("plain", unverified("plain@example.com"));
    let app = options.user("plain", doc! {"$set": {"roles": ["anonymous", "vip"]}}).start(Eight).await;
    let before = app.stored("plain").await;
    assert_eq!(post(&app, VERIFY, &json!({"token": TOKEN})).await.line(), SUCCESS);
    let changes = doc! {
        "emails": [{"address": "plain@example.com", "verified": true}],
        "services.email.verificationTokens": Bson::Array(Vec::new()),
        "roles": ["vip", "user"],
        "settings": before.get("settings").cloned().unwrap_or(GONE),
    };
    assert_changed(&before, &app.stored("plain").await, &changes, "verified");
    let unknown = post(&app, VERIFY, &json!({"token": TOKEN})).await;
    assert_eq!(unknown.line(), r#"404 {"success":false,"error":"Resource not found"}"#);
    for (body, message) in [
        (json!({}), "must have required property 'token'"),
        (json!({"token": ""}), "must NOT have fewer than 1 characters"),
        (json!({"token": {}}), "must be string"),
    ] {
        let answer = post(&app, VERIFY, &body).await;
        answer.is_refused_with("invalid-params");
        assert_eq!(answer.json()["error"], message);
    }
    let six = Options::standalone().start(Six).await;
    assert_eq!(post(&six, VERIFY, &json!({"token": TOKEN})).await.line(), "404 404 Not Found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_a_new_password_is_mailed() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let emails = bson!([{"address": "Plain@example.com", "verified": false}]);
        let options = Options::standalone().mail_server(&sink).setting("Site_Name", "Acme");
        let app = options.user("plain", doc! {"$set": {"emails": emails}}).start(release).await;
        app.stop_clock();
        let before = app.stored("plain").await;
        assert_eq!(post(&app, FORGOT, &json!({"email": " plain@EXAMPLE.com"})).await.line(), SUCCESS);
        let after = changed(&app, "plain", &before).await;
        let reset = at(&after, "services.password.reset").and_then(Bson::as_document).expect("a token").clone();
        assert_eq!(reset.keys().collect::<Vec<_>>(), ["token", "email", "when", "reason"]);
        assert_eq!(reset.get_str("email").ok(), Some("Plain@example.com"));
        assert_eq!(reset.get_str("reason").ok(), Some("reset"));
        assert_eq!(after.get("_updatedAt"), before.get("_updatedAt"));
        let token = reset.get_str("token").expect("a text");
        let mail = sink.wait_for(|mail| mail.to.eq_ignore_ascii_case("plain@example.com")).await;
        let text = format!(
            "Hello,\n\nTo reset your password, simply click the link below.\n\nhttp://localhost:3000/reset-password/{token}\n\nThank you.\n"
        );
        assert_eq!(mail.text.replace("\r\n", "\n").trim(), text.trim());
        assert_eq!(mail.subject, "Acme - Password Recovery");

        // Where that is off, nobody gets one.
        app.set("Accounts_PasswordReset", false).await;
        let off = plain_refusal("Password reset is not enabled");
        let deadline = Instant::now() + Duration::from_secs(5);
        while post(&app, FORGOT, &json!({"email": "nobody@example.com"})).await.line() != off {
            assert!(Instant::now() < deadline, "the setting is not seen");
        }
        let bare = post(&app, FORGOT, &json!({})).await;
        match release {
            Six => assert_eq!(bare.line(), off),
            Eight => bare.is_refused_with("invalid-params"),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_other_services_get_none_where_they_may_have_no_password() {
    let sink = Sink::start().await;
    let options = Options::standalone().mail_server(&sink);
    let app = options.setting("Accounts_AllowPasswordChangeForOAuthUsers", false).start(Eight).await;
    let before = app.stored("oauth").await;
    assert_eq!(post(&app, FORGOT, &json!({"email": "oauth@example.com"})).await.line(), SUCCESS);
    assert_eq!(post(&app, FORGOT, &json!({"email": "plain@example.com"})).await.line(), SUCCESS);
    sink.wait_for(|mail| mail.to == "plain@example.com").await;
    assert_eq!(app.stored("oauth").await, before);
    assert_eq!(sink.mails().len(), 1);
}

async fn with_reset(release: devstack::workspace::Release, when: DateTime) -> TestApp {
    let reset = doc! {"token": TOKEN, "email": "agent@example.com", "when": when, "reason": "reset"};
    let user = doc! {"$set": {"services.password.reset": reset, "emails.0.verified": false}};
    Options::standalone().user("agent", user).start(release).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_replaces_the_password_ends_all_sessions_and_signs_in() {
    six_and_eight(async |release| {
        let app = with_reset(release, DateTime::now()).await;
        let devices = app.database.collection::<Document>("_raix_push_app_tokens");
        let hashed = app.login_tokens("agent").await[0].get_str("hashedToken").expect("a hash").to_owned();
        let device = doc! {"userId": &app.person("agent").id, "authToken": hashed};
        devices.insert_one(device).await.expect("inserted");
        update(&app, "agent", doc! {"$set": {"requirePasswordChange": true}}).await;
        let before = app.stored("agent").await;
        let (status, frame) = method(&app, "resetPassword", json!([TOKEN, STRONG])).await;
        assert_eq!(status, 200, "{frame}");
        assert_eq!(frame["result"]["type"], "password");
        let after = app.stored("agent").await;
        let hash = at(&after, "services.password.bcrypt").and_then(Bson::as_str).expect("a hash");
        assert_ne!(Some(hash), at(&before, "services.password.bcrypt").and_then(Bson::as_str));
        assert_eq!(at(&after, "services.password.reset"), None);
        assert_eq!(at(&after, "emails.0.verified"), Some(&true.into()));
        assert_eq!(after.get("requirePasswordChange"), None);
        assert_eq!(app.login_tokens("agent").await.len(), 1, "only the new session is there");
        assert_eq!(devices.count_documents(doc! {}).await.expect("counted"), 0);
        let history = at(&after, "services.passwordHistory").and_then(Bson::as_array).expect("a list");
        assert_eq!(history.last(), at(&before, "services.password.bcrypt"));
        // The password is right, and the user's second factor is asked for as before.
        let login = app.log_in(&json!({"user": "agent", "password": STRONG})).await.json();
        assert_eq!(login["error"], "totp-required");
        let failed = if release == Six { 200 } else { 400 };
        let again = method(&app, "resetPassword", json!([TOKEN, STRONG])).await;
        assert_eq!(again, (failed, json!({"msg": "result", "id": "7", "error": meteor("Token expired")})));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_refused_by_age_address_and_policy() {
    let days = |days: i64| DateTime::from_millis(DateTime::now().timestamp_millis() - days * 86_400_000);
    let app = with_reset(Eight, days(4)).await;
    let error = async |app: &TestApp, password: Value| {
        method(app, "resetPassword", json!([TOKEN, password])).await.1["error"].clone()
    };
    assert_eq!(error(&app, json!(STRONG)).await, meteor("Token expired"));
    let app = with_reset(Eight, days(2)).await;
    let before = app.stored("agent").await;
    assert_eq!(error(&app, json!("weak")).await["error"], "error-password-policy-not-met");
    let match_failed = json!({
        "isClientSafe": true, "error": 400, "reason": "Match failed", "message": "Match failed [400]",
        "errorType": "Meteor.Error",
    });
    for wrong in
        [json!(5), json!(""), json!("p".repeat(257)), json!({"digest": "short", "algorithm": "sha-256"})]
    {
        assert_eq!(error(&app, wrong.clone()).await, match_failed, "{wrong}");
    }
    update(&app, "agent", doc! {"$set": {"emails.0.address": "new@example.com"}}).await;
    assert_eq!(error(&app, json!(STRONG)).await, meteor("Token has invalid email address"));
    update(&app, "agent", doc! {"$set": {"emails.0.address": "agent@example.com"}}).await;
    assert_eq!(app.stored("agent").await, before);
    let digest = json!({"digest": app.person("plain").password_digest(), "algorithm": "sha-256"});
    assert_eq!(error(&app, digest).await, Value::Null);
    let as_plain = json!({"user": "agent", "password": "Secret-1-of-plain"});
    assert_eq!(app.log_in(&as_plain).await.json()["error"], "totp-required", "the password is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_cannot_be_tried_at_will() {
    let app = Options::standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(Eight).await;
    app.stop_clock();
    for _ in 0..5 {
        let (_, frame) = method(&app, "resetPassword", json!(["guess", STRONG])).await;
        assert_eq!(frame["error"]["reason"], "Token expired");
    }
    let (_, frame) = method(&app, "resetPassword", json!(["guess", STRONG])).await;
    assert_eq!(frame["error"]["error"], "too-many-requests");
    // The others have a bound of their own.
    for n in 0..=100 {
        let (_, frame) = method(&app, "sendForgotPasswordEmail", json!(["nobody@example.com"])).await;
        assert_eq!(frame["error"]["error"] == "too-many-requests", n == 100, "{n}: {frame}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_no_mail_is_asked_for() {
    let app = TestApp::eight().await;
    for route in [CONFIRM, VERIFY, FORGOT, "method.callAnon/verifyEmail"] {
        assert_eq!(post(&app, route, &json!({"email": "a"})).await.line(), "404 404 Not Found");
    }
}
