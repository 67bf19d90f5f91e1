//! The touch-back: what a running Rocket.Chat is sent after a change, and that nothing depends on what it does then.

use crate::support::{Behaviour, Node, Options, ROUTE, Received, Service, TestApp, Upstream};
use devstack::supervised::free_port;
use devstack::workspace::Release;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const GUARD: &str = "X-Rc-Account-Touch";

async fn start(release: Release, upstream: &str, variables: &[(&str, &str)]) -> TestApp {
    let options = Options::default()
        .variable("RC_ACCOUNT_ANNOUNCE", "touch")
        .variable("RC_ACCOUNT_UPSTREAM_URL", upstream);
    let add = |options: Options, (key, value): &(&str, &str)| options.variable(key, value);
    variables.iter().fold(options, add).start(release).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rocket_chat_is_called_as_the_user_with_nothing_to_change() {
    for (release, base) in [(Six, ""), (Eight, "/chat/")] {
        let upstream = Upstream::start(Behaviour::status(200, "")).await;
        let address = format!("{}{base}", upstream.url());
        let mut app = start(release, &address, &[("HTTP_FORWARDED_COUNT", "1")]).await;
        let person = app.person("plain");
        let forwarded = "203.0.113.9, 198.51.100.7";
        let change = app.post("plain", &json!({"data": {"bio": "touched"}}));
        change.header("X-Forwarded-For", forwarded).header("X-2fa-code", "123456").send().await.user();
        let message = r#"{"msg":"method","method":"saveUserProfile","params":[{"bio":"again"}]}"#;
        let call = app.request(Method::POST, "/api/v1/method.call/saveUserProfile");
        let call = call.sign_in(&person.id, &person.token).json(&json!({"message": message}));
        match release {
            Six => assert_eq!(call.send().await.status, 200),
            // It has no such method any more.
            Eight => drop(app.change("plain", &json!({"bio": "again"})).await.user()),
        }
        // What is refused is not announced.
        assert_eq!(app.change("plain", &json!({"username": "admin"})).await.status, 400);

        let received = upstream.wait_for(2).await;
        let mut headers = BTreeMap::from(
            [
                ("accept", "*/*"),
                ("content-length", "11"),
                ("content-type", "application/json"),
                ("host", &upstream.address.to_string()),
                ("user-agent", "rc-account"),
                ("x-auth-token", &person.token),
                ("x-forwarded-for", forwarded),
                ("x-rc-account-touch", "1"),
                ("x-real-ip", "198.51.100.7"),
                ("x-user-id", &person.id),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let line = format!("POST {}{ROUTE} HTTP/1.1", base.trim_end_matches('/'));
        for request in &received {
            assert_eq!((request.line.as_str(), request.body.as_str()), (line.as_str(), r#"{"data":{}}"#));
        }
        let with_proxy = |request: &&Received| request.headers.contains_key("x-forwarded-for");
        let (proxied, direct): (Vec<_>, Vec<_>) = received.iter().partition(with_proxy);
        assert_eq!(proxied[0].headers, headers);
        headers.remove("x-forwarded-for");
        headers.insert("x-real-ip".to_owned(), "127.0.0.1".to_owned());
        assert_eq!(direct[0].headers, headers);
        app.stop().await;
        assert_eq!(upstream.received().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_do_not_follow_a_redirection() {
    let elsewhere = Upstream::start(Behaviour::status(200, "")).await;
    let location = format!("Location: {}{ROUTE}\r\n", elsewhere.url());
    let upstream = Upstream::start(Behaviour::status(307, &location)).await;
    let mut app = start(Eight, &upstream.url(), &[]).await;
    for (count, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        upstream.behave(Behaviour::status(status, &location));
        app.change("plain", &json!({"bio": "redirected"})).await.user();
        upstream.wait_for(count + 1).await;
    }
    // Whatever was still going on has ended then.
    app.stop().await;
    assert_eq!((upstream.received().len(), elsewhere.received().len()), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_to_be_reached_by_tls_is_sent_nothing_in_the_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("bound"));
    let app = start(Eight, &address, &[]).await;
    app.change("plain", &json!({"bio": "by TLS"})).await.user();
    let (mut stream, _) = listener.accept().await.expect("a connection");
    assert_eq!(stream.read_u8().await.expect("a byte"), 22, "a TLS handshake begins");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_depends_on_what_rocket_chat_does() {
    for release in [Six, Eight] {
        let absent = format!("http://127.0.0.1:{}", free_port().expect("a port"));
        let app = start(release, &absent, &[]).await;
        assert_eq!(app.change("plain", &json!({"bio": "absent"})).await.user()["bio"], "absent");

        let upstream = Upstream::start(Behaviour::Hang).await;
        let app = start(release, &upstream.url(), &[]).await;
        for (count, behaviour) in [
            Behaviour::status(429, "Retry-After: 60\r\n"),
            Behaviour::status(401, ""),
            Behaviour::status(500, ""),
            Behaviour::HangUp,
            Behaviour::Answer("SSH-2.0-OpenSSH\r\n\r\n".to_owned()),
        ]
        .into_iter()
        .enumerate()
        {
            let bio = format!("{behaviour:?}");
            upstream.behave(behaviour);
            assert_eq!(app.change("plain", &json!({"bio": bio})).await.user()["bio"], bio);
            upstream.wait_for(count + 1).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_there_while_rocket_chat_hangs_and_the_call_has_an_end() {
    let upstream = Upstream::start(Behaviour::Hang).await;
    let app = start(Eight, &upstream.url(), &[]).await;
    assert_eq!(app.change("plain", &json!({"bio": "hung"})).await.user()["bio"], "hung");
    assert_eq!(upstream.given_up(), 0, "nobody has waited for the end of the call");
    upstream.wait_for(1).await;
    let deadline = Instant::now() + Duration::from_secs(40);
    while upstream.given_up() == 0 {
        assert!(Instant::now() < deadline, "the call has no end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_that_comes_back_to_us_is_answered_but_not_announced_again() {
    let upstream = Upstream::start(Behaviour::status(200, "")).await;
    let mut app = start(Eight, &upstream.url(), &[]).await;
    let touch = app.post("plain", &json!({"data": {}})).header(GUARD, "1");
    touch.send().await.user();
    app.stop().await;
    assert_eq!(upstream.received(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_can_switch_off_the_announcing_of_a_change() {
    let upstream = Upstream::start(Behaviour::status(200, "")).await;
    let mut app = start(Eight, &upstream.url(), &[]).await;
    let change = app.post("plain", &json!({"data": {"bio": "quiet"}})).header(GUARD, "1");
    change.send().await.user();
    app.stop().await;
    assert_eq!(upstream.received().len(), 1);

    let (node, port) = Node::instance_on_tcp("node").await;
    let app = Options::default().variable("RC_ACCOUNT_ANNOUNCE", "tcp").start(Eight).await;
    let instance =
        doc! {"_id": "node", "extraInformation": {"host": "127.0.0.1", "tcpPort": i32::from(port)}};
    app.database.collection("instances").insert_one(instance).await.expect("entered");
    // Where nobody is touched, the header means nothing at all.
    app.post("plain", &json!({"data": {}})).header(GUARD, "1").send().await.user();
    node.told(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_leads_back_to_us_is_named_in_the_log_and_makes_no_loop() {
    let mut app = TestApp::eight().await;
    app.stop().await;
    let port = free_port().expect("a port").to_string();
    let service = Service::start(&[
        ("MONGO_URL", app.mongo_url()),
        ("BIND_IP", "127.0.0.1"),
        ("PORT", &port),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_ANNOUNCE", "touch"),
        ("RC_ACCOUNT_UPSTREAM_URL", &format!("http://127.0.0.1:{port}")),
        ("RC_ACCOUNT_LOG", "trace"),
    ]);
    app.base.clone_from(&service.base);
    let warnings = || {
        let log = service.log.lock().expect("the log");
        log.iter()
            .filter(|line| line.contains("RC_ACCOUNT_UPSTREAM_URL leads back"))
            .cloned()
            .collect::<Vec<_>>()
    };
    for count in 1..=3 {
        app.change("plain", &json!({"bio": "around"})).await.user();
        let deadline = Instant::now() + Duration::from_secs(40);
        while warnings().len() < count {
            assert!(Instant::now() < deadline, "no warning");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    service.signal("TERM");
    let log = std::sync::Arc::clone(&service.log);
    service.end();
    let log = log.lock().expect("the log");
    let warnings: Vec<_> = log.iter().filter(|line| line.contains("leads back")).collect();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    let token = &app.person("plain").token;
    assert!(!log.iter().any(|line| line.contains(token.as_str())), "no credentials in the log");
    assert!(warnings[0].contains("WARN") && warnings[0].contains("127.0.0.1"), "{}", warnings[0]);
}
