//! Hashing under load: who waits for whom, what a failure costs, and which stored hashes are not compared.

use crate::support::{Options, TestApp};
use devstack::workspace::Release::{Eight, Six};
use futures_util::future::join_all;
use mongodb::bson::doc;
use rc_account::hashing::{PasswordDigest, Work};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

/// A hash that no one knows the password of, at that cost.
fn hash_of_cost(cost: &str) -> String {
    format!("$2b${cost}$n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S")
}

async fn cost(app: &TestApp, handle: &str) -> String {
    let stored = app.stored(handle).await;
    let password = stored.get_document("services").and_then(|services| services.get_document("password"));
    password.expect("a password").get_str("bcrypt").expect("a hash")[..7].to_owned()
}

async fn wait_for_cost(app: &TestApp, handle: &str, expected: &str) {
    let renewed = async {
        while cost(app, handle).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), renewed).await.expect("the hash is renewed");
}

/// As many logins at once, each from an address and with a name of its own: no other limit stops them.
async fn flood(app: &TestApp, logins: usize) -> Vec<crate::support::Answer> {
    join_all((0..logins).map(|n| {
        let body = json!({"user": format!("nobody{n}"), "password": "wrong"});
        let address = format!("198.51.100.{n}");
        app.request(Method::POST, "/api/v1/login").header("X-Real-IP", &address).json(&body).send()
    }))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn eighty_logins_of_strangers_do_not_hold_up_a_user() {
    let app = Options::standalone().setting("Accounts_Password_Policy_Enabled", false).start(Six).await;
    let digest = |password: &str| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(password));
    let change = async |from: &str, to: &str| {
        let (started, before) = (Instant::now(), app.hashing.runs());
        let body = json!({"data": {"newPassword": to, "currentPassword": digest(from)}});
        app.post("plain", &body).send().await.user();
        (started.elapsed(), app.hashing.runs() - before)
    };
    let (quiet, _) = change("Secret-1-of-plain", "p1").await;
    let busy = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        change("p1", "p2").await
    };
    let (answers, (busy, runs)) = futures_util::future::join(flood(&app, 80), busy).await;
    println!("a password change: {quiet:?} when it is quiet, {busy:?} among 80 logins");
    // Its own, and those that come in between.
    assert!(runs < 20, "{runs}");
    assert!(answers.iter().all(|answer| [401, 503].contains(&answer.status)));
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_bound_a_login_is_told_to_come_again() {
    let app = Options::standalone().start(Eight).await;
    let answers = flood(&app, 250).await;
    let turned_away: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!turned_away.is_empty() && turned_away.len() < 200, "{}", turned_away.len());
    for answer in turned_away {
        assert_eq!(answer.json()["success"], false);
        let seconds: u32 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("a number");
        assert!(seconds > 0);
    }
    assert!(answers.iter().all(|answer| [401, 503].contains(&answer.status)));
    assert_eq!(app.log_in(&json!({"user": "plain", "password": "Secret-1-of-plain"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_turned_away_has_asked_the_database_for_nothing() {
    let app = Options::standalone().start(Eight).await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let hash = hash_of_cost("12");
    let strangers = (0..70 * cores).map(|n| {
        let hashing = app.hashing.on_behalf_of(Work::of_stranger(&n.to_string()));
        let digest = PasswordDigest::from_client("wrong");
        tokio::spawn({
            let hash = hash.clone();
            async move { hashing.matches(digest, hash.into()).await }
        })
    });
    let waiting: Vec<_> = strangers.collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.take_commands();
    let login = app.log_in(&json!({"user": "plain", "password": "Secret-1-of-plain"})).await;
    assert_eq!((login.status, app.take_commands()), (503, Vec::new()));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_whose_clients_have_gone_are_not_hashed() {
    let app = Options::standalone().start(Eight).await;
    let before = app.hashing.runs();
    let gone = tokio::time::timeout(Duration::from_millis(300), flood(&app, 60)).await;
    assert!(gone.is_err(), "they were still waiting");
    let login = app.log_in(&json!({"user": "plain", "password": "Secret-1-of-plain"})).await;
    assert_eq!(login.status, 200, "{:?}", login.json());
    let runs = app.hashing.runs() - before;
    assert!(runs < 40, "{runs} runs for 60 logins that were given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_costs_too_much_is_not_computed() {
    for (cost, other) in [("20", doc! {}), ("15", doc! {"services.password.argon2": "$argon2id$v=19$x"})] {
        let mut set = doc! {"services.password.bcrypt": hash_of_cost(cost)};
        set.extend(other);
        let app = Options::standalone().user("plain", doc! {"$set": set}).start(Eight).await;
        let digest = app.person("plain").password_digest();
        let login = json!({"user": "plain", "password": "Secret-1-of-plain"});
        let change = json!({"data": {"email": "new@example.com", "currentPassword": digest}});
        let answers = async { (app.log_in(&login).await, app.post("plain", &change).send().await) };
        let (login, change) = tokio::time::timeout(Duration::from_secs(8), answers).await.expect("at once");
        assert_eq!(login.json()["error"], "Unauthorized");
        change.is_refused_with("totp-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_login_costs_one_run_whatever_is_stored() {
    for stored in
        ["no hash", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", &hash_of_cost("16"), &hash_of_cost("04")]
    {
        let set = doc! {"$set": {"services.password.bcrypt": stored}};
        let app = Options::standalone().user("plain", set).start(Eight).await;
        let before = app.hashing.runs();
        app.log_in(&json!({"user": "plain", "password": "wrong"})).await;
        assert_eq!(app.hashing.runs() - before, 1, "{stored}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_another_cost_is_renewed_behind_the_answer_of_whatever_checks_it() {
    for release in [Six, Eight] {
        let set = |digest: String| doc! {"$set": {"services.password.bcrypt": bcrypt::hash(digest, 5).expect("a hash")}};
        let app = Options::standalone();
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("12345"));
        let app = app.user("plain", set(digest.clone())).user("agent", set(digest.clone()));
        let app = app.user("bot", set(digest.clone())).start(release).await;
        app.post("plain", &json!({"data": {"email": "new@example.com", "currentPassword": digest}}))
            .send()
            .await
            .user();
        wait_for_cost(&app, "plain", "$2b$10$").await;
        assert_eq!(app.log_in(&json!({"user": "bot", "password": "12345"})).await.status, 200);
        wait_for_cost(&app, "bot", "$2b$10$").await;
        assert_eq!(app.log_in(&json!({"user": "bot", "password": "12345"})).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_not_renewed_over_a_new_password() {
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("12345"));
    let old = bcrypt::hash(&digest, 5).expect("a hash");
    let app = Options::standalone()
        .user("plain", doc! {"$set": {"services.password.bcrypt": old}})
        .start(Six)
        .await;
    let runs = app.hashing.runs();
    let body = json!({"data": {"newPassword": "N3w-and-strong-enough", "currentPassword": digest}});
    app.post("plain", &body).send().await.user();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(app.hashing.runs() - runs, 2, "the check and the new hash");
    let login = json!({"user": "plain", "password": "N3w-and-strong-enough"});
    assert_eq!(app.log_in(&login).await.status, 200);
}
