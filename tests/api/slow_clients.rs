//! Clients that are slow or never end: what they begin is ended for them.

use crate::support::{Options, ROUTE, Wire, head, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;
use rc_account::app::Patience;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const LONG: Duration = Duration::from_secs(600);
const ENDLESS: Patience = Patience { head: LONG, body: LONG, answer: LONG, connection: LONG };
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const SIZED: &str = "Content-Length: 1000\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_in_time_is_answered_and_the_connection_closed() {
    six_and_eight(async |release| {
        let patience = Patience { body: Duration::from_secs(1), ..ENDLESS };
        let app = Options::standalone().patience(patience).start(release).await;
        let before = app.dump().await;
        let plain = app.person("plain");
        let too_slow = r#"{"success":false,"error":"The request body did not arrive in time"}"#;
        for (path, person, lines, begin) in [
            (ROUTE, Some(plain), SIZED, r#"{"data":{"bio":"half"#),
            (ROUTE, Some(plain), SIZED, ""),
            (ROUTE, Some(plain), CHUNKED, "8\r\n{\"data\":\r\n"),
            ("/api/v1/login", None, SIZED, "{"),
            ("/api/v1/users.2fa.sendEmailCode", None, CHUNKED, "1\r\n{\r\n"),
        ] {
            let mut wire = Wire::connect(&app.base).await;
            wire.write(head(path, person, lines)).await;
            wire.write(begin).await;
            let answer = wire.answer().await;
            assert_eq!((answer.status, answer.body.as_str()), (408, too_slow), "{release:?} {path}");
            assert!(answer.closes(), "{}", answer.head);
            assert_eq!(wire.rest().await, "", "{release:?} {path}");
        }
        assert_eq!(app.dump().await, before);
        app.post("plain", &json!({"data": {"bio": "whole"}})).send().await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_reads_does_not_keep_the_connection_open_either() {
    let app =
        Options::default().patience(Patience { body: Duration::from_secs(1), ..ENDLESS }).start(Eight).await;
    for (path, status) in [(ROUTE, 401), ("/nowhere", 404)] {
        for (lines, begin) in [(SIZED, "{"), (CHUNKED, "1\r\n{\r\n")] {
            let mut wire = Wire::connect(&app.base).await;
            wire.write(head(path, None, lines)).await;
            wire.write(begin).await;
            assert_eq!(wire.answer().await.status, status, "{path} {lines}");
            assert_eq!(wire.rest().await, "", "{path} {lines}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_head_that_comes_byte_by_byte_ends_the_connection() {
    let app =
        Options::default().patience(Patience { head: Duration::from_secs(1), ..ENDLESS }).start(Eight).await;
    let request = head(ROUTE, Some(app.person("plain")), "Content-Length: 11\r\n") + r#"{"data":{}}"#;
    let mut wire = Wire::connect(&app.base).await;
    // The second head begins in the same piece, so that the connection is never idle.
    wire.write(format!("{request}POST ")).await;
    assert_eq!(wire.answer().await.status, 200);
    let begun = Instant::now();
    for byte in head(ROUTE, None, "X-Slow: 1\r\n").bytes() {
        if wire.try_write([byte]).await.is_err() || begun.elapsed() > Duration::from_secs(20) {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    wire.rest().await;
    let lasted = begun.elapsed();
    assert!((Duration::from_millis(500)..Duration::from_secs(10)).contains(&lasted), "{lasted:?}");
    assert_eq!(app.post("plain", &json!({"data": {}})).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_connection_ends_with_its_next_answer() {
    let patience = Patience { connection: Duration::from_millis(500), ..ENDLESS };
    let app = Options::default().patience(patience).start(Eight).await;
    let request = head(ROUTE, Some(app.person("plain")), "Content-Length: 11\r\n") + r#"{"data":{}}"#;
    let mut wire = Wire::connect(&app.base).await;
    let mut answers = 0;
    loop {
        wire.write(&request).await;
        let answer = wire.answer().await;
        answers += 1;
        assert_eq!(answer.status, 200);
        if answer.closes() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(wire.rest().await, "");
    assert!(answers > 1, "a young one stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    // More than the buffers on the way hold.
    const ANSWER: usize = 15_000_000;
    let patience = Patience { answer: Duration::from_secs(1), ..ENDLESS };
    let options = Options::default().patience(patience);
    let app =
        options.user("plain", doc! {"$set": {"customFields.notes": "x".repeat(ANSWER)}}).start(Six).await;
    let mut wire = Wire::connect(&app.base).await;
    let request = head(ROUTE, Some(app.person("plain")), "Content-Length: 11\r\n") + r#"{"data":{}}"#;
    wire.write(&request).await;
    sleep(Duration::from_secs(3)).await;
    let taken = wire.rest().await.len();
    assert!(0 < taken && taken < ANSWER, "{taken}");
    let mut wire = Wire::connect(&app.base).await;
    wire.write(&request).await;
    assert!(wire.answer().await.body.len() > ANSWER, "whoever reads gets it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_its_time_is_not_cut() {
    let patience = Patience { head: Duration::from_millis(200), ..ENDLESS };
    let app = Options::default().patience(patience).start(Eight).await;
    let mut wire = Wire::connect(&app.base).await;
    wire.write(head(ROUTE, Some(app.person("plain")), "Content-Length: 11\r\n")).await;
    sleep(Duration::from_secs(1)).await;
    wire.write(r#"{"data":{}}"#).await;
    assert_eq!(wire.answer().await.status, 200);
}
