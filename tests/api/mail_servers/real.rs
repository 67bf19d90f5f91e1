//! Debian's Exim and Postfix.

use super::{ADDRESS, cause_mail, failed, waits, without_factor};
use crate::support::{TestApp, check_with, is_delivered};
use devstack::smtp::{Exim, Postfix, Sink};
use devstack::workspace::Release::{Eight, Six};
use std::path::Path;

async fn by_url(url: &str, authority: Option<&Path>) -> TestApp {
    let options = without_factor().setting("From_Email", "chat@acme.example").variable("MAIL_URL", url);
    let options = match authority {
        Some(authority) => options.variable("RC_ACCOUNT_MAIL_CA", authority.to_str().expect("a path")),
        None => options,
    };
    options.start(Six).await
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_mail_after_starttls_and_each_login() {
    let sink = Sink::start().await;
    for (round, mechanism) in ["PLAIN", "LOGIN", "CRAM-MD5"].into_iter().enumerate() {
        let exim = Exim::with_login(mechanism, &sink).await.expect("exim");
        let url = format!("smtp://chat%40acme.example:S3cret%3A%2F%40%25@localhost:{}", exim.port());
        let app = by_url(&url, Some(&exim.authority())).await;
        cause_mail(&app).await;
        is_delivered(&app).await;
        let arrived = |count| sink.mails().iter().filter(|mail| mail.to == ADDRESS).count() == count;
        while !arrived(round + 1) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // Exim's own word for SMTP with TLS and a login.
        let raw = sink.mails()[round].raw.clone();
        assert!(raw.contains("with esmtpsa"), "{mechanism}: {raw}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postfix_takes_mail_with_starttls_from_a_client_with_a_full_name() {
    let sink = Sink::start().await;
    let postfix = Postfix::start(&sink).await.expect("postfix");
    let url = |query: &str| format!("smtp://{}:{}?{query}", Postfix::HOST, postfix.port());
    let app = by_url(&url("requireTLS=true&name=chat.acme.example"), Some(&postfix.authority())).await;
    cause_mail(&app).await;
    is_delivered(&app).await;
    let mail = sink.wait_for(|mail| mail.to == ADDRESS).await;
    // Postfix's own words.
    assert!(
        mail.raw.contains("from chat.acme.example (localhost") && mail.raw.contains("with ESMTPS"),
        "{}",
        mail.raw
    );
    assert_eq!(sink.mails().len(), 1);

    let short = by_url(&url("name=chat"), Some(&postfix.authority())).await;
    cause_mail(&short).await;
    waits(&short, "it answered with code 504 to the recipient").await;
    let plain = by_url(&url("ignoreTLS=true&name=chat.acme.example"), None).await;
    cause_mail(&plain).await;
    waits(&plain, "it answered with code 530 to the sender").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_taken_only_where_that_is_asked_for() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");
    let url = |query: &str| {
        format!("smtp://chat%40acme.example:S3cret%3A%2F%40%25@localhost:{}?{query}", exim.port())
    };
    let strict = by_url(&url(""), None).await;
    cause_mail(&strict).await;
    let reason = failed(&strict).await.get_str("reason").expect("a reason").to_owned();
    assert!(reason.contains("invalid peer certificate"), "{reason}");

    for (query, authority) in [
        ("tls.rejectUnauthorized=false", None),
        ("tls.minVersion=TLSv1.3", Some(exim.authority())),
        ("tls.maxVersion=TLSv1.2", Some(exim.authority())),
    ] {
        let app = by_url(&url(query), authority.as_deref()).await;
        cause_mail(&app).await;
        is_delivered(&app).await;
    }
    let other_name = by_url(&url("tls.servername=mail.example.org"), Some(&exim.authority())).await;
    cause_mail(&other_name).await;
    waits(&other_name, "invalid peer certificate").await;

    let app = without_factor().start(Eight).await;
    let url = url("tls.rejectUnauthorized=false&logger=true");
    let checked = check_with(&[("MONGO_URL", app.mongo_url()), ("MAIL_URL", &url)]);
    checked.is_ok("mail", "of MAIL_URL takes the connection and the login");
    let told: Vec<&str> = checked.of("mail-settings").into_iter().map(|(_, message)| message).collect();
    assert!(told.iter().any(|message| message.contains("ignored: logger")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("rejectUnauthorized=false")), "{told:?}");
}
