//! A client hangs up and sends another change: the abandoned request never undoes what the later one was told is saved.

use super::{Caller, Service, database};
use crate::support::mongo;
use devstack::breaking_proxy::Mode;
use serde_json::json;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

const ROUNDS: u64 = 60;

/// Sends the change and hangs up after a while, without waiting for an answer.
async fn abandons(caller: &Caller, service: &Service, bio: &str, after: Duration) {
    let mut stream = TcpStream::connect(service.base.trim_start_matches("http://")).expect("a connection");
    let body = json!({"data": {"bio": bio}}).to_string();
    let request = caller.by_hand(&body);
    stream.write_all(request.as_bytes()).expect("sent");
    tokio::time::sleep(after).await;
    stream.shutdown(Shutdown::Both).expect("hung up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_request_never_changes_what_a_later_one_was_told_is_saved() {
    let mongo = mongo().await;
    let Ok(proxy) = mongo.proxy() else { return };
    let name = format!("test_{}_abandoned", std::process::id());
    let url = mongo.url(&name);
    let caller = Caller::of(&url).await;
    let service = Service::on(&mongo.url_through(&proxy, &name), &[]);
    caller.succeeds(&service).await;
    let mut undone = Vec::new();
    for round in 0..ROUNDS {
        // Held in its first read, in its write, or somewhere between; some have their line broken and go on by another.
        proxy.behave(match round % 3 {
            0 => Mode::HoldAnswers,
            1 => Mode::Stall,
            _ => Mode::Delay { to_server: Duration::ZERO, to_client: Duration::from_millis(round % 20) },
        });
        abandons(&caller, &service, &format!("abandoned {round}"), Duration::from_millis(10 + round % 7))
            .await;
        if round % 4 == 3 {
            proxy.reset_open();
        }
        proxy.behave(Mode::Pass);
        let later = format!("later {round}");
        let told = caller.changes(&service, &later).await;
        // Whatever is still under way ends meanwhile.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let stored = caller.stored(&url).await;
        if told == Some(200) && stored.get_str("bio").ok() != Some(later.as_str()) {
            undone.push((round, stored.get_str("bio").map(str::to_owned)));
        }
    }
    assert!(undone.is_empty(), "{} of {ROUNDS}: {undone:?}", undone.len());
    service.kill();
    database(&url).await.drop().await.expect("dropped");
}
