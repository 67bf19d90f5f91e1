//! SIGTERM while clients open new connections all the time: whoever was let in is answered.

use super::{Caller, Service};
use crate::support::mongo;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const STOPS: usize = 6;
const CLIENTS: usize = 20;

/// What the clients of all rounds have seen.
#[derive(Default)]
struct Seen {
    answered: AtomicU64,
    closing: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
}

/// Sends requests over one connection after the other, each kept alive as long as the service wants, until nobody listens.
fn load(address: SocketAddr, request: &str, seen: &Seen, ended: &AtomicBool) {
    while let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(20)) {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        loop {
            let sent = stream.write_all(request.as_bytes());
            let Some(head) = sent.ok().and_then(|()| answer(&mut stream)) else {
                seen.unanswered.fetch_add(1, Ordering::Relaxed);
                break;
            };
            assert!(head.starts_with("http/1.1 200 "), "{head}");
            seen.answered.fetch_add(1, Ordering::Relaxed);
            if head.contains("\r\nconnection: close\r\n") {
                seen.closing.fetch_add(1, Ordering::Relaxed);
                break;
            }
        }
        if ended.load(Ordering::Relaxed) {
            return;
        }
    }
    seen.refused.fetch_add(1, Ordering::Relaxed);
}

/// The head in lower case, once the body is read, too; none if the connection ended before.
fn answer(stream: &mut TcpStream) -> Option<String> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&read).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1)?.lines().next()?.parse::<usize>().ok()?;
            // What the answer holds is ASCII.
            if body.len() >= length {
                return Some(format!("{head}\r\n"));
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(length) => read.extend_from_slice(&buffer[..length]),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_let_in_before_the_listener_closed_is_answered() {
    let url = mongo().await.url(&format!("test_{}_draining", std::process::id()));
    let caller = Caller::of(&url).await;
    let body = json!({"data": {"bio": "draining"}}).to_string();
    let request = caller.by_hand(&body);
    let seen = Seen::default();
    for _ in 0..STOPS {
        let service = Service::on(&url, &[("RC_ACCOUNT_DRAIN_MS", "300")]);
        let address = service.base.trim_start_matches("http://").parse().expect("an address");
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| load(address, &request, &seen, &ended));
            }
            std::thread::sleep(Duration::from_millis(300));
            service.signal("TERM");
            assert_eq!(service.end(), (Some(0), String::new()));
            ended.store(true, Ordering::Relaxed);
        });
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{} answers, {} of them closed their connection, {} unanswered, in {STOPS} stops",
        count(&seen.answered),
        count(&seen.closing),
        count(&seen.unanswered)
    );
    assert_eq!(count(&seen.unanswered), 0);
    assert!(count(&seen.closing) > 0);
    assert_eq!(count(&seen.refused), (STOPS * CLIENTS) as u64, "everybody was turned away in the end");
    super::database(&url).await.drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let url = mongo().await.url(&format!("test_{}_second_signal", std::process::id()));
    let caller = Caller::of(&url).await;
    let service = Service::on(&url, &[("RC_ACCOUNT_DRAIN_MS", "600000")]);
    service.signal("TERM");
    super::eventually("it drains", async || !service.logged("the service ends").is_empty()).await;
    assert_eq!(caller.changes(&service, "still served").await, Some(200));
    let asked = Instant::now();
    service.signal("TERM");
    assert_eq!(service.end(), (Some(0), String::new()));
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    super::database(&url).await.drop().await.expect("dropped");
}
