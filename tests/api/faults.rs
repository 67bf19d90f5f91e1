//! Lines that break and databases that stand still or die, seen from outside the real program.

mod abandoned;
mod cut;
mod dead_instance;
mod draining;
mod frozen;
mod minority;
mod rights;

use crate::support::{ROUTE, Service, head, mongo};
use devstack::breaking_proxy::Mode;
use devstack::workspace::{Person, Release, seed};
use mongodb::Client;
use mongodb::Database;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Someone who changes their bio again and again.
#[derive(Clone)]
struct Caller {
    http: reqwest::Client,
    person: Person,
}

impl Caller {
    /// Of a fresh workspace in that database.
    async fn of(mongo_url: &str) -> Caller {
        let [caller] = Caller::all(mongo_url, ["plain"]).await;
        caller
    }

    async fn all<const N: usize>(mongo_url: &str, handles: [&str; N]) -> [Caller; N] {
        let workspace = seed(&database(mongo_url).await, Release::Eight).await.expect("a workspace");
        handles
            .map(|handle| Caller { http: devstack::http::client(), person: workspace.person(handle).clone() })
    }

    /// The status; none if the connection ended without an answer.
    async fn changes(&self, service: &Service, bio: &str) -> Option<u16> {
        self.sends(service, &json!({"bio": bio})).await.ok().map(|(status, _)| status)
    }

    /// Status and body.
    async fn sends(&self, service: &Service, data: &Value) -> reqwest::Result<(u16, String)> {
        let request = self
            .http
            .post(format!("{}{ROUTE}", service.base))
            .header("X-User-Id", &self.person.id)
            .header("X-Auth-Token", &self.person.token)
            .json(&json!({"data": data}));
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// A change as text, for those who write to a socket themselves.
    fn by_hand(&self, body: &str) -> String {
        let lines = format!("Content-Length: {}\r\n", body.len());
        head(ROUTE, Some(&self.person), &lines) + body
    }

    /// What is stored of the user.
    async fn stored(&self, mongo_url: &str) -> Document {
        let users = database(mongo_url).await.collection::<Document>("users");
        users.find_one(doc! {"_id": &self.person.id}).await.expect("find").expect("a user")
    }

    /// Changes until that succeeds.
    async fn succeeds(&self, service: &Service) {
        let deadline = Instant::now() + PATIENCE;
        while self.changes(service, "again").await != Some(200) {
            assert!(Instant::now() < deadline, "it does not recover: {:?}", service.logged("ERROR"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn database(mongo_url: &str) -> Database {
    let client = Client::with_uri_str(mongo_url).await.expect("a client");
    client.default_database().expect("a database")
}

/// Tries until it holds, and tells how long that took.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_direct_connection_it_stays_with_a_proxy_and_recovers_when_its_line_was_broken() {
    let mongo = mongo().await;
    let Ok(proxy) = mongo.proxy() else { return };
    let name = format!("test_{}_faults", std::process::id());
    let caller = Caller::of(&mongo.url(&name)).await;
    let service = Service::on(&mongo.url_through(&proxy, &name), &[]);
    caller.succeeds(&service).await;
    proxy.reset_open();
    caller.succeeds(&service).await;
    proxy.behave(Mode::RefuseNew);
    proxy.reset_open();
    assert_ne!(caller.changes(&service, "nowhere").await, Some(200), "it went past the proxy");
    proxy.behave(Mode::Pass);
    caller.succeeds(&service).await;

    let before = service.memory();
    service.forget_memory_peak();
    let after = service.memory();
    assert!(0 < before.now && before.now <= before.peak && after.peak <= before.peak, "{before:?} {after:?}");
    service.kill();
    let client = Client::with_uri_str(mongo.url(&name)).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
}
