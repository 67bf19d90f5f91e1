//! A connection is used for the next request, whatever the last one was answered with.

use crate::support::{Options, ROUTE, Wire, head};
use devstack::workspace::Release::Eight;

/// Answers that nobody needs to look anything up for, so that they are there before the body is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_at_once_leaves_the_connection_open() {
    let app = Options::default().start(Eight).await;
    let body = r#"{"data":{"bio":"Engineer"}}"#;
    let sized = format!("Content-Length: {}\r\n", body.len());
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for (path, status) in [(ROUTE, 401), ("/nowhere", 404)] {
        for (lines, body) in [(sized.as_str(), body), ("Transfer-Encoding: chunked\r\n", chunked.as_str())] {
            let mut wire = Wire::connect(&app.base).await;
            for _ in 0..10 {
                wire.write(head(path, None, lines) + body).await;
                let answer = wire.answer().await;
                assert_eq!(answer.status, status, "{path} {lines}");
                assert!(!answer.closes(), "{path} {lines}: {}", answer.head);
            }
        }
    }
}
