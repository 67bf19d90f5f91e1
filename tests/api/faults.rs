//! Lines that break and databases that stand still or die, seen from outside the real program.

use crate::support::{ROUTE, Service, http_client, mongo};
use devstack::breaking_proxy::Mode;
use devstack::workspace::{Person, Release, seed};
use mongodb::Client;
use serde_json::json;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Someone who changes their bio again and again.
struct Caller {
    http: reqwest::Client,
    person: Person,
}

impl Caller {
    /// Of a fresh workspace in that database.
    async fn of(mongo_url: &str) -> Caller {
        let client = Client::with_uri_str(mongo_url).await.expect("a client");
        let database = client.default_database().expect("a database");
        let workspace = seed(&database, Release::Eight).await.expect("a workspace");
        Caller { http: http_client(), person: workspace.person("plain").clone() }
    }

    /// The status; none if the connection ended without an answer.
    async fn changes(&self, service: &Service, bio: &str) -> Option<u16> {
        let request = self
            .http
            .post(format!("{}{ROUTE}", service.base))
            .header("X-User-Id", &self.person.id)
            .header("X-Auth-Token", &self.person.token)
            .json(&json!({"data": {"bio": bio}}));
        Some(request.send().await.ok()?.status().as_u16())
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
