//! A new name that stands in a few places only: written in the transaction of the change, with nothing left to be done.

use super::queue::{hold_up, let_go};
use super::{all, insert, patient, rename};
use crate::support::{Options, TestApp, is_delivered, outbox, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use futures_util::future::join_all;
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde_json::json;

const SUBSCRIPTIONS: &str = "rocketchat_subscription";
const ROOMS: &str = "rocketchat_room";
/// In two direct messages with one other member each, once the groups are away.
const ORDINARY: &str = "agent";

async fn without_groups(app: TestApp) -> TestApp {
    let groups = doc! {"t": "d", "usersCount": {"$gt": 2}};
    app.database.collection::<Document>(ROOMS).delete_many(groups).await.expect("deleted");
    app.take_commands();
    app
}

/// How many of the others' direct messages show this name.
async fn shown(app: &TestApp, name: &str) -> usize {
    all(app, SUBSCRIPTIONS, doc! {"t": "d", "name": ORDINARY, "fname": name}).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_written_at_once_wherever_it_stands() {
    six_and_eight(async |release| {
        let options = Options::default().setting("Accounts_RequireNameForSignUp", false);
        let app = without_groups(options.start(release).await).await;
        let id = app.person(ORDINARY).id.clone();
        let call = doc! {"_id": "call", "contactId": &id, "contactUsername": ORDINARY, "contactName": "Old"};
        insert(&app, "rocketchat_call_history", [call]).await;
        app.take_commands();
        rename(&app, ORDINARY, json!({"name": "New Name"})).await;
        let commands = app.take_commands().join(" ");
        let (calls, called) = if release == Eight { ("update ", "New Name") } else { ("", "Old") };
        assert_eq!(commands, format!("find aggregate update {calls}findAndModify commitTransaction"));
        assert_eq!(shown(&app, "New Name").await, 2);
        let call = &all(&app, "rocketchat_call_history", doc! {"_id": "call"}).await[0];
        assert_eq!(call.get_str("contactName").ok(), Some(called));
        // Removed, it stays where it is shown to others.
        app.take_commands();
        rename(&app, ORDINARY, json!({"name": " "})).await;
        assert!(!app.stored(ORDINARY).await.contains_key("name"));
        assert_eq!(shown(&app, "New Name").await, 2);
        assert!(outbox(&app).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_a_conference_or_very_many_rooms_are_carried_it_afterwards() {
    let id = |app: &TestApp| app.person(ORDINARY).id.clone();
    for place in ["group", "conference", "rooms"] {
        let app = without_groups(patient().start(Eight).await).await;
        let me = doc! {"_id": id(&app), "username": ORDINARY, "name": "Old"};
        match place {
            "group" => {
                insert(
                    &app,
                    ROOMS,
                    [doc! {"_id": "g", "t": "d", "usersCount": 3, "uids": [id(&app), "b", "c"]}],
                )
                .await;
            }
            "conference" => {
                insert(
                    &app,
                    "rocketchat_video_conference",
                    [doc! {"_id": "v", "users": [me], "createdBy": {"_id": "b"}}],
                )
                .await;
            }
            _ => {
                let room = |n: usize| doc! {"_id": format!("room {n}"), "t": "d", "uids": [id(&app), "b"], "usersCount": 2};
                insert(&app, ROOMS, (0..101).map(room)).await;
            }
        }
        app.take_commands();
        rename(&app, ORDINARY, json!({"name": "New Name"})).await;
        let commands = app.take_commands();
        assert!(commands.contains(&"insert".to_owned()), "{place}: {commands:?}");
        is_delivered(&app).await;
        assert_eq!(shown(&app, "New Name").await, 2, "{place}");
        let conferences =
            all(&app, "rocketchat_video_conference", doc! {"_id": "v", "users.name": "New Name"}).await;
        assert_eq!(conferences.len(), usize::from(place == "conference"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_an_older_name_that_is_still_to_be_carried_on() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "50");
    let app = without_groups(options.start(Six).await).await;
    hold_up(&app, ORDINARY).await;
    for name in ["First", "Second"] {
        rename(&app, ORDINARY, json!({"name": name})).await;
        assert_eq!(app.stored(ORDINARY).await.get_str("name").ok(), Some(name));
    }
    assert_eq!(
        (outbox(&app).await.len(), shown(&app, "First").await, shown(&app, "Second").await),
        (3, 0, 0)
    );
    let_go(&app).await;
    is_delivered(&app).await;
    assert_eq!(shown(&app, "Second").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_refuses_it_costs_nobody_the_change() {
    let app = without_groups(patient().start(Eight).await).await;
    let refusing = all(&app, SUBSCRIPTIONS, doc! {"t": "d", "name": ORDINARY}).await[0].clone();
    let refusing = refusing.get_str("_id").expect("an id");
    let validator = doc! {"$nor": [{"_id": refusing, "fname": "New Name"}]};
    app.database.run_command(doc! {"collMod": SUBSCRIPTIONS, "validator": validator}).await.expect("set");
    rename(&app, ORDINARY, json!({"name": "New Name", "bio": "New"})).await;
    let stored = app.stored(ORDINARY).await;
    assert_eq!((stored.get_str("name").ok(), stored.get_str("bio").ok()), (Some("New Name"), Some("New")));
    assert_eq!(shown(&app, "New Name").await, 1);
    let kept = outbox(&app).await;
    let reason = kept[0].get_str("reason").expect("a reason");
    assert!(reason.contains(refusing) && reason.contains("validator"), "{reason}");
}

/// Each writes into the other's subscription, and both into their own.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_write_each_others_direct_message_at_once_both_succeed() {
    let fields = json!({"team": {"type": "text", "required": false}});
    let options = Options::default().setting("Accounts_CustomFields", fields.to_string());
    let app = without_groups(options.start(Eight).await).await;
    let other = all(&app, SUBSCRIPTIONS, doc! {"t": "d", "name": ORDINARY}).await[0].clone();
    let (room, other) = (other.get_str("rid").expect("a room"), other.get_document("u").expect("a member"));
    let other = other.get_str("username").expect("a username").to_owned();
    for round in 0..20 {
        let change = |handle: &str| {
            let name = format!("{handle} {round}");
            json!({"data": {"name": name}, "customFields": {"team": name}})
        };
        let (one, two) = (change(ORDINARY), change(&other));
        let (one, two) = tokio::join!(app.post(ORDINARY, &one).send(), app.post(&other, &two).send());
        assert_eq!((one.status, two.status), (200, 200), "{} {}", one.body, two.body);
        is_delivered(&app).await;
        for (owner, shown) in [(ORDINARY, other.as_str()), (&other, ORDINARY)] {
            let named = doc! {
                "rid": room, "u.username": owner, "fname": format!("{shown} {round}"),
                "customFields": {"team": format!("{owner} {round}")},
            };
            assert_eq!(all(&app, SUBSCRIPTIONS, named).await.len(), 1, "{owner} in round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_users_names_that_come_at_once_the_stored_one_is_shown() {
    let app = without_groups(Options::default().start(Six).await).await;
    for round in 0..10 {
        let changes = (0..6).map(async |number| {
            let body = json!({"data": {"name": format!("Name {round} {number}")}});
            app.post(ORDINARY, &body).send().await.status
        });
        let statuses = join_all(changes).await;
        assert!(statuses.contains(&200), "{statuses:?}");
        is_delivered(&app).await;
        let stored = app.stored(ORDINARY).await;
        assert_eq!(
            shown(&app, stored.get_str("name").expect("a name")).await,
            2,
            "round {round}: {statuses:?}"
        );
    }
}

/// The change is guarded by `_updatedAt`, whatever stands there.
#[tokio::test(flavor = "multi_thread")]
async fn no_odd_date_of_the_user_stands_in_its_way() {
    let app = without_groups(Options::default().start(Eight).await).await;
    let users = app.database.collection::<Document>("users");
    let now = || Bson::from(DateTime::now());
    let odd = [Bson::Null, "yesterday".into(), 0.into(), vec![now()].into(), doc! {"at": now()}.into()];
    let odd = odd.into_iter().map(|value| doc! {"$set": {"_updatedAt": value}});
    for (number, change) in odd.chain([doc! {"$unset": {"_updatedAt": 1}}]).enumerate() {
        users.update_one(doc! {"username": ORDINARY}, change.clone()).await.expect("written");
        app.take_commands();
        let name = format!("Name {number}");
        rename(&app, ORDINARY, json!({"name": name})).await;
        let commands = app.take_commands().join(" ");
        assert_eq!(commands, "find aggregate update findAndModify commitTransaction", "{change}");
        assert_eq!(shown(&app, &name).await, 2, "{change}");
    }
}
