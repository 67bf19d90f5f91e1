//! Events to a running Rocket.Chat: real nodes of its framework listen.

mod nobody;
mod own_account;
mod requests;

use crate::support::{Node, Options, ROUTE, TestApp, connect, outbox, reset};
use devstack::nats::Nats;
use devstack::supervised::free_port;
use devstack::workspace::Release;
use devstack::workspace::Release::{Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

const EVENTS: [&str; 6] = [
    "user.nameChanged",
    "user.realNameChanged",
    "presence.status",
    "watch.subscriptions",
    "watch.rooms",
    "watch.users",
];
const STRONG: &str = "N3w-and-strong-enough";

/// The service beside a workspace in which all kinds of changes are told.
async fn start(release: Release, variables: &[(&str, &str)]) -> TestApp {
    let options = Options::standalone()
        .setting("UI_Use_Real_Name", true)
        .setting("Accounts_CustomFields", r#"{"note": {"type": "text", "required": false}}"#)
        .user("plain", doc! {"$set": {"status": "away", "statusText": "Before", "statusSource": "external"}});
    let add = |options: Options, (key, value): &(&str, &str)| options.variable(key, value);
    variables.iter().fold(options, add).start(release).await
}

async fn enter_instance(app: &TestApp, id: &str, more: Document) {
    let instances = app.database.collection::<Document>("instances");
    instances
        .insert_one(doc! {"_id": id, "name": "rocket.chat", "extraInformation": more})
        .await
        .expect("entered");
}

/// A stored value as the node shows it.
fn shown(value: &Bson) -> Value {
    match value {
        Bson::DateTime(date) => json!({"Date": date.timestamp_millis()}),
        Bson::Document(document) => shown_object(document),
        Bson::Array(items) => items.iter().map(shown).collect(),
        other => serde_json::to_value(other).expect("JSON"),
    }
}

fn shown_object(document: &Document) -> Value {
    let members = document.iter().map(|(key, value)| (key.clone(), shown(value)));
    Value::Object(members.collect())
}

/// What a node shows, with its dates as REST answers show them.
fn with_texts_for_dates(value: &Value) -> Value {
    if let Some(date) = value.get("Date").and_then(Value::as_i64) {
        let date = chrono::DateTime::from_timestamp_millis(date).expect("a date");
        return date.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into();
    }
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), with_texts_for_dates(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(with_texts_for_dates).collect(),
        other => other.clone(),
    }
}

/// What is stored there now, in order of the ids.
async fn stored_in(app: &TestApp, collection: &str, filter: Document) -> Vec<Value> {
    let documents = app.database.collection::<Document>(collection);
    let found = documents.find(filter).sort(doc! {"_id": 1}).await.expect("found");
    let found: Vec<Document> = found.try_collect().await.expect("documents");
    found.iter().map(shown_object).collect()
}

/// The documents in these events, in order of their ids.
fn documents(told: &[(String, Value)], key: &str) -> Vec<Value> {
    assert!(told.iter().all(|(_, arguments)| arguments[0]["clientAction"] == "updated"));
    let mut documents: Vec<Value> = told.iter().map(|(_, arguments)| arguments[0][key].clone()).collect();
    documents.sort_by_key(|document| document["_id"].to_string());
    assert!(documents.iter().all(|document| document["_updatedAt"]["Date"].is_i64()));
    documents
}

/// The event with the user as a whole: what `/me` shows, with real dates.
async fn is_the_user_as_a_whole(app: &TestApp, event: &(String, Value), unset: Value) {
    let user_id = &app.person("plain").id;
    let (name, arguments) = event;
    assert_eq!((name.as_str(), arguments.as_array().map(Vec::len)), ("watch.users", Some(1)));
    let argument = &arguments[0];
    assert_eq!((&argument["id"], &argument["clientAction"]), (&json!(user_id), &json!("updated")));
    assert_eq!(argument["unset"], unset);
    let stored = app.stored("plain").await;
    assert_eq!(argument["diff"]["_updatedAt"], shown(stored.get("_updatedAt").expect("a date")));
    let mut me = app.call(Method::GET, "/api/v1/me", "plain").await.json();
    me.as_object_mut().expect("an object").remove("success");
    assert_eq!(with_texts_for_dates(&argument["diff"]), me);
}

/// For a node that is still to be found.
async fn change_until_heard(app: &TestApp, node: &Node) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while node.events().is_empty() {
        assert!(Instant::now() < deadline, "nothing is heard");
        app.change("plain", &json!({"bio": "again"})).await.user();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Changes all that has an event of its own, and checks what the node has heard.
async fn every_event_is_heard(app: &TestApp, node: &Node) {
    let heard = node.events().len();
    let data =
        json!({"username": "renamed", "name": "Re Named", "statusType": "busy", "statusText": "Lunch"});
    let body = json!({"data": data, "customFields": {"note": "n"}});
    app.post("plain", &body).send().await.user();

    let told = node.told(heard).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let first = ["user.nameChanged", "user.nameChanged", "user.realNameChanged", "presence.status"];
    let (own, rooms) = (["watch.subscriptions"; 6], ["watch.rooms"; 4]);
    let (peers, group, direct) =
        (["watch.subscriptions"; 3], ["watch.subscriptions"; 4], ["watch.subscriptions"; 4]);
    assert_eq!(names, [&first[..], &own, &rooms, &peers, &group, &direct, &["watch.users"]].concat());

    let stored = app.stored("plain").await;
    let named = json!([{"_id": app.person("plain").id, "name": "Re Named", "username": "renamed"}]);
    for (_, arguments) in &told[..3] {
        assert_eq!(*arguments, named);
    }
    let fields = ["_id", "username", "status", "statusText", "statusSource", "name", "roles"];
    let user = fields.iter().filter_map(|field| Some(((*field).to_owned(), shown(stored.get(field)?))));
    let user: Map<String, Value> = user.collect();
    assert_eq!(user["statusText"], "Lunch");
    assert_eq!(told[3].1, json!([{"user": user, "previousStatus": "away"}]));

    let id = app.person("plain").id.as_str();
    let (subscriptions, rooms) = ("rocketchat_subscription", "rocketchat_room");
    let own = stored_in(app, subscriptions, doc! {"u._id": id}).await;
    assert_eq!(documents(&told[4..10], "subscription"), own);
    assert!(own.iter().all(|own| own["u"]["username"] == "renamed"));
    assert_eq!(documents(&told[10..14], "room"), stored_in(app, rooms, doc! {"uids": id}).await);
    let peers = stored_in(app, subscriptions, doc! {"t": "d", "name": "renamed"}).await;
    assert_eq!(documents(&told[14..17], "subscription"), peers);
    let group = &stored_in(app, rooms, doc! {"usersCount": 4}).await[0];
    let group = stored_in(app, subscriptions, doc! {"rid": group["_id"].as_str().expect("an id")}).await;
    assert_eq!(documents(&told[17..21], "subscription"), group);
    let direct = stored_in(app, subscriptions, doc! {"u._id": id, "t": "d"}).await;
    assert_eq!(documents(&told[21..25], "subscription"), direct);
    is_the_user_as_a_whole(app, &told[25], json!({})).await;
}

/// A new password also tells which sessions are left, so that the others are cut off.
async fn ended_sessions_are_heard(app: &TestApp, node: &Node) {
    let heard = node.events().len();
    let digest = app.person("plain").password_digest();
    app.change("plain", &json!({"newPassword": STRONG, "currentPassword": digest})).await.user();
    let told = node.told(heard).await;
    let tokens = app.login_tokens("plain").await;
    assert_eq!(tokens.len(), 1);
    let left = json!([{"hashedToken": tokens[0].get_str("hashedToken").expect("a hash")}]);
    let diff = json!({"services.resume.loginTokens": left});
    let id = &app.person("plain").id;
    let cut = json!([{"id": id, "clientAction": "updated", "diff": diff, "unset": {}}]);
    assert_eq!(told[0], ("watch.users".to_owned(), cut));
    assert_eq!(told.len(), 2);
    is_the_user_as_a_whole(app, &told[1], json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn micro_services_hear_the_events_that_they_listen_to() {
    for (release, namespace) in [(Six, ""), (Eight, "chat")] {
        let nats = Nats::start().await.expect("NATS");
        let mut all = Node::service("all", &nats.url(), namespace, &EVENTS).await;
        let some = Node::service("some", &nats.url(), namespace, &["watch.users"]).await;
        let other = Node::service("other", &nats.url(), "other", &EVENTS).await;
        let variables =
            [("TRANSPORTER", &*nats.url()), ("MS_NAMESPACE", namespace), ("RC_ACCOUNT_ANNOUNCE", "nats")];
        let app = start(release, &variables).await;
        every_event_is_heard(&app, &all).await;
        ended_sessions_are_heard(&app, &all).await;

        // A service that starts later is found as soon as it says so.
        let late = Node::service("late", &nats.url(), namespace, &["watch.users"]).await;
        change_until_heard(&app, &late).await;

        some.told(3).await;
        assert!(some.events().iter().all(|(name, _)| name == "watch.users"));
        assert_eq!(other.events(), []);
        all.knows_only(&["all", "late", "some"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_whole_rocket_chat_on_a_nats_server_hears_all_events() {
    for release in [Six, Eight] {
        let nats = Nats::start().await.expect("NATS");
        let mut first = Node::instance_on_nats("first", &nats.url()).await;
        let second = Node::instance_on_nats("second", &nats.url()).await;
        let transporter = format!("monolith+{}", nats.url());
        let variables = [("TRANSPORTER", &*transporter), ("RC_ACCOUNT_ANNOUNCE", "nats")];
        let app = start(release, &variables).await;
        for id in ["ended", "first", "second"] {
            enter_instance(&app, id, doc! {}).await;
        }
        every_event_is_heard(&app, &first).await;
        ended_sessions_are_heard(&app, &second).await;
        first.told(first.events().len() - 1).await;
        first.knows_only(&["first", "second"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_whole_rocket_chat_hears_all_events_at_its_own_port() {
    for release in [Six, Eight] {
        let (mut first, port) = Node::instance_on_tcp("first").await;
        let (second, other_port) = Node::instance_on_tcp("second").await;
        let app = start(release, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
        let ended = free_port().expect("a port");
        let ports = [("ended", ended), ("first", port), ("second", other_port)];
        for (id, port) in ports {
            enter_instance(&app, id, doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
        }
        enter_instance(&app, "older", doc! {"host": "127.0.0.1", "port": "3000"}).await;
        every_event_is_heard(&app, &first).await;
        ended_sessions_are_heard(&app, &second).await;
        first.knows_only(&["first"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_rocket_chats_hear_each_event_in_the_form_of_their_version() {
    let (older, port) = Node::instance_on_tcp("older").await;
    let (newer, newer_port) = Node::newer_instance_on_tcp("newer").await;
    let variables = [("RC_ACCOUNT_ANNOUNCE", "tcp"), ("RC_ACCOUNT_STANDALONE", "true")];
    let app = start(Eight, &variables).await;
    for (id, port) in [("older", port), ("newer", newer_port)] {
        enter_instance(&app, id, doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    }
    let (mut heard_by_older, mut heard_by_newer) = (0, 0);
    for (version, older_hears, newer_hears) in
        [("8.8.1", true, false), ("8.9.0", true, true), ("9.0.0", false, true)]
    {
        app.upgrade_to(version).await;
        app.change("plain", &json!({"bio": version})).await.user();
        if older_hears {
            heard_by_older += older.told(heard_by_older).await.len();
        }
        if newer_hears {
            heard_by_newer += newer.told(heard_by_newer).await.len();
        }
    }
    // What is sent to one is sent to both at once, so nothing is still under way.
    assert_eq!((older.events().len(), newer.events().len()), (heard_by_older, heard_by_newer));
    assert_eq!((heard_by_older, heard_by_newer), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_moleculer_gets_the_arguments_under_the_name_of_the_event() {
    let nats = Nats::start().await.expect("NATS");
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", nats.port())).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let connect = json!({"verbose": false, "user": Nats::USER, "pass": Nats::PASSWORD});
    stream
        .write_all(format!("CONNECT {connect}\r\nSUB event.> 1\r\nPING\r\n").as_bytes())
        .expect("subscribed");
    let mut lines = BufReader::new(stream.try_clone().expect("the same")).lines();
    let mut next = move || lines.next().expect("a line").expect("text");
    while next() != "PONG" {}
    let url = nats.url();
    let app = start(Eight, &[("BROKER", "nats"), ("NATS_URL", &url), ("RC_ACCOUNT_ANNOUNCE", "nats")]).await;
    app.change("plain", &json!({"bio": "plain NATS"})).await.user();
    let head = loop {
        let line = next();
        if line.starts_with("MSG ") {
            break line;
        }
    };
    assert!(head.starts_with("MSG event.watch.users 1 "), "{head}");
    let arguments: Value = serde_json::from_str(&next()).expect("JSON");
    assert_eq!(arguments[0]["id"], app.person("plain").id);
    assert_eq!(arguments[0]["diff"]["bio"], "plain NATS");
}
