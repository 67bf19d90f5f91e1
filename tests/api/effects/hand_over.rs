//! The instance that commits a change has its effects from the first moment on, and if it dies, not for long.

use super::{acme, waits_until};
use crate::support::{Options, Service, TestApp, is_delivered, mongo, outbox};
use devstack::breaking_proxy::Mode;
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use futures_util::StreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType};
use mongodb::{Client, ClientSession};
use rc_account::effects::RetryPolicy;
use serde_json::json;
use std::time::Duration;

/// Longer than a lease.
const LIMIT: Duration = Duration::from_secs(60);

type Event = ChangeStreamEvent<Document>;

async fn watch(app: &TestApp) -> ChangeStream<Event> {
    app.database.collection::<Document>("rc_account_outbox").watch().await.expect("a stream")
}

async fn next(changes: &mut ChangeStream<Event>) -> Event {
    let event = tokio::time::timeout(LIMIT, changes.next()).await;
    event.expect("an event").expect("open").expect("readable")
}

/// A new message of each of them, which nobody else can write as long as the session lives: so their renames do not end.
/// MongoDB lets it live for five seconds here.
async fn hold_renames_up(app: &TestApp, handles: &[&str]) -> ClientSession {
    let client = Client::with_uri_str(app.mongo_url()).await.expect("a client");
    let messages =
        client.default_database().expect("a database").collection::<Document>("rocketchat_message");
    let message = |handle: &&str| {
        let author = doc! {"_id": &app.person(handle).id, "username": handle};
        doc! {"_id": ObjectId::new(), "rid": "GENERAL", "msg": "held", "u": author}
    };
    messages.insert_many(handles.iter().map(message)).await.expect("written");
    let mut session = client.start_session().await.expect("a session");
    session.start_transaction().await.expect("a transaction");
    let update = messages.update_many(doc! {"msg": "held"}, doc! {"$set": {"held": true}});
    update.session(&mut session).await.expect("held");
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_are_written_with_their_lease_and_looked_up_by_nobody() {
    let sink = Sink::start().await;
    let app = acme(&sink).retry_policy(RetryPolicy::default()).start(Six).await;
    let other = app.another_instance().await;
    let mut changes = watch(&app).await;
    assert_eq!(app.change("plain", &json!({"username": "renamed"})).await.status, 200);
    assert_eq!(app.change("plain", &json!({"email": "new@example.com"})).await.status, 200);
    is_delivered(&app).await;
    let (mut written, mut ended) = (0, 0);
    while ended < 3 {
        let event = next(&mut changes).await;
        match event.operation_type {
            OperationType::Insert => {
                written += 1;
                let effect = event.full_document.expect("a document");
                assert!(effect.get_str("owner").is_ok(), "{effect:?}");
                assert_eq!(
                    (effect.get_i32("attempts").ok(), effect.get_bool("ready").ok()),
                    (Some(1), Some(true))
                );
                let lease = effect.get_datetime("due").expect("a date").timestamp_millis()
                    - effect.get_datetime("created").expect("a date").timestamp_millis();
                assert_eq!(u128::try_from(lease), Ok(RetryPolicy::default().lease.as_millis()));
            }
            OperationType::Delete => ended += 1,
            _ => {
                let updated = event.update_description.expect("an update").updated_fields;
                assert!(!updated.contains_key("owner"), "leased again: {updated:?}");
            }
        }
    }
    assert_eq!(written, 3);
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_instance_dies_right_after_the_commit_another_one_takes_over_as_the_lease_ends() {
    let mut app = Options::default().start(Eight).await;
    app.stop().await;
    let mut changes = watch(&app).await;
    let wait = [("RC_ACCOUNT_RENAME_WAIT_MS", "0")];
    let (dying, living) = (Service::on(app.mongo_url(), &wait), Service::on(app.mongo_url(), &wait));
    app.base.clone_from(&dying.base);
    let mut held = hold_renames_up(&app, &["plain"]).await;
    assert_eq!(app.change("plain", &json!({"username": "renamed"})).await.status, 200);
    dying.kill();
    let _ = held.abort_transaction().await;
    let written = next(&mut changes).await.full_document.expect("the insert");
    let (owner, due) = (written.get_str("owner").expect("leased"), written.get_datetime("due").expect("due"));
    let taken_over = loop {
        let event = next(&mut changes).await;
        assert_eq!(event.operation_type, OperationType::Update, "the lease still holds");
        let updated = &event.update_description.as_ref().expect("an update").updated_fields;
        if updated.get_str("owner").is_ok_and(|other| other != owner) {
            break i64::from(event.cluster_time.expect("a time").time);
        }
    };
    let due = due.timestamp_millis() / 1000;
    assert!((due..due + 10).contains(&taken_over), "the lease ended at {due}, taken over at {taken_over}");
    is_delivered(&app).await;
    let messages = app.database.collection::<Document>("rocketchat_message");
    let renamed = doc! {"msg": "held", "u.username": "renamed"};
    assert_eq!(messages.count_documents(renamed).await.expect("counted"), 1);
    drop(living);
}

/// Three renames that do not end fill the first instance; the fourth is written.
async fn a_fourth_rename(app: &TestApp, round: u32) -> (ClientSession, Document) {
    let busy = ["plain", "admin", "legacy"];
    let held = hold_renames_up(app, &busy).await;
    for handle in busy {
        assert_eq!(app.change(handle, &json!({"username": format!("{handle}.{round}")})).await.status, 200);
    }
    let mut changes = watch(app).await;
    let data = json!({"username": format!("agent.{round}")});
    assert_eq!(app.change("agent", &data).await.status, 200);
    let written = next(&mut changes).await.full_document.expect("the insert");
    assert_eq!((written.get_str("owner").ok(), written.get_bool("ready").ok()), (None, Some(true)));
    assert_eq!(written.get_i32("attempts").ok(), Some(0));
    (held, written)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_room_for_is_left_to_anybody() {
    let app = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0").start(Eight).await;
    let (mut held, _) = a_fourth_rename(&app, 1).await;
    assert_eq!(outbox(&app).await.len(), 4);
    // It is its turn when one of the others has ended.
    let _ = held.abort_transaction().await;
    is_delivered(&app).await;
    let other = app.another_instance().await;
    let (mut held, fourth) = a_fourth_rename(&app, 2).await;
    let left = waits_until(&app, LIMIT, |left| left.len() == 3).await;
    assert!(left.iter().all(|effect| effect.get("_id") != fourth.get("_id")), "{left:?}");
    let _ = held.abort_transaction().await;
    is_delivered(&app).await;
    let rooms = app.database.collection::<Document>("rocketchat_room");
    for old in ["plain", "plain.1", "agent", "agent.1"] {
        assert_eq!(rooms.count_documents(doc! {"usernames": old}).await.expect("counted"), 0, "{old}");
    }
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_whose_commit_got_no_answer_is_begun_before_its_lease_ends() {
    let mongo = mongo().await;
    let Ok(proxy) = mongo.proxy() else { return };
    let mut app = Options::default().start(Six).await;
    app.stop().await;
    let environment = [("RC_ACCOUNT_DEADLINE_MS", "5000"), ("RC_ACCOUNT_RENAME_WAIT_MS", "0")];
    let service = Service::on(&mongo.url_through(&proxy, app.database.name()), &environment);
    app.base.clone_from(&service.base);
    let mut changes = watch(&app).await;
    proxy.behave(Mode::Delay { to_server: Duration::ZERO, to_client: Duration::from_millis(100) });
    // We hear of the commit before the service does.
    let loses_its_line = async {
        let written = next(&mut changes).await;
        proxy.behave(Mode::RefuseNew);
        proxy.reset_open();
        written.full_document.expect("the insert")
    };
    let data = json!({"username": "renamed"});
    let (answer, written) = tokio::join!(app.change("plain", &data), loses_its_line);
    assert_eq!(answer.status, 500, "whether it is written is not known: {}", answer.body);
    proxy.behave(Mode::Pass);
    let ended = loop {
        let event = next(&mut changes).await;
        if event.operation_type == OperationType::Delete {
            break i64::from(event.cluster_time.expect("a time").time);
        }
        let updated = event.update_description.expect("an update").updated_fields;
        assert!(!updated.contains_key("owner"), "leased again: {updated:?}");
    };
    assert!(ended < written.get_datetime("due").expect("a date").timestamp_millis() / 1000);
    assert_eq!(app.stored("plain").await.get_str("username").ok(), Some("renamed"));
}
