//! What a first username brings: a mail that welcomes, and the room of the invitation.

use crate::support::{Options, TestApp, outbox, six_and_eight};
use devstack::smtp::Sink;
use devstack::workspace::Release::{self, Eight};
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;
use std::time::Duration;

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

async fn invited(options: Options, release: Release, room: Document) -> TestApp {
    let preferences = doc! {
        "highlights": ["deploy"], "desktopNotifications": "all", "pushNotifications": "default",
    };
    let user = doc! {"inviteToken": "of-a-room", "settings.preferences": preferences};
    let app = options
        .user("no-username", doc! {"$set": user})
        .setting("Accounts_SetDefaultAvatar", true)
        .setting("Accounts_Enrollment_Email", "")
        .start(release)
        .await;
    insert(&app, "rocketchat_invites", doc! {"_id": "of-a-room", "rid": "invited", "uses": 0}).await;
    insert(&app, "rocketchat_room", room).await;
    app
}

fn room() -> Document {
    doc! {"_id": "invited", "t": "p", "name": "design", "fname": "Design", "usersCount": 2, "msgs": 5_i64}
}

async fn insert(app: &TestApp, collection: &str, document: Document) {
    app.database.collection(collection).insert_one(document).await.expect("inserted");
}

async fn one(app: &TestApp, collection: &str, filter: Document) -> Option<Document> {
    app.database.collection::<Document>(collection).find_one(filter).await.expect("found")
}

/// In the order in which Rocket.Chat's driver writes them; ids and dates are of the moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_username_joins_the_room_of_the_invitation() {
    six_and_eight(async |release| {
        let app = invited(Options::default(), release, room()).await;
        app.change("no-username", &json!({"username": "first", "name": "First User"})).await.user();
        let user = app.stored("no-username").await;
        let id = user.get_str("_id").expect("an id");
        let now = *user.get_datetime("_updatedAt").expect("a date");
        assert!(user.get_array("__rooms").expect("rooms").contains(&"invited".into()), "{release:?}");
        let member = doc! {"_id": id, "username": "first", "name": "First User"};

        let own = doc! {"rid": "invited", "u._id": id};
        let mut subscription = one(&app, "rocketchat_subscription", own).await.expect("a subscription");
        assert_eq!(subscription.remove("_id").as_ref().and_then(Bson::as_str).map(str::len), Some(24));
        let expected = doc! {
            "open": true, "alert": true, "unread": 1, "userMentions": 1, "groupMentions": 0, "ts": now,
            "rid": "invited", "name": "design", "fname": "Design", "t": "p", "u": &member,
            "userHighlights": ["deploy"], "desktopNotifications": "all", "desktopPrefOrigin": "user",
            "_updatedAt": now,
        };
        assert_eq!(subscription.to_string(), expected.to_string(), "{release:?}");

        let mut message = one(&app, "rocketchat_message", doc! {"rid": "invited"}).await.expect("a message");
        message.remove("_id");
        let expected = doc! {
            "t": "uj", "rid": "invited", "ts": now, "msg": "first", "u": &member, "groupable": false,
            "_updatedAt": now,
        };
        assert_eq!(message.to_string(), expected.to_string(), "{release:?}");

        let joined = one(&app, "rocketchat_room", doc! {"_id": "invited"}).await.expect("the room");
        let mut expected = room();
        expected.extend(doc! {"usersCount": 3, "msgs": 6_i64, "_updatedAt": now});
        assert_eq!(joined, expected, "{release:?}");
        // Another name is no first one.
        app.change("no-username", &json!({"username": "second"})).await.user();
        let again = one(&app, "rocketchat_room", doc! {"_id": "invited"}).await.expect("the room");
        assert_eq!(again.get("usersCount"), joined.get("usersCount"));
    })
    .await;
}

