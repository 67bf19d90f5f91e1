//! The mail that welcomes a user who has chosen a first username.

use crate::support::{Options, outbox, six_and_eight};
use devstack::smtp::Sink;
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
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

/// Declared in docs/COMPATIBILITY.md, with the reasons.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_username_joins_no_room_and_sets_no_picture() {
    six_and_eight(async |release| {
        let invited = doc! {"$set": {"inviteToken": "of-a-room", "avatarOrigin": "none"}};
        let app = Options::default()
            .user("no-username", invited)
            .setting("Accounts_SetDefaultAvatar", true)
            .setting("Accounts_Enrollment_Email", "")
            .start(release)
            .await;
        let invites = app.database.collection::<Document>("rocketchat_invites");
        invites.insert_one(doc! {"_id": "of-a-room", "rid": "GENERAL", "uses": 0}).await.expect("inserted");
        let (before, stored) = (app.dump().await, app.stored("no-username").await);
        app.change("no-username", &json!({"username": "first"})).await.user();
        let mut expected = stored;
        let after = app.stored("no-username").await;
        expected.insert("username", "first");
        expected.insert("_updatedAt", after.get("_updatedAt").expect("a date").clone());
        assert_eq!(after, expected, "{release:?}");
        let others =
            ["rocketchat_room", "rocketchat_subscription", "rocketchat_invites", "rocketchat_avatars"];
        let dump = app.dump().await;
        assert!(others.iter().all(|name| dump.get(*name) == before.get(*name)), "{release:?}");
    })
    .await;
}
