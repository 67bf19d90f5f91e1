//! The mails of a new address, as a real SMTP server gets them.

use crate::support::{Answer, Options, TestApp, is_delivered, outbox, six_and_eight};
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;
use std::time::Duration;

/// A workspace that asks for no second factor and sends its mail to the sink.
fn acme(sink: &Sink) -> Options {
    without_mail().mail_server(sink)
}

fn without_mail() -> Options {
    Options::default()
        .setting("Accounts_TwoFactorAuthentication_Enabled", false)
        .setting("Accounts_UseDefaultBlockedDomainsList", false)
        .setting("Site_Name", "Acme")
        .setting("Site_Url", "https://chat.acme.example/team/")
}

async fn change(app: &TestApp, handle: &str, email: &str) -> Answer {
    app.post(handle, &json!({"data": {"email": email}})).send().await
}

async fn stored_token(app: &TestApp, handle: &str) -> String {
    let user = app.stored(handle).await;
    let email = user.get_document("services").expect("services").get_document("email").expect("email");
    let tokens = email.get_array("verificationTokens").expect("tokens");
    let last = tokens.last().and_then(Bson::as_document).expect("a token");
    last.get_str("token").expect("a text").to_owned()
}

async fn triggered(app: &TestApp) -> i64 {
    let settings = app.database.collection::<Document>("rocketchat_settings");
    let found =
        settings.find_one(doc! {"_id": "Triggered_Emails_Count"}).await.expect("find").expect("a setting");
    match found.get("value") {
        Some(Bson::Int32(n)) => i64::from(*n),
        Some(Bson::Int64(n)) => *n,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_announced_to_the_old_one_and_verified_at_the_new_one() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let app = acme(&sink).start(release).await;
        assert_eq!(change(&app, "plain", "n&w@example.com").await.status, 200);

        let notice = sink.wait_for(|mail| mail.to == "plain@example.com").await;
        assert_eq!(notice.from, "chat@acme.example");
        assert_eq!(notice.subject, "Acme - Email address has been changed");
        let html = notice.html.expect("html");
        assert!(html.contains("<strong>n&amp;amp;w@example.com</strong>"), "{html}");
        assert!(html.contains("https://chat.acme.example/team/assets/logo.png"), "{html}");
        assert!(notice.text.contains("Your new email address is n&amp;w@example.com."), "{}", notice.text);

        let verification = sink.wait_for(|mail| mail.to == "n&w@example.com").await;
        assert_eq!(verification.from, "Acme <chat@acme.example>");
        assert_eq!(verification.sender, "chat@acme.example");
        assert_eq!(verification.subject, "Acme - Email address verification");
        let link =
            format!("https://chat.acme.example/team/#/verify-email/{}", stored_token(&app, "plain").await);
        assert!(verification.text.contains(&link), "{}", verification.text);
        let html = verification.html.expect("html");
        assert!(html.contains(&format!("href=\"{link}\"")) && html.contains("Hi Plain User"), "{html}");

        is_delivered(&app).await;
        assert_eq!(sink.mails().len(), 2);
        assert_eq!(triggered(&app).await, 1, "the notice counts, the verification does not");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_in_the_language_of_the_workspace_and_greet_by_the_new_name() {
    let sink = Sink::start().await;
    let app = acme(&sink).setting("Language", "de").start(Eight).await;
    let body = json!({"data": {"email": "new@example.com", "name": "Neue Person"}});
    assert_eq!(app.post("plain", &body).send().await.status, 200);
    let verification = sink.wait_for(|mail| mail.to == "new@example.com").await;
    assert_eq!(verification.subject, "Acme - Bestätigung der E-Mail-Adresse");
    assert!(verification.html.expect("html").contains("Hallo Neue Person"));
    let notice = sink.wait_for(|mail| mail.to == "plain@example.com").await;
    assert_eq!(notice.subject, "Acme - E-Mail-Adresse wurde geändert");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_old_address_there_is_only_the_verification() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    assert_eq!(change(&app, "no-email", "first@example.com").await.status, 200);
    sink.wait_for(|mail| mail.to == "first@example.com").await;
    is_delivered(&app).await;
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(triggered(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_or_empty_change_sends_nothing_and_leaves_nothing_to_send() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Eight).await;
    for (body, status) in [
        (json!({"data": {"email": "new@example.com", "bio": "b".repeat(261)}}), 400),
        (json!({"data": {"email": app.person("admin").email}}), 400),
        (json!({"data": {"email": app.person("plain").email}}), 200),
        (json!({"data": {"bio": "Engineer", "name": "New Name"}}), 200),
    ] {
        let answer = app.post("plain", &body).send().await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert!(outbox(&app).await.is_empty(), "{body}");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_url_is_used_while_smtp_host_is_empty() {
    let (by_url, by_settings) = (Sink::start().await, Sink::start().await);
    let url = format!("smtp://127.0.0.1:{}", by_url.port());
    let app = without_mail().variable("MAIL_URL", &url).start(Six).await;
    assert_eq!(change(&app, "plain", "one@example.com").await.status, 200);
    let verification = by_url.wait_for(|mail| mail.to == "one@example.com").await;
    assert_eq!(verification.from, "Acme <no-reply@chat.acme.example>", "From_Email is empty");
    assert_eq!(verification.sender, "");
    is_delivered(&app).await;

    app.set("SMTP_Port", by_settings.port().to_string()).await;
    app.set("From_Email", "chat@acme.example").await;
    app.set("SMTP_Host", "127.0.0.1").await;
    // A changed setting takes effect within a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(change(&app, "plain", "two@example.com").await.status, 200);
    by_settings.wait_for(|mail| mail.to == "two@example.com").await;
    is_delivered(&app).await;
    assert_eq!((by_url.mails().len(), by_settings.mails().len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooled_connection_is_used_again_and_others_are_not() {
    for (pooled, connections) in [(true, 1), (false, 3)] {
        let sink = Sink::start().await;
        let app = acme(&sink).setting("SMTP_Pool", pooled).start(Six).await;
        for handle in ["no-email", "bot", "plain"] {
            let address = format!("new-{handle}@example.com");
            assert_eq!(change(&app, handle, &address).await.status, 200);
            sink.wait_for(|mail| mail.to == address).await;
            is_delivered(&app).await;
        }
        assert_eq!(sink.mails().len(), 4);
        // The two mails of `plain` go out at the same time.
        let seen = sink.connections();
        assert!((connections..=connections + 1).contains(&seen), "pooled {pooled}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_only_means_no_html_in_any_mail() {
    let sink = Sink::start().await;
    let app = acme(&sink).setting("email_plain_text_only", true).start(Six).await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    for address in ["plain@example.com", "new@example.com"] {
        let mail = sink.wait_for(|mail| mail.to == address).await;
        assert_eq!(mail.html, None, "{}", mail.raw);
        assert!(!mail.text.is_empty() && !mail.raw.contains("<h2>"), "{}", mail.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_the_workspace_are_used() {
    let sink = Sink::start().await;
    let app = acme(&sink)
        .setting("Email_Header", "<html><head></head><body>[Site_Name] says: ")
        .setting("Email_Footer", "</body></html>")
        .setting("email_style", "p { color: red }")
        .setting("Verification_Email_Subject", "{Login} to __site_name__")
        .setting("Verification_Email", "<p>[name], {Verify_your_email}: [verification_url]</p>")
        .start(Six)
        .await;
    assert_eq!(change(&app, "plain", "new@example.com").await.status, 200);
    let mail = sink.wait_for(|mail| mail.to == "new@example.com").await;
    let token = stored_token(&app, "plain").await;
    assert_eq!(mail.subject, "Login to Acme");
    assert_eq!(
        mail.html.expect("html").trim_end(),
        format!(
            "<html><head><style>p {{ color: red }}</style></head><body>Acme says:  <p>Plain User, Verify your email: \
             https://chat.acme.example/team/#/verify-email/{token}</p> </body></html>"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stored_or_sent_value_adds_a_header_or_markup() {
    let sink = Sink::start().await;
    let evil = "x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>";
    let app = acme(&sink)
        .setting("Site_Name", evil)
        .user("plain", doc! {"$set": {"name": evil}})
        .user("no-email", doc! {"$set": {"username": evil}, "$unset": {"name": ""}})
        .start(Six)
        .await;
    for handle in ["plain", "no-email"] {
        let address = format!("new-{handle}@example.com");
        assert_eq!(change(&app, handle, &address).await.status, 200);
        sink.wait_for(|mail| mail.to == address).await;
    }
    is_delivered(&app).await;
    assert_eq!(sink.mails().len(), 3);
    for mail in sink.mails() {
        assert!(!mail.header_names().contains(&"Bcc".to_owned()), "{}", mail.raw);
        assert_eq!(mail.recipients, [mail.to.as_str()]);
        let html = mail.html.clone().expect("html");
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(mail.header_names().len(), 7, "{}", mail.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_would_add_a_recipient_is_mailed_to_nobody() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Six).await;
    let evil = "x>\r\nRCPT TO:<evil@example.com";
    assert_eq!(change(&app, "no-email", evil).await.status, 200, "the original stores it, too");
    let parked = crate::mail_failures::parked(&app).await;
    assert_eq!(parked.get_str("reason").ok(), Some("the recipient's address is malformed"));
    assert!(sink.mails().is_empty());
}
