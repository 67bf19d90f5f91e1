//! What a confirmed change leaves in the login token, and the budget of wrong guesses.

use crate::support::{Options, ROUTE, TestApp};
use chrono::TimeDelta;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

async fn tokens(app: &TestApp, handle: &str) -> Vec<Document> {
    let stored = app.stored(handle).await;
    let resume = stored.get_document("services").and_then(|services| services.get_document("resume"));
    let tokens = resume.expect("resume").get_array("loginTokens").expect("tokens");
    tokens.iter().map(|token| token.as_document().expect("a token").clone()).collect()
}

fn confirmed(app: &TestApp, data: Value) -> Value {
    let mut body = json!({"data": data});
    body["data"]["currentPassword"] = app.person("plain").password_digest().into();
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_remembers_the_client_by_address_and_agent_as_the_release_does() {
    // The worked examples 1 and 2 of the specification.
    let (address_only, with_agent) = ("995cb32680bf8fe083449b7fbc38696d", "c6247d6fdcb718f1fdb8c53ac7e797b9");
    let rows: [(Release, &str, &str, &str); 4] = [
        (Six, "auto", "203.0.113.7", with_agent),
        (Six, "no", "192.0.2.44", address_only),
        (Eight, "auto", "192.0.2.44", address_only),
        (Eight, "yes", "203.0.113.7", with_agent),
    ];
    for (release, switch, address, fingerprint) in rows {
        let app = Options::default().variable("RC_ACCOUNT_REMEMBER_USER_AGENT", switch).start(release).await;
        let before = tokens(&app, "plain").await;
        let request = app.post("plain", &confirmed(&app, json!({"email": "new@example.com"})));
        request.header("User-Agent", "curl/8.5.0").header("X-Real-IP", address).send().await.user();
        let after = tokens(&app, "plain").await;
        assert_eq!(
            after[0].get_str("twoFactorAuthorizedHash").ok(),
            Some(fingerprint),
            "{release:?} {switch}"
        );
        let until = after[0].get_datetime("twoFactorAuthorizedUntil").expect("an end").timestamp_millis();
        let life = until - mongodb::bson::DateTime::now().timestamp_millis();
        assert!((1_790_000..=1_800_000).contains(&life), "{life}");
        assert_eq!(after[1..], before[1..], "other sessions are left alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_keeps_the_callers_token_and_what_it_remembers() {
    let app = TestApp::eight().await;
    let body = confirmed(&app, json!({"newPassword": "N3w-and-strong-enough"}));
    app.post("plain", &body).send().await.user();
    let after = tokens(&app, "plain").await;
    assert_eq!(after.len(), 1);
    let keys: Vec<_> = after[0].keys().map(String::as_str).collect();
    assert_eq!(keys, ["when", "hashedToken", "twoFactorAuthorizedHash", "twoFactorAuthorizedUntil"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_access_token_remembers_as_well() {
    let app = TestApp::eight().await;
    let person = app.person("pat");
    let digest = person.password_digest();
    let body = json!({"data": {"email": "new@example.com", "currentPassword": digest}});
    let request = app.request(Method::POST, ROUTE).sign_in(&person.id, &person.other_tokens[0]).json(&body);
    request.send().await.user();
    let remembering: Vec<_> = tokens(&app, "pat").await;
    let remembering = remembering.iter().filter(|token| token.contains_key("twoFactorAuthorizedHash"));
    let kinds: Vec<_> =
        remembering.map(|token| token.get_str("type").unwrap_or("session").to_owned()).collect();
    assert_eq!(kinds, ["personalAccessToken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_remembered_where_nothing_was_asked_refused_or_switched_off() {
    let id = "Accounts_TwoFactorAuthentication_RememberFor";
    let app = Options::default().setting(id, 0).start(Six).await;
    app.post("plain", &confirmed(&app, json!({"email": "new@example.com"}))).send().await.user();
    assert!(!tokens(&app, "plain").await[0].contains_key("twoFactorAuthorizedHash"));

    let app = TestApp::six().await;
    app.post("plain", &confirmed(&app, json!({"bio": "Engineer"}))).send().await.user();
    let refused = confirmed(&app, json!({"email": "new@example.com", "bio": "b".repeat(261)}));
    app.post("plain", &refused).send().await.is_refused_with("error-bio-size-exceeded");
    assert!(!tokens(&app, "plain").await[0].contains_key("twoFactorAuthorizedHash"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_guesses_of_all_methods_share_one_budget_per_account() {
    let app = Options::default().variable("RC_ACCOUNT_GUESS_BUDGET", "3/60000").start(Eight).await;
    app.stop_clock();
    let body = json!({"data": {"email": "new@example.com"}});
    let guess = async |handle: &str, method: &str| {
        let request = app.post(handle, &body).header("x-2fa-method", method).header("x-2fa-code", "000000");
        request.send().await
    };
    for method in ["totp", "password", "email"] {
        guess("plain", method).await.is_refused_with("totp-invalid");
    }
    let text = "Error, too many requests. Please slow down. You must wait 60 seconds before trying this endpoint \
                again. [error-too-many-requests]";
    assert_eq!(guess("plain", "totp").await.line(), format!(r#"429 {{"success":false,"error":"{text}"}}"#));
    let right = confirmed(&app, json!({"email": "new@example.com"}));
    assert_eq!(app.post("plain", &right).send().await.status, 429, "the right one is not looked at either");
    assert_eq!(app.post("plain", &body).send().await.status, 400, "a challenge is no guess");
    guess("totp", "totp").await.is_refused_with("totp-invalid");

    app.advance_clock(TimeDelta::seconds(61));
    app.post("plain", &right).send().await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_arrive_together_do_not_exceed_the_budget() {
    let app = Options::default().variable("RC_ACCOUNT_GUESS_BUDGET", "5/60000").start(Six).await;
    let body = json!({"data": {"email": "new@example.com"}});
    let guesses = (0..40).map(|n| {
        let request = app.post("totp", &body).header("x-2fa-method", "totp");
        request.header("x-2fa-code", &format!("{n:06}")).send()
    });
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 400).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 35);
    let guesses = app.database.collection::<Document>("rc_account_guesses");
    let counted = guesses.find_one(doc! {}).await.expect("find").expect("a document");
    assert_eq!(counted.get_i32("wrong").ok(), Some(5));
}
