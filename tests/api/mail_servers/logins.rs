//! Each login dialect, and servers that know none.

use super::{arrives, cause_mail, said, sink, waits, without_factor};
use crate::support::{Options, TestApp};
use devstack::smtp::{LOGIN, Manners, Moment, PASSWORD, Sink};
use devstack::workspace::Release::Six;

fn with_login(sink: &Sink) -> Options {
    without_factor().mail_server(sink).setting("SMTP_Username", LOGIN).setting("SMTP_Password", PASSWORD)
}

async fn by_url(sink: &Sink, query: &str) -> TestApp {
    let url = format!("smtp://{LOGIN}:{PASSWORD}@127.0.0.1:{}?{query}", sink.port());
    without_factor().variable("MAIL_URL", &url).start(Six).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dialect_in_every_spelling_logs_in() {
    for (extensions, mechanism) in [
        (&["AUTH PLAIN"][..], "PLAIN"),
        (&["AUTH LOGIN"], "LOGIN"),
        (&["AUTH CRAM-MD5"], "CRAM-MD5"),
        (&["AUTH=LOGIN"], "LOGIN"),
        (&["AUTH=PLAIN"], "PLAIN"),
        (&["AUTH =LOGIN"], "LOGIN"),
        (&["auth login"], "LOGIN"),
        (&["AUTH=CRAM-MD5", "SIZE 1000000"], "CRAM-MD5"),
        (&["AUTH\tGSSAPI  CRAM-MD5"], "CRAM-MD5"),
        // What it offers and what it knows are two things.
        (&["AUTH PLAIN LOGIN"], "LOGIN"),
        (&["AUTH PLAIN LOGIN CRAM-MD5"], "CRAM-MD5"),
        (&["AUTH GSSAPI NTLM"], "PLAIN"),
    ] {
        let sink =
            sink(Manners { extensions: Some(extensions), login: Some(mechanism), ..Manners::PLAIN }).await;
        let app = with_login(&sink).start(Six).await;
        cause_mail(&app).await;
        arrives(&app, &sink, &format!("{extensions:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_url_can_name_the_login() {
    let extensions = Some(&["AUTH PLAIN LOGIN CRAM-MD5"][..]);
    let sink = sink(Manners { extensions, login: Some("CRAM-MD5"), ..Manners::PLAIN }).await;
    let app = by_url(&sink, "authMethod=CRAM-MD5").await;
    cause_mail(&app).await;
    arrives(&app, &sink, "authMethod").await;
    assert_eq!(said(&sink, "AUTH"), ["AUTH CRAM-MD5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once_and_waits_for_the_operator() {
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5"] {
        let extensions = Some(&["AUTH PLAIN LOGIN CRAM-MD5"][..]);
        let sink = sink(Manners { extensions, login: Some(mechanism), ..Manners::PLAIN }).await;
        let url = format!("smtp://{LOGIN}:hunter2@127.0.0.1:{}?authMethod={mechanism}", sink.port());
        let app = without_factor().variable("MAIL_URL", &url).start(Six).await;
        cause_mail(&app).await;
        waits(&app, "the mail server cannot be used: it answered with code 535 to the login").await;
        assert!(sink.mails().is_empty() && said(&sink, "MAIL").is_empty());
        let effect = super::failed(&app).await;
        for secret in ["hunter2", PASSWORD] {
            assert!(!format!("{effect:?}").contains(secret), "{effect:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_login_and_offers_none_waits_for_the_operator() {
    let sink = sink(Manners { login: Some("PLAIN"), ..Manners::PLAIN }).await;
    let app = with_login(&sink).start(Six).await;
    cause_mail(&app).await;
    waits(&app, "it answered with code 530 to the sender").await;
    assert!(said(&sink, "AUTH").is_empty(), "{:?}", sink.commands());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_only_helo_takes_mail() {
    for cut in [None, Some(Moment::Hello)] {
        let sink = sink(Manners { extensions: None, cut, ..Manners::PLAIN }).await;
        let app = without_factor().mail_server(&sink).start(Six).await;
        cause_mail(&app).await;
        arrives(&app, &sink, &format!("{cut:?}")).await;
        assert_eq!(said(&sink, "HELO ").len(), 1, "{:?}", sink.commands());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_only_helo_is_asked_for_the_login_all_the_same() {
    for (login, commands) in [(Some("PLAIN"), 1), (None, 1)] {
        let sink = sink(Manners { extensions: None, login, ..Manners::PLAIN }).await;
        let app = with_login(&sink).start(Six).await;
        cause_mail(&app).await;
        arrives(&app, &sink, &format!("{login:?}")).await;
        assert_eq!(said(&sink, "AUTH PLAIN ").len(), commands, "{:?}", sink.commands());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_only_helo_is_not_used_where_tls_is_required() {
    let sink = sink(Manners { extensions: None, ..Manners::PLAIN }).await;
    let app = by_url(&sink, "requireTLS=true").await;
    cause_mail(&app).await;
    waits(&app, "STARTTLS is not supported").await;
    assert!(said(&sink, "AUTH").is_empty() && said(&sink, "HELO").is_empty(), "{:?}", sink.commands());
}
