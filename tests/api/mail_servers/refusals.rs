//! Servers that refuse, for now or for good.

use super::{
    ADDRESS, arrives, cause_mail, impatient, is_parked, said, sink, takes_one, waits, without_factor,
};
use crate::support::{TestApp, is_delivered};
use devstack::smtp::{Behaviour, Manners, Moment, Sink};
use devstack::workspace::Release::{Eight, Six};
use serde_json::json;

async fn started(manners: Manners) -> (Sink, TestApp) {
    let sink = sink(manners).await;
    let app = without_factor().mail_server(&sink).mail_patience(impatient()).start(Six).await;
    cause_mail(&app).await;
    (sink, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greylisting_server_gets_the_mail_at_the_second_time() {
    let sink = takes_one(Manners { greylists: true, ..Manners::PLAIN }, "greylisting").await;
    assert_eq!(said(&sink, "RCPT").len(), 2, "{:?}", sink.commands());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_is_tried_again_unless_the_server_says_for_good() {
    let (sink, app) =
        started(Manners { answer: Some((Moment::Recipient, "452 4.2.2 full")), ..Manners::PLAIN }).await;
    waits(&app, "the mail server postponed the mail with code 452").await;
    sink.behave(Behaviour::Accept);
    arrives(&app, &sink, "452").await;

    for moment in [Moment::Recipient, Moment::EndOfData] {
        let (sink, app) =
            started(Manners { answer: Some((moment, "552 5.2.2 over quota")), ..Manners::PLAIN }).await;
        is_parked(&app, "the mail server refused the mail with code 552").await;
        assert!(sink.mails().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_above_the_servers_limit_is_not_even_offered() {
    let (sink, app) = started(Manners { extensions: Some(&["SIZE 1000"]), ..Manners::PLAIN }).await;
    let effect = super::failed(&app).await;
    let reason = effect.get_str("reason").expect("a reason");
    assert!(reason.contains("bytes, and the mail server takes 1000 at most"), "{reason}");
    assert_eq!(effect.get_bool("parked").ok(), Some(true));
    assert!(said(&sink, "MAIL").is_empty(), "{:?}", sink.commands());

    for extensions in [&["SIZE 10000000"][..], &["SIZE"], &["SIZE 0"]] {
        let sink =
            takes_one(Manners { extensions: Some(extensions), ..Manners::PLAIN }, &format!("{extensions:?}"))
                .await;
        assert!(said(&sink, "MAIL")[0].contains("> SIZE="), "{:?}", sink.commands());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_the_sender_or_the_login_waits_and_what_is_about_the_mail_is_given_up() {
    for (moment, answer, reason) in [
        (Moment::Greeting, "554 5.7.1 listed", "it answered with code 554 instead of a greeting"),
        (Moment::Hello, "421 4.3.2 busy", "it answered with code 421 to EHLO"),
        (Moment::Sender, "553 5.7.1 not your address", "it answered with code 553 to the sender"),
        (Moment::Sender, "421 4.7.0 too many", "postponed the mail with code 421"),
        (Moment::Recipient, "504 5.5.2 need a full name", "it answered with code 504 to the recipient"),
        (Moment::Recipient, "530 5.7.0 STARTTLS first", "it answered with code 530 to the recipient"),
        (Moment::Data, "451 4.3.0 later", "postponed the mail with code 451"),
        (Moment::EndOfData, "451 4.7.1 later", "postponed the mail with code 451"),
    ] {
        let (sink, app) = started(Manners { answer: Some((moment, answer)), ..Manners::PLAIN }).await;
        waits(&app, reason).await;
        sink.behave(Behaviour::Accept);
        arrives(&app, &sink, answer).await;
    }
    for (moment, answer, code) in [
        (Moment::Recipient, "550 5.1.1 nobody", 550),
        (Moment::Data, "554 5.5.1 no recipients", 554),
        (Moment::EndOfData, "554 5.6.0 spam", 554),
    ] {
        let (_sink, app) = started(Manners { answer: Some((moment, answer)), ..Manners::PLAIN }).await;
        is_parked(&app, &format!("the mail server refused the mail with code {code}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_beyond_ascii_needs_smtputf8() {
    let address = "zoë@bücher.example";
    let change = json!({"data": {"email": address}});
    let knowing = sink(Manners { extensions: Some(&["SMTPUTF8", "8BITMIME"]), ..Manners::PLAIN }).await;
    let app = without_factor().mail_server(&knowing).start(Eight).await;
    assert_eq!(app.post("no-email", &change).send().await.status, 200);
    is_delivered(&app).await;
    assert_eq!(knowing.mails()[0].recipients, ["zoë@xn--bcher-kva.example"]);
    assert!(said(&knowing, "MAIL")[0].contains(" SMTPUTF8"), "{:?}", knowing.commands());

    let ignorant = sink(Manners::PLAIN).await;
    let app = without_factor().mail_server(&ignorant).start(Eight).await;
    assert_eq!(app.post("no-email", &change).send().await.status, 200);
    is_parked(&app, "the recipient's address is malformed").await;
    assert!(said(&ignorant, "MAIL").is_empty());

    // A sender beyond ASCII is the operator's matter.
    let app =
        without_factor().mail_server(&ignorant).setting("From_Email", "zoë@acme.example").start(Eight).await;
    cause_mail(&app).await;
    waits(&app, "SMTPUTF8 is not supported").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_says_more_than_one_recipient_to_a_server() {
    for address in [
        "x@example.com>\r\nRCPT TO:<evil@example.com",
        "x@example.com> NOTIFY=SUCCESS",
        "@relay.example:evil@example.com",
        "x@[127.0.0.1]",
        "=?utf-8?q?x?=@example.com",
        "x@example.com?bcc=evil",
    ] {
        let sink = sink(Manners::PLAIN).await;
        let app = without_factor().mail_server(&sink).start(Six).await;
        let answer = app.post("no-email", &json!({"data": {"email": address}})).send().await;
        // Some are refused before, as the original does.
        if answer.status == 200 {
            is_parked(&app, "the recipient's address is malformed").await;
        }
        assert!(
            said(&sink, "RCPT").is_empty() && sink.mails().is_empty(),
            "{address}: {:?}",
            sink.commands()
        );
    }
    assert!(ADDRESS.is_ascii());
}
