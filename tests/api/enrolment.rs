//! The mail that welcomes a user who has chosen a first username.

use crate::support::{Options, outbox, six_and_eight};
use devstack::smtp::Sink;
use devstack::workspace::Release::Eight;
use mongodb::bson::doc;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_username_is_welcomed_by_mail_once() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let options = Options::default().mail_server(&sink).setting("Site_Name", "Acme & Sons");
        let app = options
            .setting("Accounts_Enrollment_Email", "<p>Hi [name], you are [email]</p>")
            .start(release)
            .await;
        app.change("no-username", &json!({"username": "first"})).await.user();
        let mail = sink.wait_for(|mail| mail.to == "no-username@example.com").await;
        assert_eq!(mail.subject, "Welcome to Acme & Sons");
        assert_eq!(mail.from, "Acme & Sons <chat@acme.example>");
        assert_eq!(mail.text.trim(), "Hi User Without Username, you are no-username@example.com");
        app.change("no-username", &json!({"username": "second"})).await.user();
        app.change("plain", &json!({"username": "renamed"})).await.user();
        assert_eq!(sink.mails().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_welcomed_without_such_a_mail_or_an_address() {
    let app = Options::default().setting("Accounts_Enrollment_Email", "").start(Eight).await;
    app.change("no-username", &json!({"username": "first"})).await.user();
    assert!(outbox(&app).await.is_empty());
    let app = Options::default().user("no-username", doc! {"$unset": {"emails": 1}}).start(Eight).await;
    app.change("no-username", &json!({"username": "first"})).await.user();
    assert!(outbox(&app).await.is_empty());
}
