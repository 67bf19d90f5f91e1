//! What was done is stored, however long the database does not take it, and a service that stops leaves nothing leased.

use super::waits_until;
use crate::support::{HASTE, Options, Service, TestApp, is_delivered, outbox};
use devstack::mongo::{Mongo, privilege, read_write};
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use devstack::workspace::seed;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use rc_account::effects::RetryPolicy;
use serde_json::json;
use std::time::{Duration, Instant};

/// All rights but the one to delete what is done.
fn without_removal(database: &str) -> Vec<Document> {
    let actions = [
        "changeStream",
        "find",
        "listIndexes",
        "insert",
        "update",
        "createIndex",
        "createCollection",
        "dropIndex",
    ];
    vec![privilege(database, "", &actions)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_not_sent_again_because_its_end_could_not_be_stored_at_once() {
    let mongo = Mongo::start_with_access_control(&|_| ()).await.expect("a MongoDB");
    let sink = Sink::start().await;
    let database = Client::with_uri_str(mongo.url("chat")).await.expect("a client").database("chat");
    let workspace = seed(&database, Six).await.expect("a workspace");
    let settings = database.collection::<Document>("rocketchat_settings");
    for (id, value) in [
        ("From_Email", "chat@acme.example".into()),
        ("SMTP_Host", "127.0.0.1".into()),
        ("SMTP_Port", sink.port().to_string().into()),
        ("Accounts_TwoFactorAuthentication_Enabled", mongodb::bson::Bson::from(false)),
    ] {
        let update = doc! {"$set": {"value": value}};
        settings.update_one(doc! {"_id": id}, update).upsert(true).await.expect("written");
    }
    mongo.create_user("service", read_write("chat")).await.expect("a user");
    let url = mongo.url_as("service", "chat");
    let service = Service::start(&[("MONGO_URL", url.as_str()), ("PORT", "0"), ("BIND_IP", "127.0.0.1")]);
    mongo.set_privileges("service", without_removal("chat")).await.expect("set");
    let person = workspace.person("no-email");
    let request = devstack::http::client()
        .post(format!("{}{}", service.base, crate::support::ROUTE))
        .header("X-User-Id", &person.id)
        .header("X-Auth-Token", &person.token)
        .header("Content-Type", "application/json")
        .body(json!({"data": {"email": "new@example.com"}}).to_string());
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    sink.wait_for(|mail| mail.to == "new@example.com").await;
    let effects = database.collection::<Document>("rc_account_outbox");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(effects.count_documents(doc! {}).await.expect("counted"), 1, "it could not be deleted");
    mongo.set_privileges("service", read_write("chat")).await.expect("set");
    let deadline = Instant::now() + Duration::from_secs(20);
    while effects.count_documents(doc! {}).await.expect("counted") > 0 {
        let log = service.log.lock().expect("the log").join("\n");
        assert!(Instant::now() < deadline, "{log}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(sink.mails().len(), 1);
    drop(service);
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_gives_back_what_it_cannot_finish() {
    // Longer than the test waits.
    let policy = RetryPolicy { lease: Duration::from_secs(300), ..HASTE };
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0").retry_policy(policy);
    let mut app: TestApp = options.start(Eight).await;
    let other = app.another_instance().await;
    let id = app.person("plain").id.clone();
    let messages = app.database.collection::<Document>("rocketchat_message");
    let message =
        doc! {"_id": "held", "rid": "GENERAL", "msg": "hello", "u": {"_id": &id, "username": "plain"}};
    messages.insert_one(message).await.expect("written");
    // Somebody's open transaction holds up the rename.
    let client = Client::with_uri_str(app.mongo_url()).await.expect("a client");
    let hold = async |session: &mut mongodb::ClientSession| {
        session.start_transaction().await.expect("a transaction");
        let held =
            client.default_database().expect("a database").collection::<Document>("rocketchat_message");
        let update = doc! {"$set": {"held": true}};
        held.update_one(doc! {"_id": "held"}, update).session(session).await.expect("held");
    };
    let mut session = client.start_session().await.expect("a session");
    hold(&mut session).await;
    assert_eq!(app.change("plain", &json!({"username": "renamed"})).await.status, 200);
    waits_until(&app, Duration::from_secs(10), |left| left[0].get_str("owner").is_ok()).await;
    let stopping = app.stop();
    stopping.await;
    let _ = session.abort_transaction().await;
    is_delivered(&app).await;
    assert!(outbox(&app).await.is_empty());
    let renamed = doc! {"_id": "held", "u.username": "renamed"};
    assert_eq!(messages.count_documents(renamed).await.expect("counted"), 1);
    other.stop().await;
}
