//! How many mails one user can cause, and one address can get; and whose code no stranger replaces.

use crate::support::codes::set_email_code;
use crate::support::{Answer, Options, Request, TestApp};
use chrono::TimeDelta;
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;

const LIMIT: &str = "RC_ACCOUNT_MAIL_LIMIT";
const SEND: &str = "/api/v1/users.2fa.sendEmailCode";

fn limited(limit: &str) -> Options {
    let options = Options::standalone().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    options.variable(LIMIT, limit)
}

async fn change(app: &TestApp, handle: &str, email: &str) -> Answer {
    app.post(handle, &json!({"data": {"email": email}})).send().await
}

#[track_caller]
fn refused(answer: &Answer, seconds: u32) {
    let text = format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying this endpoint again. \
         [error-too-many-requests]"
    );
    assert_eq!(answer.line(), format!(r#"429 {{"success":false,"error":"{text}"}}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_causes_only_so_many_mails_by_whichever_way_and_instance() {
    let app = limited("5/60000").start(Six).await;
    app.stop_clock();
    change(&app, "plain", "a@example.com").await.user();
    app.advance_clock(TimeDelta::seconds(10));
    change(&app, "plain", "b@example.com").await.user();
    let before = app.stored("plain").await;
    refused(&change(&app, "plain", "c@example.com").await, 50);
    // Another instance counts the same mails, and so does the method.
    let other = app.another_instance().await;
    let person = app.person("plain");
    let request = Request::from(app.http.post(format!("{}/api/v1/users.updateOwnBasicInfo", other.base)));
    let request =
        request.sign_in(&person.id, &person.token).json(&json!({"data": {"email": "c@example.com"}}));
    assert_eq!(request.send().await.status, 429);
    let message = json!({"msg": "method", "id": "1", "method": "saveUserProfile", "params": [{"email": "c@example.com"}, {}]});
    let call =
        app.request(Method::POST, "/api/v1/method.call/saveUserProfile").sign_in(&person.id, &person.token);
    let called = call.json(&json!({"message": message.to_string()})).send().await;
    assert!(called.body.contains("too-many-requests"), "{}", called.body);
    assert_eq!(app.stored("plain").await, before, "nothing is written");
    other.stop().await;

    // What mails no one is not limited, nor are other users; and the window moves.
    app.post("plain", &json!({"data": {"bio": "still"}})).send().await.user();
    change(&app, "agent", "d@example.com").await.user();
    app.advance_clock(TimeDelta::seconds(51));
    change(&app, "plain", "c@example.com").await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_only_so_many_mails_whoever_causes_them() {
    let app = limited("3/60000").start(Eight).await;
    app.stop_clock();
    change(&app, "plain", "target@example.com").await.user();
    app.advance_clock(TimeDelta::seconds(1));
    app.users().update_one(doc! {"username": "plain"}, doc! {"$set": {"emails": []}}).await.expect("updated");
    change(&app, "agent", "TARGET@example.com").await.user();
    app.users().update_one(doc! {"username": "agent"}, doc! {"$set": {"emails": []}}).await.expect("updated");
    change(&app, "bot", "target@Example.com").await.user();
    app.users().update_one(doc! {"username": "bot"}, doc! {"$set": {"emails": []}}).await.expect("updated");
    refused(&change(&app, "totp", "target@example.com").await, 59);
    // Which address that is stands nowhere in the clear.
    let counted = app.dump().await.remove("rc_account_mail_limits").expect("a collection");
    assert!(!format!("{counted:?}").to_lowercase().contains("target"), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_do_not_exceed_the_limit() {
    let app = limited("6/60000").start(Six).await;
    let app = &app;
    let changes = (0..20).map(async |n| change(app, "plain", &format!("n{n}@example.com")).await.status);
    let answers = futures_util::future::join_all(changes).await;
    assert!(answers.iter().filter(|status| **status == 200).count() <= 3, "{answers:?}");
    let counted = app.dump().await.remove("rc_account_mail_limits").expect("a collection");
    let most = counted.iter().map(|counter| counter.get_array("at").expect("times").len()).max();
    assert!(most.expect("a counter") <= 6, "{counted:?}");
}

async fn send_code(app: &TestApp, login: &str) -> Answer {
    app.request(Method::POST, SEND).json(&json!({"emailOrUsername": login})).send().await
}

async fn code(app: &TestApp, handle: &str) -> Option<Document> {
    let stored = app.stored(handle).await;
    let services = stored.get_document("services").expect("services");
    services.get_document("emailCode").ok().cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_does_not_replace_a_usable_code_and_its_owner_does() {
    let sink = Sink::start().await;
    let app = Options::standalone().mail_server(&sink).start(Eight).await;
    set_email_code(&app, "email2fa", "048213", 60, 4).await;
    let usable = code(&app, "email2fa").await;
    for login in ["email2fa", "EMAIL2FA@example.com"] {
        assert_eq!(send_code(&app, login).await.line(), r#"200 {"success":true}"#);
    }
    assert_eq!(code(&app, "email2fa").await, usable);
    let person = app.person("email2fa");
    let own = app.request(Method::POST, SEND).sign_in(&person.id, &person.token);
    own.json(&json!({"emailOrUsername": "email2fa"})).send().await;
    assert_ne!(code(&app, "email2fa").await, usable, "the owner asked for another one");
    sink.wait_for(|mail| mail.to == "email2fa@example.com").await;
    assert_eq!(sink.mails().len(), 1);

    // One that is used up or over is no longer in the way.
    for (seconds, attempts) in [(60, 5), (-1, 0)] {
        set_email_code(&app, "email2fa", "048213", seconds, attempts).await;
        let before = code(&app, "email2fa").await;
        send_code(&app, "email2fa").await;
        assert_ne!(code(&app, "email2fa").await, before, "{seconds} {attempts}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_no_code_is_mailed_and_the_challenge_stays() {
    let sink = Sink::start().await;
    let app = Options::standalone().variable(LIMIT, "2/60000").mail_server(&sink).start(Eight).await;
    app.stop_clock();
    let person = app.person("email2fa");
    let own = async || {
        let request = app.request(Method::POST, SEND).sign_in(&person.id, &person.token);
        request.json(&json!({"emailOrUsername": ""})).send().await.line()
    };
    for _ in 0..4 {
        assert_eq!(own().await, r#"200 {"success":true}"#);
    }
    let kept = code(&app, "email2fa").await;
    assert_eq!(own().await, r#"200 {"success":true}"#);
    assert_eq!(code(&app, "email2fa").await, kept, "a code that no one gets is not stored");
    let unset = doc! {"$unset": {"services.emailCode": ""}};
    app.users().update_one(doc! {"_id": &person.id}, unset).await.expect("updated");
    let challenge = app.post("email2fa", &json!({"data": {"email": "new@example.com"}})).send().await;
    challenge.is_refused_with("totp-required");
    assert_eq!(
        challenge.json()["details"],
        json!({"method": "email", "emailOrUsername": "email2fa@example.com", "codeGenerated": false, "availableMethods": ["email"]})
    );
    assert_eq!(code(&app, "email2fa").await, None);
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_reached_no_one_does_not_stand_in_the_way_of_the_next() {
    let sink = Sink::start().await;
    let app = Options::standalone().mail_server(&sink).start(Eight).await;
    let change = json!({"data": {"email": "new@example.com"}});
    sink.behave(Behaviour::Recipient(550));
    for _ in 0..2 {
        let challenge = app.post("email2fa", &change).send().await;
        assert_eq!(challenge.json()["details"]["codeGenerated"], true, "{}", challenge.body);
        assert_eq!(code(&app, "email2fa").await, None);
    }
    sink.behave(Behaviour::Accept);
    send_code(&app, "email2fa").await;
    sink.wait_for(|mail| mail.to == "email2fa@example.com").await;
    assert!(code(&app, "email2fa").await.is_some());
}
