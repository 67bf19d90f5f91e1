//! A mail server that is away, hangs or refuses: the request is answered all the same, and no mail is lost.

use crate::support::{Answer, HASTE, Options, TestApp, is_delivered, outbox};
use devstack::smtp::{Behaviour, Sink};
use devstack::supervised::free_port;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, doc};
use rc_account::effects::RetryPolicy;
use rc_account::mail::MailPatience;
use serde_json::json;
use std::collections::HashSet;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn acme(sink: &Sink) -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false).mail_server(sink)
}

async fn change(app: &TestApp, handle: &str, email: &str) -> Answer {
    app.post(handle, &json!({"data": {"email": email}})).send().await
}

/// Waits for a parked effect.
pub async fn parked(app: &TestApp) -> Document {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let left = outbox(app).await;
        if let Some(parked) = left.iter().find(|effect| effect.get_bool("parked").is_ok_and(|parked| parked))
        {
            return parked.clone();
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until every effect has failed at least once.
async fn has_failed(app: &TestApp) -> Vec<Document> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let left = outbox(app).await;
        if !left.is_empty() && left.iter().all(|effect| effect.get_str("reason").is_ok()) {
            return left;
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn recipients(sink: &Sink) -> Vec<String> {
    let mut recipients: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    recipients.sort();
    recipients
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_mail_server_delays_no_answer_and_loses_no_mail() {
    for behaviour in [
        Behaviour::Absent,
        Behaviour::Greet(421),
        Behaviour::Greet(554),
        Behaviour::DropAfterData,
        Behaviour::Recipient(451),
    ] {
        let sink = Sink::start().await;
        sink.behave(behaviour);
        let app = acme(&sink).start(Six).await;
        let started = Instant::now();
        assert_eq!(change(&app, "plain", "new@example.com").await.status, 200, "{behaviour:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{behaviour:?}: {:?}", started.elapsed());
        for effect in has_failed(&app).await {
            assert_eq!(effect.get_bool("parked").ok(), Some(false), "{effect:?}");
        }
        assert!(sink.mails().is_empty(), "{behaviour:?}");
        sink.behave(Behaviour::Accept);
        is_delivered(&app).await;
        assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"], "{behaviour:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_mail_server_delays_no_answer_and_loses_no_mail() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Hang);
    // A minute's patience is a second here.
    let app = acme(&sink).mail_patience(MailPatience::default().divided_by(60)).start(Eight).await;
    let started = Instant::now();
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let left = has_failed(&app).await;
    let reason = left[0].get_str("reason").expect("a reason");
    assert!(reason.contains("did not finish the greeting within 5 s"), "{left:?}");
    sink.behave(Behaviour::Accept);
    is_delivered(&app).await;
    assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_mails_wait_until_one_is_configured() {
    let sink = Sink::start().await;
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    // Only the change of settings can wake it.
    let retry_policy = RetryPolicy { longest_delay: Duration::from_mins(10), ..HASTE };
    let app = options.retry_policy(retry_policy).start(Six).await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    for effect in has_failed(&app).await {
        assert!(effect.get_str("reason").expect("a reason").starts_with("no mail server is configured"));
    }
    app.set("From_Email", "chat@acme.example").await;
    app.set("SMTP_Port", sink.port().to_string()).await;
    app.set("SMTP_Host", "127.0.0.1").await;
    is_delivered(&app).await;
    assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_the_server_refuses_for_good_is_parked_and_holds_up_no_other() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Recipient(550));
    let app = acme(&sink).start(Six).await;
    assert_eq!(change(&app, "no-email", "first@example.com").await.status, 200);
    let effect = parked(&app).await;
    assert_eq!(effect.get_str("reason").ok(), Some("the mail server refused the mail with code 550"));
    assert_eq!(effect.get_i32("attempts").ok(), Some(1));
    sink.behave(Behaviour::Accept);
    assert_eq!(change(&app, "no-email", "second@example.com").await.status, 200);
    sink.wait_for(|mail| mail.to == "second@example.com").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(outbox(&app).await.len(), 1, "the parked one stays");
    assert_eq!(recipients(&sink), ["first@example.com", "second@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_keeps_failing_is_parked_in_the_end() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Absent);
    let app = acme(&sink).retry_policy(RetryPolicy { attempts: 3, ..HASTE }).start(Six).await;
    assert_eq!(change(&app, "no-email", "first@example.com").await.status, 200);
    let effect = parked(&app).await;
    assert_eq!(effect.get_i32("attempts").ok(), Some(3));
    assert!(effect.get_str("reason").expect("a reason").starts_with("the mail server cannot be used: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_service_left_is_delivered_after_its_restart() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Absent);
    let mut app = acme(&sink).start(Eight).await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    app.stop().await;
    assert_eq!(outbox(&app).await.len(), 2);
    sink.behave(Behaviour::Accept);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(sink.mails().is_empty());
    app.restart().await;
    is_delivered(&app).await;
    assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"]);
}

/// The real program, which a test can kill.
fn spawn_service(app: &TestApp, port: u16) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rc-account"))
        .arg("serve")
        .env_clear()
        .env("MONGO_URL", app.mongo_url())
        .env("BIND_IP", "127.0.0.1")
        .env("PORT", port.to_string())
        .env("RC_ACCOUNT_RATE_LIMIT", "off")
        .env("RC_ACCOUNT_LOG", "off")
        .spawn()
        .expect("the service")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_service_had_in_hand_is_delivered_within_thirty_seconds_of_its_restart() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Hang);
    let mut app = acme(&sink).start(Six).await;
    app.stop().await;
    let port = free_port().expect("a port");
    app.base = format!("http://127.0.0.1:{port}");
    let mut service = spawn_service(&app, port);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    sink.wait_for_connections(2).await;
    service.kill().expect("killed");
    service.wait().expect("its end");

    sink.behave(Behaviour::Accept);
    let restarted = Instant::now();
    let mut service = spawn_service(&app, port);
    is_delivered(&app).await;
    assert!(restarted.elapsed() < Duration::from_secs(30), "{:?}", restarted.elapsed());
    assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"]);
    service.kill().expect("killed");
    service.wait().expect("its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_instances_one_sends_each_mail() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    let other = app.another_instance().await;
    let handles =
        ["plain", "admin", "no-email", "oauth", "legacy", "many-tokens", "bot", "totp", "email2fa", "agent"];
    for round in ["a", "b", "c"] {
        let changes = handles.iter().map(async |handle| {
            let answer = change(&app, handle, &format!("{round}.{handle}@example.com")).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        });
        futures_util::future::join_all(changes).await;
    }
    is_delivered(&app).await;
    let mails = sink.mails();
    let ids: HashSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(mails.len(), ids.len(), "none is sent twice");
    let notices = mails.iter().filter(|mail| !mail.subject.contains("verification")).count();
    assert_eq!(notices, 28, "one for each address that was given up; two people had none");
    for handle in handles {
        let sent_to = |prefix: &str| {
            let address = format!("{prefix}.{handle}@example.com");
            mails.iter().position(|mail| mail.to == address && mail.subject.contains("verification"))
        };
        // A verification that still waits is replaced by the next one.
        let sent: Vec<usize> = ["a", "b", "c"].into_iter().filter_map(sent_to).collect();
        assert!(sent.is_sorted(), "{handle}: out of order");
        assert!(sent_to("c").is_some(), "{handle}: the newest");
    }
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_died_with_a_lease_is_replaced_when_the_lease_ends() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    let lease_until = DateTime::from_millis(DateTime::now().timestamp_millis() + 2000);
    let effect = doc! {
        "_id": "left-behind", "user_id": "z577RyCswnzMJiFi4", "kind": "email-changed", "order": 1_i64,
        "effect": {"old": "old@example.com", "new": "new@example.com"}, "created": DateTime::now(),
        "due": DateTime::from_millis(0), "lease_until": lease_until, "owner": "dead", "attempts": 1,
        "parked": false, "reason": Bson::Null,
    };
    app.database.collection("rc_account_outbox").insert_one(effect).await.expect("inserted");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(sink.mails().is_empty(), "the lease still holds");
    let mail = sink.wait_for(|mail| mail.to == "old@example.com").await;
    assert!(DateTime::now() >= lease_until);
    assert!(mail.message_id.starts_with("left-behind@"), "{}", mail.message_id);
    is_delivered(&app).await;
    assert!(RetryPolicy::default().lease < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_acceptance_was_lost_comes_again_under_the_same_id() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::KeepAndDrop);
    let app = acme(&sink).start(Six).await;
    assert_eq!(change(&app, "no-email", "first@example.com").await.status, 200);
    has_failed(&app).await;
    sink.behave(Behaviour::Accept);
    is_delivered(&app).await;
    let mails = sink.mails();
    assert!(mails.len() >= 2);
    assert!(mails.iter().all(|mail| mail.message_id == mails[0].message_id && !mail.message_id.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_service_asks_the_database_for_nothing_but_its_heartbeat() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    is_delivered(&app).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.take_commands();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(app.take_commands(), Vec::<String>::new(), "beside the change streams and the heartbeat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_no_login_gets_mail_without_one() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Plain);
    let app = acme(&sink).setting("SMTP_Username", "chat").setting("SMTP_Password", "hunter2");
    let app = app.start(Six).await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    is_delivered(&app).await;
    assert_eq!(recipients(&sink), ["new@example.com", "plain@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_only_ascii_takes_mail_for_every_domain_but_not_for_every_name() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Plain);
    let app = acme(&sink).setting("From_Email", "chat@bücher.example").start(Eight).await;
    assert_eq!(change(&app, "no-email", "user@bücher.example").await.status, 200);
    is_delivered(&app).await;
    let mail = sink.wait_for(|mail| mail.recipients == ["user@xn--bcher-kva.example"]).await;
    assert_eq!(mail.sender, "chat@xn--bcher-kva.example");

    assert_eq!(change(&app, "bot", "ä@bücher.example").await.status, 200);
    let reason = parked(&app).await.get_str("reason").expect("a reason").to_owned();
    assert_eq!(reason, "the recipient's address is malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_they_were_kept_hold_up_no_mail() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    assert_eq!(change(&app, "plain", "one@example.com").await.status, 200);
    is_delivered(&app).await;
    // Ends them all.
    sink.behave(Behaviour::Accept);
    assert_eq!(change(&app, "no-email", "two@example.com").await.status, 200);
    is_delivered(&app).await;
    assert_eq!(recipients(&sink), ["one@example.com", "plain@example.com", "two@example.com"]);
}
