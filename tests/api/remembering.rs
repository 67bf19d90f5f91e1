//! What a confirmed change leaves in the login token, and the budget of wrong guesses.

use crate::support::{Options, ROUTE, TestApp};
use chrono::{DateTime, TimeDelta};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

fn confirmed(app: &TestApp, data: Value) -> Value {
    let mut body = json!({"data": data});
    body["data"]["currentPassword"] = app.person("plain").password_digest().into();
    body
}

/// A user agent, headers that tell the address, `HTTP_FORWARDED_COUNT`, and the stored fingerprint.
type Client<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// The worked examples of the specification (`two-factor.md` section 6), but for the seventh and the eighth:
/// HTTP carries neither their user agent nor a request without an address. `src/second_factor/remember.rs`
/// holds all eight.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_remembers_the_client_by_address_and_agent_as_the_release_does() {
    let browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                   Chrome/126.0.0.0 Safari/537.36";
    let (first, second) = ("995cb32680bf8fe083449b7fbc38696d", "c6247d6fdcb718f1fdb8c53ac7e797b9");
    let through_proxies = [("X-Real-IP", "10.9.9.9"), ("X-Forwarded-For", "192.0.2.44, 10.1.1.1")];
    let forwarded = [("X-Forwarded-For", "192.0.2.1,203.0.113.7")];
    let mapped = [("X-Forwarded-For", "::ffff:172.18.0.1")];
    let with_agent: [Client<'_>; 6] = [
        (None, &through_proxies, "2", first),
        (Some("curl/8.5.0"), &forwarded, "1", second),
        (
            Some(r#"Test "Quoted" \ back/1.0"#),
            &[("X-Real-IP", "198.51.100.23")],
            "0",
            "c00655079b799ecea3297a8575aae8df",
        ),
        (
            Some("Agent\u{e9}/1.0"),
            &[("X-Real-IP", "10.0.0.5"), ("X-Forwarded-For", "192.0.2.1")],
            "0",
            "b42a5c80286d7ad094a6dd162ea67368",
        ),
        (Some(browser), &[], "1", "9bbae0dd151c09f8e69819ae416eb9e7"),
        (None, &mapped, "1", "a6913cf305b807d9b8a41d12f9839044"),
    ];
    let address_only: [Client<'_>; 3] = [
        (Some("curl/8.5.0"), &through_proxies, "2", first),
        (Some(browser), &[("X-Real-IP", "192.0.2.44")], "0", first),
        (Some("curl/8.5.0"), &mapped, "1", "a6913cf305b807d9b8a41d12f9839044"),
    ];
    let rows: [(Release, &str, &[Client<'_>]); 4] = [
        (Six, "auto", &with_agent),
        (Eight, "yes", &with_agent[1..2]),
        (Eight, "auto", &address_only),
        (Six, "no", &address_only[..1]),
    ];
    for (release, switch, clients) in rows {
        for (agent, address, count, fingerprint) in clients {
            let options = Options::default().variable("RC_ACCOUNT_REMEMBER_USER_AGENT", switch);
            let app = options.variable("HTTP_FORWARDED_COUNT", count).start(release).await;
            let now = DateTime::from_timestamp(1_700_000_000, 0).expect("in range");
            app.stop_clock_at(now);
            let before = app.login_tokens("plain").await;
            let request = app.post("plain", &confirmed(&app, json!({"email": "new@example.com"})));
            let headers = agent.map(|agent| ("User-Agent", agent)).into_iter().chain(address.iter().copied());
            let request = headers.fold(request, |request, (name, value)| request.header(name, value));
            request.send().await.user();
            let after = app.login_tokens("plain").await;
            let about = format!("{release:?} {switch} {agent:?} {address:?}");
            assert_eq!(after[0].get_str("twoFactorAuthorizedHash").ok(), Some(*fingerprint), "{about}");
            let until = after[0].get_datetime("twoFactorAuthorizedUntil").expect("an end").to_chrono();
            assert_eq!(until, now + TimeDelta::seconds(1800), "{about}");
            assert_eq!(after[1..], before[1..], "other sessions are left alone: {about}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_keeps_the_callers_token_and_what_it_remembers() {
    let app = TestApp::eight().await;
    let body = confirmed(&app, json!({"newPassword": "N3w-and-strong-enough"}));
    app.post("plain", &body).send().await.user();
    let after = app.login_tokens("plain").await;
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
    let remembering: Vec<_> = app.login_tokens("pat").await;
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
    assert!(!app.login_tokens("plain").await[0].contains_key("twoFactorAuthorizedHash"));

    let app = TestApp::six().await;
    app.post("plain", &confirmed(&app, json!({"bio": "Engineer"}))).send().await.user();
    let refused = confirmed(&app, json!({"email": "new@example.com", "bio": "b".repeat(261)}));
    app.post("plain", &refused).send().await.is_refused_with("error-bio-size-exceeded");
    assert!(!app.login_tokens("plain").await[0].contains_key("twoFactorAuthorizedHash"));
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

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_of_a_session_does_not_close_the_login_nor_the_other_way_round() {
    use crate::support::codes::totp;
    let code = || totp(TimeDelta::zero());
    let login = |code: &str| json!({"user": "totp", "password": "Secret-1-of-totp", "code": code});
    let start = async || {
        let options = Options::standalone().variable("RC_ACCOUNT_TOTP_REPLAY", "allow");
        options.variable("RC_ACCOUNT_GUESS_BUDGET", "3/900000").start(Eight).await
    };
    let profile = async |app: &TestApp, code: &str| {
        let request = app.post("totp", &json!({"data": {"email": "new@example.com"}}));
        request.header("x-2fa-method", "totp").header("x-2fa-code", code).send().await.status
    };
    let app = start().await;
    for expected in [400, 400, 400, 429] {
        assert_eq!(profile(&app, "000000").await, expected);
    }
    assert_eq!(app.log_in(&login(&code())).await.status, 200);

    let app = start().await;
    for expected in [401, 401, 401, 429] {
        assert_eq!(app.log_in(&login("000000")).await.status, expected);
    }
    assert_eq!(profile(&app, &code()).await, 200);
}