/// Declared in docs/COMPATIBILITY.md, with the reasons.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_username_sets_no_picture_and_joins_no_room_that_needs_more() {
    let with = |more: Document| {
        let mut room = room();
        room.extend(more);
        room
    };
    let rooms = [
        with(doc! {"teamMain": true, "teamId": "team"}),
        with(doc! {"federated": true}),
        with(doc! {"abacAttributes": [{"key": "a", "values": ["b"]}]}),
        with(doc! {"t": "d"}),
        with(doc! {"usersCount": "2"}),
        with(doc! {"msgs": null}),
        doc! {"_id": "another"},
    ];
    for room in rooms {
        let app = invited(Options::default(), Eight, room).await;
        let (before, stored) = (app.dump().await, app.stored("no-username").await);
        app.change("no-username", &json!({"username": "first"})).await.user();
        let mut expected = stored;
        let after = app.stored("no-username").await;
        expected.insert("username", "first");
        expected.insert("_updatedAt", after.get("_updatedAt").expect("a date").clone());
        assert_eq!(after, expected);
        let others = [
            "rocketchat_room",
            "rocketchat_subscription",
            "rocketchat_message",
            "rocketchat_invites",
            "rocketchat_avatars",
        ];
        let dump = app.dump().await;
        assert!(others.iter().all(|name| dump.get(*name) == before.get(*name)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_invited_user_has_stored_they_join() {
    let app = invited(Options::default().odd_documents(), Eight, room()).await;
    let id = app.person("no-username").id.clone();
    let ordinary = app.stored("no-username").await;
    let odd = [
        doc! {"__rooms": "text"},
        doc! {"__rooms": null},
        doc! {"settings": null},
        doc! {"settings": {"preferences": ["all"]}},
        doc! {"settings": {"preferences": {"highlights": "deploy", "desktopNotifications": 1}}},
    ];
    for (n, odd) in (1..).zip(odd) {
        app.put(&ordinary).await;
        app.users().update_one(doc! {"_id": &id}, doc! {"$set": &odd}).await.expect("updated");
        let name = format!("first{n}");
        let answer = app.change("no-username", &json!({"username": name})).await;
        assert_eq!(answer.status, 200, "{odd}: {}", answer.body);
        let own = doc! {"rid": "invited", "u._id": &id, "u.username": &name};
        assert!(one(&app, "rocketchat_subscription", own.clone()).await.is_some(), "{odd}");
        let subscriptions = app.database.collection::<Document>("rocketchat_subscription");
        subscriptions.delete_many(own).await.expect("deleted");
        let joined = one(&app, "rocketchat_room", doc! {"_id": "invited"}).await.expect("the room");
        assert_eq!(joined.get_i32("usersCount").expect("a number"), 2 + n, "{odd}");
    }
}

/// Rocket.Chat makes them a member at the same moment, as after the invitation's link. Its index allows one subscription.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_since_a_moment_is_no_failure() {
    let app = invited(Options::default(), Eight, room()).await;
    let (id, ordinary) = (app.person("no-username").id.clone(), app.stored("no-username").await);
    let subscriptions = app.database.collection::<Document>("rocketchat_subscription");
    let unique = doc! {"createIndexes": "rocketchat_subscription", "indexes": [
        {"key": {"u._id": 1, "rid": 1}, "name": "one", "unique": true},
    ]};
    app.database.run_command(unique).await.expect("an index");
    let own = doc! {"rid": "invited", "u._id": &id};
    let (mut by_us, mut by_them) = (0, 0);
    for round in 0..30 {
        let theirs = doc! {"_id": "theirs", "rid": "invited", "u": {"_id": &id}};
        let insert = async {
            tokio::time::sleep(Duration::from_micros(round * 800)).await;
            subscriptions.insert_one(theirs).await.is_ok()
        };
        let name = json!({"username": "first"});
        let (answer, is_theirs) = tokio::join!(app.change("no-username", &name), insert);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(subscriptions.count_documents(own.clone()).await.expect("counted"), 1);
        if is_theirs {
            by_them += 1
        } else {
            by_us += 1
        }
        subscriptions.delete_many(own.clone()).await.expect("deleted");
        app.put(&ordinary).await;
    }
    let joined = one(&app, "rocketchat_room", doc! {"_id": "invited"}).await.expect("the room");
    assert_eq!(joined.get_i32("usersCount").expect("a number"), 2 + by_us, "{by_them} by them");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_member_already_does_not_join_again() {
    let app = invited(Options::default(), Eight, room()).await;
    let id = app.person("no-username").id.clone();
    insert(&app, "rocketchat_subscription", doc! {"_id": "own", "rid": "invited", "u": {"_id": &id}}).await;
    app.change("no-username", &json!({"username": "first"})).await.user();
    assert_eq!(one(&app, "rocketchat_room", doc! {"_id": "invited"}).await, Some(room()));
    assert_eq!(one(&app, "rocketchat_message", doc! {"rid": "invited"}).await, None);
}
