//! Requests that ask for another protocol, or to be told to go on: they are answered as all others are.

use crate::support::{Options, ROUTE, TestApp, Wire, head};
use devstack::workspace::Release::Eight;
use rc_account::app::Patience;
use std::time::Duration;

const BODY: &str = r#"{"data": {"bio": "upgraded"}}"#;

fn chunked() -> String {
    let (first, second) = BODY.split_at(10);
    format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len())
}

async fn wire(app: &TestApp, lines: &str, body: &str) -> Wire {
    let mut wire = Wire::connect(&app.base).await;
    wire.write(head(ROUTE, Some(app.person("plain")), lines) + body).await;
    wire
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_whatever_upgrade_it_asks_for() {
    let app = TestApp::eight().await;
    let length = format!("Content-Length: {}\r\n", BODY.len());
    for upgrade in [
        "Upgrade: websocket\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n",
        "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Upgrade: websocket, h2c\r\nConnection: upgrade\r\n",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "Upgrade: TLS/1.0\r\nConnection: upgrade\r\n",
        "Upgrade: \r\nConnection: upgrade\r\n",
        "Connection: upgrade\r\n",
    ] {
        for expect in ["", "Expect: 100-continue\r\n"] {
            for (framing, body) in
                [(&*length, BODY.to_owned()), ("Transfer-Encoding: chunked\r\n", chunked())]
            {
                let mut wire = wire(&app, &format!("{upgrade}{expect}{framing}"), &body).await;
                let about = format!("{upgrade}{expect}{framing}");
                let answer = wire.rest_or_answer().await;
                let answer = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&answer);
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{about}: {answer}");
                assert!(answer.contains("\"bio\":\"upgraded\""), "{about}: {answer}");
                assert!(
                    answer.to_lowercase().contains("connection: close\r\n") || !about.contains("onnection: "),
                    "{about}: {answer}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_without_a_body_or_with_a_wrong_one_is_answered_at_once() {
    let app = Options::standalone()
        .patience(Patience { body: Duration::from_secs(600), ..Patience::default() })
        .start(Eight)
        .await;
    let refused = "must have required property 'data'";
    for (lines, body, status, part) in [
        ("Upgrade: websocket\r\n", "", "400", refused),
        ("Upgrade: websocket\r\nContent-Length: 0\r\n", "", "400", refused),
        ("Upgrade: websocket\r\nContent-Length: 2\r\n", "{}", "400", refused),
        // What comes behind the declared length is not read as the body.
        ("Upgrade: websocket\r\nContent-Length: 2\r\n", "{}{\"data\": {}}", "400", refused),
        ("Upgrade: websocket\r\nContent-Length: 400000\r\n", "", "413", ""),
    ] {
        let answer = wire(&app, lines, body).await.rest_or_answer().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part),
            "{lines}: {answer}"
        );
    }
    for request in [
        "GET /api/info HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut wire = Wire::connect(&app.base).await;
        wire.write(request).await;
        let answer = wire.rest().await;
        assert!(
            answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 404"),
            "{request}: {answer}"
        );
        assert!(answer.to_lowercase().contains("connection: close"), "{request}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_behind_an_upgrade_has_its_deadline_and_its_bound() {
    let patience = Patience { body: Duration::from_millis(300), ..Patience::default() };
    let app = Options::default().patience(patience).start(Eight).await;
    let mut slow = wire(&app, "Upgrade: websocket\r\nContent-Length: 100\r\n", "{").await;
    let answer = slow.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_expects_to_be_told_to_go_on_is_told_so_and_then_answered() {
    let app = TestApp::eight().await;
    let lines = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", BODY.len());
    let mut wire = wire(&app, &lines, "").await;
    assert_eq!(wire.read_head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    wire.write(BODY).await;
    let answer = wire.answer().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.closes(), "{}", answer.head);
    // The connection goes on.
    wire.write(head(ROUTE, Some(app.person("plain")), &format!("Content-Length: {}\r\n", BODY.len())) + BODY)
        .await;
    assert_eq!(wire.answer().await.status, 200);
}
