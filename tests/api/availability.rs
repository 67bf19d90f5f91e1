//! What callers see while the database is away or the service ends: an answer, and never one that blames nobody.

use crate::support::{ROUTE, Service, connect, mongo};
use devstack::mongo::{Mongo, ThreeNodes, ThreeNodesOptions};
use devstack::workspace::{Person, Release, seed};
use mongodb::Client;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long anybody waits for an answer at most.
const PATIENCE: Duration = Duration::from_secs(60);
const CLIENTS: usize = 20;
const TERMINATIONS: usize = 20;

async fn person_of(mongo_url: &str) -> Person {
    let client = Client::with_uri_str(mongo_url).await.expect("a client");
    let database = client.default_database().expect("a database");
    seed(&database, Release::Eight).await.expect("a workspace").person("plain").clone()
}

/// The status of a change, or why there is none, and how long it took.
async fn changes(http: &reqwest::Client, base: &str, person: &Person) -> (String, Duration) {
    let begin = Instant::now();
    let request = http
        .post(format!("{base}{ROUTE}"))
        .header("X-User-Id", &person.id)
        .header("X-Auth-Token", &person.token)
        .timeout(PATIENCE)
        .json(&json!({"data": {"bio": "changed"}}));
    let seen = match request.send().await {
        Ok(answer) => answer.status().as_u16().to_string(),
        Err(error) if error.is_timeout() => "no answer in time".to_owned(),
        Err(_) => "no answer".to_owned(),
    };
    (seen, begin.elapsed())
}

/// What several clients saw, how often, and the slowest of each.
type Seen = BTreeMap<String, (usize, Duration)>;

fn note(seen: &mut Seen, (status, took): (String, Duration)) {
    let (count, slowest) = seen.entry(status).or_default();
    *count += 1;
    *slowest = took.max(*slowest);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_killed_primary_is_replaced_nobody_gets_a_500() {
    let nodes = ThreeNodes::start(ThreeNodesOptions::default(), &|_| ()).await.expect("three nodes");
    let url = nodes.url("rocketchat");
    let person = person_of(&url).await;
    let service = Service::on(&url, &[]);
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (base, person, is_over) = (service.base.clone(), person.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let (http, mut seen) = (devstack::http::client(), Seen::new());
                while !is_over.load(Ordering::Relaxed) {
                    note(&mut seen, changes(&http, &base, &person).await);
                }
                seen
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let killed = nodes.kill_primary().await.expect("killed");
    let begin = Instant::now();
    while nodes.primary().await.expect("a successor") == killed {}
    let elected = begin.elapsed();
    let http = devstack::http::client();
    while changes(&http, &service.base, &person).await.0 != "200" {
        assert!(begin.elapsed() < 2 * PATIENCE, "it does not recover");
    }
    let recovered = begin.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let mut seen = Seen::new();
    for client in clients {
        for (status, (count, slowest)) in client.await.expect("no panic") {
            let of_all = seen.entry(status).or_default();
            *of_all = (of_all.0 + count, slowest.max(of_all.1));
        }
    }
    println!("a new primary after {elected:?}, a change saved after {recovered:?}; seen: {seen:?}");
    assert!(seen.keys().all(|status| ["200", "503"].contains(&status.as_str())), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_stands_still_everybody_gets_an_answer() {
    let mongo = Mongo::start_own(&|_| ()).await.expect("a MongoDB");
    let url = mongo.url("rocketchat");
    let person = person_of(&url).await;
    let service = Service::on(&url, &[]);
    let http = devstack::http::client();
    assert_eq!(changes(&http, &service.base, &person).await.0, "200");
    mongo.freeze().expect("frozen");
    let mut seen = Seen::new();
    let asked = (0..CLIENTS).map(|_| changes(&http, &service.base, &person));
    futures_util::future::join_all(asked).await.into_iter().for_each(|one| note(&mut seen, one));
    println!("seen: {seen:?}");
    mongo.thaw().expect("thawed");
    let begin = Instant::now();
    while changes(&http, &service.base, &person).await.0 != "200" {
        assert!(begin.elapsed() < PATIENCE, "it does not recover");
    }
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["503"], "{seen:?}");
}

/// Sends on one connection until an answer says that it closes; `false` if a request got no answer.
fn is_always_answered(base: &str, request: &str, answered: &AtomicU64) -> bool {
    let mut stream = connect(base);
    loop {
        if stream.write_all(request.as_bytes()).is_err() {
            return false;
        }
        let mut answer = Vec::new();
        // An answer is a head and, on this route, an object.
        while !answer.ends_with(b"}") {
            let mut part = [0; 4096];
            match stream.read(&mut part) {
                Ok(count) if count > 0 => answer.extend_from_slice(&part[..count]),
                _ => return false,
            }
        }
        answered.fetch_add(1, Ordering::Relaxed);
        let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200 "), "{answer}");
        if answer.contains("\r\nconnection: close\r\n") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(rand::random_range(0..5)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_leaves_no_request_unanswered() {
    let name = format!("test_{}_terminations", std::process::id());
    let url = mongo().await.url(&name);
    let person = person_of(&url).await;
    let body = r#"{"data":{"bio":"changed"}}"#;
    let request = format!(
        "POST {ROUTE} HTTP/1.1\r\nHost: localhost\r\nX-User-Id: {}\r\nX-Auth-Token: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        person.id,
        person.token,
        body.len(),
    );
    let (answered, mut unanswered) = (AtomicU64::new(0), 0);
    for _ in 0..TERMINATIONS {
        let service = Service::on(&url, &[("RC_ACCOUNT_DRAIN_MS", "1000")]);
        unanswered += std::thread::scope(|scope| {
            let client = || is_always_answered(&service.base, &request, &answered);
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            std::thread::sleep(Duration::from_millis(300));
            service.signal("TERM");
            clients.into_iter().map(|client| client.join().expect("200")).filter(|ok| !ok).count()
        });
        assert_eq!(service.end(), (Some(0), String::new()));
    }
    println!("{TERMINATIONS} terminations: {answered:?} requests were answered, {unanswered} were not");
    let client = Client::with_uri_str(mongo().await.url(&name)).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
    assert_eq!(unanswered, 0);
}
