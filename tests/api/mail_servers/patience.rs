//! Slow servers.

use super::{
    ADDRESS, MOMENTS, arrives, cause_mail, failed, impatient, sink, takes_one, waits, without_factor,
};
use crate::support::{HASTE, Options, TestApp, is_delivered, outbox};
use devstack::smtp::{Behaviour, Manners, Moment, Sink};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::Document;
use rc_account::effects::RetryPolicy;
use rc_account::mail::MailPatience;
use serde_json::json;
use std::time::{Duration, Instant};

/// Of the shortened patience of each step, slightly more than half.
fn slowly(moment: Moment) -> Duration {
    let patience = impatient();
    let whole = match moment {
        Moment::Greeting => patience.greeting,
        Moment::Data => patience.data,
        Moment::EndOfData => patience.end_of_data,
        _ => patience.command,
    };
    whole * 6 / 10
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_may_take_its_time() {
    for moment in MOMENTS {
        let slow = Manners { slow: Some((moment, slowly(moment))), ..Manners::PLAIN };
        takes_one(slow, &format!("slow at {moment:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up_at_that_step_and_tried_again() {
    for (moment, step) in [
        (Moment::Greeting, "the greeting"),
        (Moment::Hello, "EHLO"),
        (Moment::Sender, "the sender"),
        (Moment::Recipient, "the recipient"),
        (Moment::Data, "DATA"),
    ] {
        let sink = sink(Manners { slow: Some((moment, Duration::from_mins(1))), ..Manners::PLAIN }).await;
        let app = without_factor().mail_server(&sink).mail_patience(impatient()).start(Six).await;
        cause_mail(&app).await;
        waits(&app, &format!("it did not finish {step} within ")).await;
        sink.behave(Behaviour::Accept);
        arrives(&app, &sink, step).await;
    }
}

/// The patience and the lease are the usual ones, but for the lease's length: it would end three times while the server thinks.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_end_is_answered_after_14_seconds_arrives_once() {
    let slow = (Moment::EndOfData, Duration::from_secs(14));
    let sink = sink(Manners { slow: Some(slow), ..Manners::PLAIN }).await;
    let policy = RetryPolicy { lease: Duration::from_secs(4), ..HASTE };
    let app = without_factor().mail_server(&sink).retry_policy(policy).start(Six).await;
    let other = app.another_instance().await;
    cause_mail(&app).await;
    tokio::time::sleep(Duration::from_secs(13)).await;
    let effect = outbox(&app).await.remove(0);
    assert_eq!(effect.get_i32("attempts").ok(), Some(1), "{effect:?}");
    arrives(&app, &sink, "14 s").await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_mails_than_connections_wait_for_their_turn_at_a_slow_server() {
    let sink =
        sink(Manners { slow: Some((Moment::EndOfData, Duration::from_millis(1200))), ..Manners::PLAIN })
            .await;
    let url = format!("smtp://127.0.0.1:{}?maxConnections=1", sink.port());
    let policy = RetryPolicy { lease: Duration::from_secs(4), ..HASTE };
    let app = without_factor().variable("MAIL_URL", &url).retry_policy(policy).start(Six).await;
    let handles = ["no-email", "bot", "plain", "admin"];
    for handle in handles {
        let body = json!({"data": {"email": format!("new-{handle}@example.com")}});
        assert_eq!(app.post(handle, &body).send().await.status, 200);
    }
    is_delivered(&app).await;
    let mut recipients: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    recipients.sort();
    let all = recipients.len();
    recipients.dedup();
    assert_eq!((recipients.len(), sink.connections()), (all, 1), "{recipients:?}");
    assert!(all >= handles.len(), "{recipients:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_name_another_server_free_a_mail_from_one_that_hangs() {
    let (silent, better) = (Sink::start().await, Sink::start().await);
    silent.behave(Behaviour::Hang);
    let app = without_factor().mail_server(&silent).start(Six).await;
    cause_mail(&app).await;
    silent.wait_for_connections(1).await;
    // The patience of five minutes has just begun.
    app.set("SMTP_Port", better.port().to_string()).await;
    arrives(&app, &better, "the other server").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_url_can_shorten_the_patience() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Hang);
    let url = format!("smtp://127.0.0.1:{}?greetingTimeout=300", sink.port());
    let app = without_factor().variable("MAIL_URL", &url).start(Six).await;
    cause_mail(&app).await;
    waits(&app, "it did not finish the greeting within 0.3 s").await;
    sink.behave(Behaviour::As(Manners {
        slow: Some((Moment::Data, Duration::from_secs(20))),
        ..Manners::PLAIN
    }));
    drop(app);
    let url = format!("smtp://127.0.0.1:{}?socketTimeout=300", sink.port());
    let app = without_factor().variable("MAIL_URL", &url).start(Six).await;
    cause_mail(&app).await;
    waits(&app, "it did not finish DATA within 0.3 s").await;
}

/// A request of four seconds, of which a code may use two.
async fn with_codes(sink: &Sink) -> TestApp {
    Options::default()
        .mail_server(sink)
        .variable("RC_ACCOUNT_DEADLINE_MS", "4000")
        .mail_patience(MailPatience::default())
        .start(Eight)
        .await
}

/// `is_new`: whether the answer tells of a new code.
async fn ask_for_code(app: &TestApp, is_new: bool) {
    let answer = app.post("email2fa", &json!({"data": {"email": "new@example.com"}})).send().await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains(&format!("\"codeGenerated\":{is_new}")), "{}", answer.body);
}

async fn stored_code(app: &TestApp) -> Option<Document> {
    let user = app.stored("email2fa").await;
    user.get_document("services").expect("services").get_document("emailCode").ok().cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_a_slow_server_goes_on_behind_the_answer_and_arrives_once() {
    let sink = sink(Manners { slow: Some((Moment::Data, Duration::from_secs(6))), ..Manners::PLAIN }).await;
    let app = with_codes(&sink).await;
    ask_for_code(&app, true).await;
    assert!(sink.mails().is_empty(), "the answer came before the mail");
    assert!(stored_code(&app).await.is_some());
    sink.wait_for(|mail| mail.subject == "Authentication code").await;
    // Another challenge is about the same code, and causes no other mail.
    ask_for_code(&app, false).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((sink.mails().len(), sink.connections()), (1, 1));
    assert!(stored_code(&app).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_refused_behind_the_answer_is_removed() {
    let slow = Some((Moment::Recipient, Duration::from_secs(4)));
    let refusal = Some((Moment::Recipient, "550 5.1.1 nobody"));
    let sink = sink(Manners { slow, answer: refusal, ..Manners::PLAIN }).await;
    let app = with_codes(&sink).await;
    ask_for_code(&app, true).await;
    assert!(stored_code(&app).await.is_some());
    let deadline = Instant::now() + Duration::from_secs(20);
    while stored_code(&app).await.is_some() {
        assert!(Instant::now() < deadline, "the code is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_under_way_is_waited_for_when_the_service_stops() {
    let sink = sink(Manners { slow: Some((Moment::Data, Duration::from_secs(5))), ..Manners::PLAIN }).await;
    let mut app = with_codes(&sink).await;
    ask_for_code(&app, true).await;
    assert!(sink.mails().is_empty());
    app.stop().await;
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_a_second_copy_under_the_same_id() {
    let sink =
        sink(Manners { slow: Some((Moment::EndOfData, Duration::from_mins(1))), ..Manners::PLAIN }).await;
    let app = without_factor().mail_server(&sink).mail_patience(impatient()).start(Six).await;
    cause_mail(&app).await;
    let effect = failed(&app).await;
    assert!(effect.get_str("reason").expect("a reason").contains("the end of the mail"), "{effect:?}");
    sink.behave(Behaviour::Accept);
    is_delivered(&app).await;
    let mails = sink.mails();
    assert!(mails.iter().all(|mail| mail.message_id == mails[0].message_id && mail.to == ADDRESS));
}
