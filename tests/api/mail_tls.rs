//! Mail through a server that insists on STARTTLS and a login: Debian's Exim, with a certificate of a private authority.

use crate::support::{Options, TestApp, is_delivered, outbox};
use devstack::smtp::{Exim, Sink};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::Bson;
use serde_json::json;
use std::time::{Duration, Instant};

async fn change(app: &TestApp, handle: &str, email: &str) {
    let answer = app.post(handle, &json!({"data": {"email": email}})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn acme(exim: &Exim) -> Options {
    Options::default()
        .setting("Accounts_TwoFactorAuthentication_Enabled", false)
        .setting("From_Email", "chat@acme.example")
        .variable("RC_ACCOUNT_MAIL_CA", exim.authority().to_str().expect("a path"))
}

fn by_settings(exim: &Exim) -> Options {
    acme(exim)
        .setting("SMTP_Host", Exim::HOST)
        .setting("SMTP_Port", exim.port().to_string())
        .setting("SMTP_IgnoreTLS", false)
        .setting("SMTP_Username", Exim::USER)
        .setting("SMTP_Password", Exim::PASSWORD)
}

/// Why the only effect has not happened yet.
async fn reason(app: &TestApp) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let left = outbox(app).await;
        if let Some(Bson::String(reason)) = left.first().and_then(|effect| effect.get("reason")) {
            assert!(!left[0].get_bool("parked").expect("a flag"), "{left:?}");
            return reason.clone();
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_through_starttls_and_a_login() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");
    let app = by_settings(&exim).start(Six).await;
    change(&app, "plain", "new@example.com").await;
    is_delivered(&app).await;
    for address in ["plain@example.com", "new@example.com"] {
        let mail = sink.wait_for(|mail| mail.to == address).await;
        // Exim's own word for SMTP with TLS and a login.
        assert!(mail.raw.contains("with esmtpsa"), "{}", mail.raw);
        assert!(mail.html.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_url_can_carry_the_login() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");
    let url = format!("smtp://chat%40acme.example:S3cret%3A%2F%40%25@localhost:{}", exim.port());
    let app = acme(&exim).variable("MAIL_URL", &url).start(Eight).await;
    change(&app, "no-email", "new@example.com").await;
    is_delivered(&app).await;
    sink.wait_for(|mail| mail.to == "new@example.com" && mail.raw.contains("with esmtpsa")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn smtps_is_tls_from_the_first_byte() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");
    let app = by_settings(&exim)
        .setting("SMTP_Protocol", "smtps")
        .setting("SMTP_Port", exim.implicit_tls_port().to_string())
        .start(Eight)
        .await;
    change(&app, "no-email", "new@example.com").await;
    is_delivered(&app).await;
    sink.wait_for(|mail| mail.to == "new@example.com" && mail.raw.contains("with esmtpsa")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn required_tls_is_never_given_up() {
    // The sink offers no STARTTLS.
    let sink = Sink::start().await;
    let url = format!("smtp://127.0.0.1:{}?requireTLS=true", sink.port());
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    let app = options.variable("MAIL_URL", &url).start(Six).await;
    change(&app, "no-email", "new@example.com").await;
    assert!(reason(&app).await.contains("STARTTLS is not supported"));
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_an_unknown_authority_or_no_tls_wait_for_the_operator() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");

    let wrong = by_settings(&exim).setting("SMTP_Password", "hunter2").start(Six).await;
    change(&wrong, "no-email", "one@example.com").await;
    assert_eq!(
        reason(&wrong).await,
        "the mail server cannot be used: it answered with code 535 to the login"
    );
    wrong.set("SMTP_Password", Exim::PASSWORD).await;
    is_delivered(&wrong).await;

    let distrustful = by_settings(&exim).variable("RC_ACCOUNT_MAIL_CA", "").start(Six).await;
    change(&distrustful, "no-email", "two@example.com").await;
    let reason_given = reason(&distrustful).await;
    assert!(reason_given.contains("invalid peer certificate"), "{reason_given}");

    let plain = by_settings(&exim).setting("SMTP_IgnoreTLS", true).start(Six).await;
    change(&plain, "no-email", "three@example.com").await;
    let reason_given = reason(&plain).await;
    assert!(reason_given.starts_with("the mail server cannot be used: "), "{reason_given}");
    plain.set("SMTP_IgnoreTLS", false).await;
    is_delivered(&plain).await;

    sink.wait_for(|mail| mail.to == "one@example.com").await;
    sink.wait_for(|mail| mail.to == "three@example.com").await;
    assert!(sink.mails().iter().all(|mail| mail.to != "two@example.com"));
}
