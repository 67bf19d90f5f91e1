//! What is broken: a replica set of three behind proxies, two instances of the service behind one each, a mail server.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use devstack::breaking_proxy::BreakingProxy;
use devstack::mongo::{ThreeNodes, ThreeNodesOptions};
use devstack::smtp::Sink;
use devstack::supervised::{Supervised, free_port};
use devstack::workspace::{Release, seed};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};

use super::kinds::ELECTION_TIMEOUT;
use super::people;
use super::places::{Everybody, Places};

pub const ROUTE: &str = "/api/v1/users.updateOwnBasicInfo";
const DATABASE: &str = "faults";
const INSTANCES: usize = 2;
const MESSAGES: usize = 300;
const START_PATIENCE: Duration = Duration::from_secs(60);

pub struct Stage {
    pub nodes: ThreeNodes,
    pub instances: Vec<Instance>,
    pub sink: Arc<Sink>,
    pub database: Database,
    pub http: reqwest::Client,
    pub places: Places,
    /// The names that users began with.
    pub then: Everybody,
}

pub struct Instance {
    pub program: Supervised,
    /// Clients reach it through this one.
    pub line: BreakingProxy,
}

/// What a client has to know.
#[derive(Clone)]
pub struct Surroundings {
    /// Of both instances.
    pub bases: Vec<String>,
    pub database: Database,
    pub sink: Arc<Sink>,
}

impl Stage {
    pub async fn set(seed_of_places: u64) -> anyhow::Result<Stage> {
        let options =
            ThreeNodesOptions { election_timeout: ELECTION_TIMEOUT, proxied: true, ..Default::default() };
        let nodes = ThreeNodes::start(options, &|step| eprintln!("{step}")).await?;
        let url = nodes.url(DATABASE);
        let database = Client::with_uri_str(&url).await?.database(DATABASE);
        let workspace = seed(&database, Release::Eight).await?;
        people::fill(&database, &workspace.person("plain").id).await?;
        // Otherwise one code would do for all changes of half an hour.
        let remember = doc! {"_id": "Accounts_TwoFactorAuthentication_RememberFor"};
        let settings = database.collection::<Document>("rocketchat_settings");
        settings.update_one(remember, doc! {"$set": {"value": 0}}).upsert(true).await?;
        let users = (0..people::COUNT).map(|number| people::user(number).id).collect();
        let places = Places::new(seed_of_places, users, MESSAGES);
        let then: Everybody = (0..people::COUNT).map(people::names).collect();
        places.write(&database, &then).await;
        places.name_users(&database, &then).await;
        let sink = Arc::new(Sink::start().await);
        let mut instances = Vec::new();
        for number in 0..INSTANCES {
            instances.push(Instance::start(number, &url, sink.port())?);
        }
        let http = devstack::http::client();
        let stage = Stage { nodes, instances, sink, database, http, places, then };
        let begin = Instant::now();
        for base in stage.surroundings().bases {
            while !stage
                .http
                .get(format!("{base}/health"))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                ensure!(begin.elapsed() < START_PATIENCE, "the service does not start: {}", stage.logs(20)?);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(stage)
    }

    pub fn surroundings(&self) -> Surroundings {
        let base = |instance: &Instance| format!("http://{}", instance.line.address());
        Surroundings {
            bases: self.instances.iter().map(base).collect(),
            database: self.database.clone(),
            sink: Arc::clone(&self.sink),
        }
    }

    /// The last lines of both.
    fn logs(&self, lines: usize) -> anyhow::Result<String> {
        let tails = self.instances.iter().map(|instance| instance.program.log_tail(lines));
        Ok(tails.collect::<Vec<_>>().join("\n"))
    }

    /// Everything that both instances have said.
    pub fn whole_log(&self) -> anyhow::Result<String> {
        let mut whole = String::new();
        for instance in &self.instances {
            let log = std::fs::read(instance.program.folder().join("log")).context("a log")?;
            whole.push_str(&String::from_utf8_lossy(&log));
        }
        Ok(whole)
    }

    pub async fn end(self) -> anyhow::Result<()> {
        for instance in self.instances {
            instance.program.stop().await?;
        }
        self.nodes.stop().await
    }
}

impl Instance {
    fn start(number: usize, mongo_url: &str, mail_port: u16) -> anyhow::Result<Instance> {
        let port = free_port()?;
        let program = Supervised::start(&format!("instance-{number}"), |_| {
            let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_rc-account")));
            command.arg("serve").envs([
                ("MONGO_URL", mongo_url),
                ("PORT", &port.to_string()),
                ("BIND_IP", "127.0.0.1"),
                ("MAIL_URL", &format!("smtp://127.0.0.1:{mail_port}?ignoreTLS=true")),
                ("RC_ACCOUNT_RELEASE", "8.8.1"),
                ("RC_ACCOUNT_OPS_BIND", ""),
                ("RC_ACCOUNT_RATE_LIMIT", "off"),
                ("RC_ACCOUNT_GUESS_BUDGET", "off"),
                ("RC_ACCOUNT_MAIL_LIMIT", "off"),
                ("RC_ACCOUNT_RENAME_WAIT_MS", "500"),
            ]);
            Ok(command)
        })?;
        Ok(Instance { program, line: BreakingProxy::start(([127, 0, 0, 1], port).into())? })
    }
}
