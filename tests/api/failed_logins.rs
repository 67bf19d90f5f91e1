//! Blocking after failed logins, and the records that it rests on.

use crate::support::{Answer, Options, TestApp};
use chrono::TimeDelta;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const BY_USER: &str = "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User";
const BY_ADDRESS: &str = "Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip";
const BLOCKED_USER: &str = concat!(
    r#"401 {"success":false,"error":"error-login-blocked-for-user","status":"error","#,
    r#""details":{"function":"Accounts.validateLoginAttempt"},"#,
    r#""message":"Login has been temporarily blocked For User"}"#
);
const BLOCKED_ADDRESS: &str = concat!(
    r#"401 {"success":false,"error":"error-login-blocked-for-ip","status":"error","#,
    r#""details":{"function":"Accounts.validateLoginAttempt"},"#,
    r#""message":"Login has been temporarily blocked For IP"}"#
);

async fn log_in(app: &TestApp, user: &str, password: &str) -> Answer {
    // Each attempt at a moment of its own.
    app.advance_clock(TimeDelta::milliseconds(1));
    app.log_in(&json!({"user": user, "password": password})).await
}

async fn from(app: &TestApp, address: &str, body: &Value) -> Answer {
    app.advance_clock(TimeDelta::milliseconds(1));
    app.request(Method::POST, "/api/v1/login").header("X-Real-IP", address).json(body).send().await
}

async fn right(app: &TestApp) -> Answer {
    log_in(app, "plain", "Secret-1-of-plain").await
}

