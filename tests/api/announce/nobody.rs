//! When nobody is there to be told, and what is said of that.

use super::{change_until_heard, enter_instance, start};
use crate::support::{Node, Service, TestApp};
use devstack::nats::Nats;
use devstack::supervised::free_port;
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_nats_server_requests_go_on_and_a_later_one_is_found() {
    let port = free_port().expect("a port");
    let address = format!("monolith+nats://{}:{}@127.0.0.1:{port}", Nats::USER, Nats::PASSWORD);
    let app = start(Eight, &[("TRANSPORTER", &address), ("RC_ACCOUNT_ANNOUNCE", "nats")]).await;
    app.change("plain", &json!({"bio": "alone"})).await.user();

    let nats = Nats::start_on(port).await.expect("NATS");
    let node = Node::instance_on_nats("node", &nats.url()).await;
    enter_instance(&app, "node", doc! {}).await;
    change_until_heard(&app, &node).await;
}

/// Speaks as much of NATS as a client needs to begin, and keeps what it says: nobody can be there earlier to listen.
async fn keep_what_is_said(port: u16, said: Arc<Mutex<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let (stream, _) = listener.accept().await.expect("a client");
    let (reader, mut writer) = stream.into_split();
    let info = r#"{"server_id":"s","version":"2.10.0","proto":1,"max_payload":1048576,"headers":true}"#;
    writer.write_all(format!("INFO {info}\r\n").as_bytes()).await.expect("sent");
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line == "PING" {
            writer.write_all(b"PONG\r\n").await.expect("sent");
        }
        let mut said = said.lock().expect("what is said");
        said.push_str(&line);
        said.push('\n');
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_without_a_nats_server_is_not_told_to_a_later_one() {
    let port = free_port().expect("a port");
    let address = format!("monolith+nats://127.0.0.1:{port}");
    let app = start(Eight, &[("TRANSPORTER", &address), ("RC_ACCOUNT_ANNOUNCE", "nats")]).await;
    enter_instance(&app, "node", doc! {}).await;
    app.change("plain", &json!({"bio": "old news"})).await.user();
    // Longer than anything would wait for the first connection.
    tokio::time::sleep(Duration::from_secs(5)).await;

    let said = Arc::new(Mutex::new(String::new()));
    let server = tokio::spawn(keep_what_is_said(port, Arc::clone(&said)));
    let said = || said.lock().expect("what is said").clone();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !said().contains("good news") {
        assert!(Instant::now() < deadline, "nothing is told: {}", said());
        app.change("plain", &json!({"bio": "good news"})).await.user();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(said().contains("PUB MOL.EVENT.node") && !said().contains("old news"), "{}", said());
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nobody_is_reached_is_said_once_and_so_is_its_end() {
    let mut app = TestApp::eight().await;
    app.stop().await;
    let service = Service::start(&[
        ("MONGO_URL", app.mongo_url()),
        ("BIND_IP", "127.0.0.1"),
        ("PORT", "0"),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_ANNOUNCE", "tcp"),
    ]);
    app.base.clone_from(&service.base);
    let lines =
        |text: &str| service.log.lock().expect("the log").iter().filter(|line| line.contains(text)).count();
    let said = async |text: &str, count: usize| {
        let deadline = Instant::now() + Duration::from_secs(40);
        while lines(text) < count {
            assert!(Instant::now() < deadline, "{text} is not said");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (silence, end) = ("changes are not announced until", "changes are announced again");
    app.change("plain", &json!({"name": "Un Heard"})).await.user();
    said(silence, 1).await;
    app.change("plain", &json!({"name": "Un Heard Again"})).await.user();
    let (node, port) = Node::instance_on_tcp("node").await;
    let more = doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)};
    enter_instance(&app, "node", more).await;
    change_until_heard(&app, &node).await;
    said(end, 1).await;
    assert_eq!((lines(silence), lines(end)), (1, 1));
    let instances = app.database.collection::<Document>("instances");
    instances.delete_one(doc! {"_id": "node"}).await.expect("deleted");
    app.change("plain", &json!({"bio": "unheard"})).await.user();
    said(silence, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_the_nats_server_is_in_no_line_of_the_log() {
    let mut app = TestApp::eight().await;
    enter_instance(&app, "node", doc! {}).await;
    app.stop().await;
    let port = free_port().expect("a port");
    let transporter = format!("monolith+nats://{}:{}@127.0.0.1:{port}", Nats::USER, Nats::PASSWORD);
    let service = Service::start(&[
        ("MONGO_URL", app.mongo_url()),
        ("BIND_IP", "127.0.0.1"),
        ("PORT", "0"),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_ANNOUNCE", "nats"),
        ("TRANSPORTER", &transporter),
        ("RC_ACCOUNT_LOG", "trace"),
    ]);
    app.base.clone_from(&service.base);
    // Only now, so that signing in falls into the time from which the log is kept.
    let nats = Nats::start_on(port).await.expect("NATS");
    let node = Node::instance_on_nats("node", &nats.url()).await;
    change_until_heard(&app, &node).await;
    let log = service.log.lock().expect("the log").join("\n");
    assert!(log.contains("async_nats") && log.contains("connected successfully"), "the log is there: {log}");
    assert!(!log.contains(Nats::PASSWORD));
}
