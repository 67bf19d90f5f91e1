//! What every proxy is tried on: a workspace, the service behind a line to MongoDB that can be held, and the stand-in.

use super::client::{Answer, Caller, ROUTE};
use super::kinds::{Kind, Places, Program};
use super::ledger::Ledger;
use super::original::Original;
use super::proxy::Proxy;
use super::sidecar::Sidecar;
use crate::lacking::had;
use devstack::breaking_proxy::BreakingProxy;
use devstack::mongo::Mongo;
use devstack::supervised::free_port;
use devstack::workspace::{Person, Release, seed};
use mongodb::{Client, Database};
use reqwest::Method;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

static MONGO: OnceCell<Mongo> = OnceCell::const_new();

/// Longer than the longest pause after which an example looks for the service again.
const RETURN_PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

pub struct Stage {
    pub kind: &'static Kind,
    program: Program,
    pub database: Database,
    pub person: Person,
    pub original: Original,
    /// Between the service and MongoDB.
    pub line: BreakingProxy,
    pub ledger: Ledger,
    mongo_url: String,
    sidecar_place: String,
    changes: AtomicU32,
}

impl Stage {
    /// Nothing, where the proxy cannot be had and need not be.
    pub async fn set(kind: &'static Kind) -> Option<Stage> {
        let program = had(kind.name, kind.program().await)?;
        // Its own: the line to it is held.
        let start = async || Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
        let mongo = MONGO.get_or_init(start).await;
        let name = format!("proxies_{}", kind.name);
        let client = Client::with_uri_str(mongo.url(&name)).await.expect("a client");
        let database = client.database(&name);
        let workspace = seed(&database, Release::Eight).await.expect("a workspace");
        let line = mongo.proxy().expect("a line");
        let ledger = Ledger::begin(&database).await;
        Some(Stage {
            kind,
            program,
            person: workspace.person("plain").clone(),
            original: Original::start(&database),
            mongo_url: mongo.url_through(&line, &name),
            line,
            ledger,
            database,
            sidecar_place: format!("127.0.0.1:{}", free_port().expect("a port")),
            changes: AtomicU32::new(0),
        })
    }

    pub async fn sidecar(&self) -> Sidecar {
        Sidecar::start(&self.sidecar_place, &self.mongo_url).await
    }

    /// The proxy, which looks for the service where it is.
    pub async fn proxy(&self) -> Proxy {
        self.proxy_to(&self.sidecar_place).await
    }

    /// The proxy, which looks for the service there.
    pub async fn proxy_to(&self, sidecar: &str) -> Proxy {
        let places = Places {
            listen: format!("127.0.0.1:{}", free_port().expect("a port")),
            sidecar: sidecar.to_owned(),
            original: self.original.place.clone(),
        };
        let proxy = Proxy::start(self.kind, &self.program, &places).await;
        self.original.take();
        proxy
    }

    /// A text that no other change has.
    pub fn new_bio(&self) -> String {
        format!("change {}", self.changes.fetch_add(1, Ordering::Relaxed))
    }

    /// A change of the person's profile by a new caller.
    pub fn change(&self, proxy: &Proxy, bio: &str) -> reqwest::RequestBuilder {
        self.change_by(&Caller::new(), proxy, bio)
    }

    pub fn change_by(&self, caller: &Caller, proxy: &Proxy, bio: &str) -> reqwest::RequestBuilder {
        let mut request = caller.request(Method::POST, &format!("{}{ROUTE}", proxy.base));
        if !self.kind.writes_addresses {
            // As the proxy before this one does.
            request = request.header("X-Forwarded-For", caller.address.to_string());
        }
        request = request.header("X-User-Id", &self.person.id).header("X-Auth-Token", &self.person.token);
        request.json(&json!({"data": {"bio": bio}}))
    }

    /// Waits until the proxy gives the route to the service.
    pub async fn is_routed(&self, proxy: &Proxy) {
        let deadline = Instant::now() + RETURN_PATIENCE;
        loop {
            let request = Caller::new().request(Method::POST, &format!("{}{ROUTE}", proxy.base));
            let answer = Answer::to(request.json(&json!({"data": {}}))).await;
            if answer.is_by_the_sidecar() {
                break;
            }
            let name = self.kind.name;
            assert!(
                Instant::now() < deadline,
                "{name} does not use the service: {answer:?}\n{}",
                proxy.log()
            );
            tokio::time::sleep(POLL).await;
        }
        self.original.take();
    }
}