async fn events(app: &TestApp) -> Vec<Document> {
    app.dump().await.remove("rocketchat_server_events").unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_blocked_after_so_many_failures_and_free_after_so_many_minutes() {
    let app = Options::standalone().setting(BY_USER, 3).start(Eight).await;
    app.stop_clock();
    for _ in 0..3 {
        assert_eq!(log_in(&app, "plain", "wrong").await.json()["error"], "Unauthorized");
    }
    let hashed = app.hashing.runs();
    assert_eq!(right(&app).await.line(), BLOCKED_USER, "even with the right password");
    assert_eq!(log_in(&app, "plain", "wrong").await.line(), BLOCKED_USER);
    assert_eq!(app.hashing.runs(), hashed, "who is blocked costs no hashing");
    assert_eq!(log_in(&app, "admin", "Secret-1-of-admin").await.status, 200, "others are free");

    app.advance_clock(TimeDelta::seconds(5 * 60 - 1));
    assert_eq!(right(&app).await.line(), BLOCKED_USER);
    app.advance_clock(TimeDelta::seconds(2));
    assert_eq!(right(&app).await.status, 200, "attempts of the blocked do not prolong the block");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_may_last_for_a_fraction_of_a_minute() {
    let minutes = "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes";
    let app = Options::standalone().setting(BY_USER, 1).setting(minutes, 0.05).start(Eight).await;
    app.stop_clock();
    log_in(&app, "plain", "wrong").await;
    app.advance_clock(TimeDelta::milliseconds(2_900));
    assert_eq!(right(&app).await.line(), BLOCKED_USER);
    app.advance_clock(TimeDelta::milliseconds(200));
    assert_eq!(right(&app).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn capitals_give_no_further_attempts() {
    let app = Options::standalone().setting(BY_USER, 2).start(Eight).await;
    app.stop_clock();
    log_in(&app, "PLAIN", "wrong").await;
    log_in(&app, "Plain", "wrong").await;
    assert_eq!(log_in(&app, "pLAIN", "wrong").await.line(), BLOCKED_USER);
    // Names that nobody has are counted as they are typed.
    log_in(&app, "nobody", "wrong").await;
    log_in(&app, "nobody", "wrong").await;
    assert_eq!(log_in(&app, "nobody", "wrong").await.line(), BLOCKED_USER);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_names_the_account_shares_its_attempts() {
    let app = Options::standalone().setting(BY_USER, 4).start(Eight).await;
    app.stop_clock();
    log_in(&app, "plain", "wrong").await;
    log_in(&app, "PLAIN@example.com", "wrong").await;
    app.log_in(&json!({"username": "plain", "password": "wrong", "code": "1"})).await;
    app.log_in(&json!({"email": "plain@example.com", "password": "wrong"})).await;
    assert_eq!(right(&app).await.line(), BLOCKED_USER);
    assert_eq!(log_in(&app, "plain@example.com", "Secret-1-of-plain").await.line(), BLOCKED_USER);
    let with_code = json!({"user": "plain", "password": "Secret-1-of-plain", "code": "1"});
    assert_eq!(app.log_in(&with_code).await.line(), BLOCKED_USER);
    assert_eq!(
        app.log_in(&json!({"resume": app.person("plain").token})).await.status,
        200,
        "a session goes on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_by_address_from_many_addresses_are_blocked_by_user() {
    let app = Options::standalone().start(Eight).await;
    let guess = json!({"user": "plain@example.com", "password": "wrong"});
    let mut blocked = 0;
    for n in 0..40 {
        let answer = from(&app, &format!("198.51.100.{n}"), &guess).await;
        blocked += usize::from(answer.line() == BLOCKED_USER);
    }
    assert_eq!(blocked, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_arrive_together_are_no_more_than_the_limit() {
    let app = Options::standalone().start(Eight).await;
    let runs = app.hashing.runs();
    let guess = json!({"user": "plain", "password": "wrong"});
    let answers = futures_util::future::join_all((0..40).map(|_| app.log_in(&guess))).await;
    assert_eq!(app.hashing.runs() - runs, 10, "each look is a bcrypt run");
    assert_eq!(answers.iter().filter(|answer| answer.line() == BLOCKED_USER).count(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_one_has_is_blocked_as_one_that_somebody_has() {
    let app = Options::standalone().setting(BY_USER, 2).start(Eight).await;
    app.stop_clock();
    for names in [["PlaiN", "pLAIN"], ["NoBody", "nObODY"], ["A@X.example", "a@x.EXAMPLE"]] {
        let [first, second] = names;
        for _ in 0..2 {
            assert_eq!(log_in(&app, first, "wrong").await.json()["error"], "Unauthorized");
        }
        assert_eq!(log_in(&app, second, "wrong").await.line(), BLOCKED_USER, "{second}");
    }
    let counted = app.dump().await.remove("rc_account_failed_logins").expect("a collection");
    assert!(
        !format!("{counted:?}").to_lowercase().contains("nobody"),
        "typed names are not kept: {counted:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_uses_up_no_attempt() {
    let app = Options::standalone().setting(BY_USER, 2).start(Eight).await;
    for _ in 0..4 {
        let challenge = log_in(&app, "totp", "Secret-1-of-totp").await;
        assert_eq!(challenge.json()["error"], "totp-required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successful_login_makes_the_count_start_anew() {
    let app = Options::standalone().setting(BY_USER, 2).start(Eight).await;
    app.stop_clock();
    for _ in 0..3 {
        log_in(&app, "plain", "wrong").await;
        assert_eq!(right(&app).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_blocked_for_whomever_it_tries() {
    let app = Options::standalone()
        .setting(BY_ADDRESS, 3)
        .setting("Block_Multiple_Failed_Logins_Ip_Whitelist", "192.0.2.7, 192.0.2.8")
        .start(Eight)
        .await;
    app.stop_clock();
    let guess = |who: &str| json!({"user": who, "password": "guess"});
    let right = json!({"user": "plain", "password": "Secret-1-of-plain"});
    for who in ["admin", "bot", "nobody@example.com"] {
        assert_eq!(from(&app, "192.0.2.1", &guess(who)).await.json()["error"], "Unauthorized");
    }
    assert_eq!(from(&app, "192.0.2.1", &right).await.line(), BLOCKED_ADDRESS);
    assert_eq!(from(&app, "192.0.2.1", &json!({"resume": "x"})).await.line(), BLOCKED_ADDRESS);
    assert_eq!(from(&app, "192.0.2.1", &json!({"user": 1, "password": 1})).await.line(), BLOCKED_ADDRESS);
    assert_eq!(from(&app, "192.0.2.2", &right).await.status, 200, "another address is free");
    // Attempts of a blocked address count, as in the original: it stays blocked while it tries.
    app.advance_clock(TimeDelta::minutes(4));
    assert_eq!(from(&app, "192.0.2.1", &right).await.line(), BLOCKED_ADDRESS);
    app.advance_clock(TimeDelta::minutes(5) + TimeDelta::seconds(1));
    assert_eq!(from(&app, "192.0.2.1", &right).await.status, 200);

    for address in ["192.0.2.7", "192.0.2.8"] {
        for _ in 0..5 {
            from(&app, address, &guess("admin")).await;
        }
        assert_eq!(from(&app, address, &right).await.status, 200, "listed addresses are never blocked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_switch_each_rule_off() {
    for (id, value) in [
        ("Block_Multiple_Failed_Logins_Enabled", Bson::Boolean(false)),
        ("Block_Multiple_Failed_Logins_By_User", Bson::Boolean(false)),
        (BY_USER, Bson::Int32(0)),
    ] {
        let app = Options::standalone().setting(BY_USER, 1).setting(id, value).start(Eight).await;
        app.stop_clock();
        for _ in 0..3 {
            log_in(&app, "plain", "wrong").await;
        }
        assert_eq!(right(&app).await.status, 200, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_blocked_by_default_before_6_5_1() {
    let enabled = "Block_Multiple_Failed_Logins_Enabled";
    for (version, blocks) in [("6.5.0", false), ("6.5.1", true)] {
        let options = Options::standalone().without_setting(enabled);
        let app = options.variable("RC_ACCOUNT_RELEASE", version).start(Six).await;
        app.stop_clock();
        for _ in 0..10 {
            log_in(&app, "plain", "wrong").await;
        }
        assert_eq!(right(&app).await.status, if blocks { 401 } else { 200 });
        assert_eq!(events(&app).await.len(), if blocks { 10 } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_is_noted_once() {
    let app = Options::standalone().start(Eight).await;
    app.stop_clock();
    let id = app.person("plain").id.as_str();
    let totp = app.person("totp").id.as_str();
    let wrong = |user: &str| json!({"user": user, "password": "wrong"});
    for (body, expected) in [
        (wrong("PLAIN"), Some(("failed-login-attempt", doc! {"_id": id, "username": "plain"}))),
        (wrong("plain@example.com"), Some(("failed-login-attempt", doc! {"_id": id, "username": "plain"}))),
        (wrong("nobody"), Some(("failed-login-attempt", doc! {"username": "nobody"}))),
        (wrong("nobody@example.com"), Some(("failed-login-attempt", doc! {}))),
        (wrong("oauth"), Some(("failed-login-attempt", doc! {"username": "oauth"}))),
        (json!({}), Some(("failed-login-attempt", doc! {}))),
        (json!({"resume": "x"}), Some(("failed-login-attempt", doc! {}))),
        (
            json!({"user": "totp", "password": "Secret-1-of-totp", "code": "000000"}),
            Some(("failed-login-attempt", doc! {"_id": totp, "username": "totp"})),
        ),
        // A challenge is no failure.
        (json!({"user": "totp", "password": "Secret-1-of-totp"}), None),
        (
            json!({"user": "plain", "password": "Secret-1-of-plain"}),
            Some(("login", doc! {"_id": id, "username": "plain"})),
        ),
        (
            json!({"resume": app.person("plain").token}),
            Some(("login", doc! {"_id": id, "username": "plain"})),
        ),
    ] {
        app.database
            .collection::<Document>("rocketchat_server_events")
            .delete_many(doc! {})
            .await
            .expect("empty");
        from(&app, "192.0.2.1", &body).await;
        let events = events(&app).await;
        let Some((kind, user)) = expected else {
            assert_eq!(events, vec![], "{body}");
            continue;
        };
        let [event] = &events[..] else { panic!("{body}: {events:?}") };
        let keys = ["_id", "ip", "t", "ts", "u", "_updatedAt"];
        assert_eq!(event.keys().collect::<Vec<_>>(), keys, "{body}");
        assert_eq!(event.get_str("_id").expect("an id").len(), 24);
        let text = |key| event.get_str(key).expect("text");
        assert_eq!((text("ip"), text("t")), ("192.0.2.1", kind), "{body}");
        assert_eq!(event.get_document("u").expect("a user"), &user, "{body}");
        assert_eq!(event.get("ts"), event.get("_updatedAt"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_any_length_is_nobodys_and_is_not_written_down() {
    let app = Options::standalone().start(Eight).await;
    for name in ["n".repeat(60_000), format!("{}@example.com", "n".repeat(60_000))] {
        let hashed = app.hashing.runs();
        assert_eq!(log_in(&app, &name, "wrong").await.json()["error"], "Unauthorized");
        assert_eq!(app.hashing.runs(), hashed + 1, "takes as long as for any other name");
    }
    let events = events(&app).await;
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!(event.get_document("u").ok(), Some(&doc! {}), "{event}");
    }
}
