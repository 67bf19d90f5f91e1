//! What servers offer and how they talk.

use super::{MOMENTS, arrives, cause_mail, impatient, said, sink, takes_one, waits, without_factor};
use crate::support::TestApp;
use devstack::smtp::{Behaviour, Manners, Moment, Sink};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;
use std::process::Command;

async fn by_url(sink: &Sink, query: &str) -> TestApp {
    let url = format!("smtp://user:hunter2@127.0.0.1:{}?{query}", sink.port());
    without_factor().variable("MAIL_URL", &url).mail_patience(impatient()).start(Six).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_greeted_by_the_machines_name_or_by_the_one_that_is_given() {
    let own = sink(Manners::PLAIN).await;
    let app = without_factor().mail_server(&own).start(Six).await;
    cause_mail(&app).await;
    arrives(&app, &own, "own name").await;
    let name = Command::new("hostname").arg("-f").output().expect("hostname").stdout;
    let name = String::from_utf8(name).expect("text");
    assert_eq!(said(&own, "EHLO"), [format!("EHLO {}", name.trim())]);

    for given in ["mail.acme.example", "[192.0.2.7]"] {
        let sink = sink(Manners { extensions: None, ..Manners::PLAIN }).await;
        let app = by_url(&sink, &format!("name={given}")).await;
        cause_mail(&app).await;
        arrives(&app, &sink, given).await;
        assert_eq!(said(&sink, "EHLO"), [format!("EHLO {given}")]);
        assert_eq!(said(&sink, "HELO"), [format!("HELO {given}")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_at_any_step_is_made_again_and_the_mail_arrives_once() {
    // Whoever hangs up at EHLO may know HELO: `logins`.
    for moment in MOMENTS.into_iter().filter(|moment| *moment != Moment::Hello) {
        let sink = sink(Manners { cut: Some(moment), ..Manners::PLAIN }).await;
        let app = without_factor().mail_server(&sink).start(Six).await;
        cause_mail(&app).await;
        waits(&app, "it closed the connection at ").await;
        sink.behave(Behaviour::Accept);
        arrives(&app, &sink, &format!("{moment:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_that_is_refused_is_not_given_up_unless_that_is_asked_for() {
    let manners = Manners { extensions: Some(&["STARTTLS", "AUTH PLAIN"]), ..Manners::PLAIN };
    let refusing = sink(manners).await;
    let app = by_url(&refusing, "").await;
    cause_mail(&app).await;
    waits(&app, "it answered with code 454 to STARTTLS").await;
    for command in ["AUTH", "MAIL"] {
        assert!(said(&refusing, command).is_empty(), "{:?}", refusing.commands());
    }

    for query in ["opportunisticTLS=true", "ignoreTLS=true"] {
        let sink = sink(manners).await;
        let app = by_url(&sink, query).await;
        cause_mail(&app).await;
        arrives(&app, &sink, query).await;
        assert_eq!(said(&sink, "STARTTLS").len(), usize::from(query.starts_with('o')), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_that_breaks_lets_nothing_out() {
    for (answer, reason) in [
        ("220 go on", "the TLS handshake"),
        // What is said before TLS would be taken for the answer to the first command behind it.
        ("220 go on\r\n250 sink", "it said more than it may before TLS"),
    ] {
        let answer = Some((Moment::StartTls, answer));
        let sink = sink(Manners { extensions: Some(&["STARTTLS"]), answer, ..Manners::PLAIN }).await;
        let app = by_url(&sink, "opportunisticTLS=true").await;
        cause_mail(&app).await;
        waits(&app, reason).await;
        assert!(said(&sink, "MAIL").is_empty() && sink.mails().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_one_by_one_whether_or_not_the_server_knows_pipelining() {
    for extensions in [&[][..], &["PIPELINING", "CHUNKING", "DSN", "8BITMIME"]] {
        let manners = Manners { extensions: Some(extensions), stutters: true, ..Manners::PLAIN };
        let sink = takes_one(manners, &format!("{extensions:?}")).await;
        let commands: Vec<String> = sink
            .commands()
            .iter()
            .map(|line| line.split([' ', ':']).next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(commands, ["EHLO", "MAIL", "RCPT", "DATA"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_ascii_whether_or_not_the_server_knows_8bitmime() {
    for extensions in [&[][..], &["8BITMIME"]] {
        let sink = sink(Manners { extensions: Some(extensions), ..Manners::PLAIN }).await;
        let app = without_factor()
            .mail_server(&sink)
            .setting("Site_Name", "Büro")
            .user("no-email", doc! {"$set": {"name": "Zoë 🚀"}})
            .start(Eight)
            .await;
        cause_mail(&app).await;
        let mail = arrives(&app, &sink, &format!("{extensions:?}")).await;
        assert!(mail.raw.is_ascii() && mail.html.expect("HTML").contains("Zoë 🚀"), "{}", mail.raw);
        assert_eq!(mail.from, "Büro <chat@acme.example>");
        assert!(said(&sink, "MAIL")[0].ends_with('>'), "{:?}", sink.commands());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_but_clear_answers_are_understood() {
    for answer in [
        (Moment::Greeting, "220-welcome\r\n220-to\r\n220 sink"),
        (Moment::Greeting, "220"),
        (Moment::Greeting, "\r\n220 sink"),
        (Moment::Hello, "250"),
        (Moment::Sender, "250-2.1.0\r\n250 ok"),
        (Moment::Recipient, "251 will forward"),
        (Moment::Data, "250 go on"),
        (Moment::EndOfData, "250"),
    ] {
        takes_one(Manners { answer: Some(answer), ..Manners::PLAIN }, &format!("{answer:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_speak_smtp_is_recognised_and_costs_little() {
    let long_line: &'static str = Box::leak(format!("220 {}", "x".repeat(100_000)).into_boxed_str());
    let many_lines: &'static str = Box::leak("220-x\r\n".repeat(1000).into_boxed_str());
    for answer in ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.6", long_line, many_lines] {
        let sink = sink(Manners { answer: Some((Moment::Greeting, answer)), ..Manners::PLAIN }).await;
        let app = without_factor().mail_server(&sink).start(Six).await;
        cause_mail(&app).await;
        waits(&app, "it does not speak SMTP (at the greeting)").await;
    }
}
