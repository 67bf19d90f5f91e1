//! A real replica set of three, whose members can be killed, frozen, cut off and told to step down.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use mongodb::bson::{Document, doc, oid::ObjectId};
use tokio::time::timeout;

use super::replica_set::{self, START_PATIENCE, client_of, hello};
use super::{Progress, mongod};
use crate::breaking_proxy::BreakingProxy;
use crate::supervised::Supervised;

/// More than an election takes, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(100);
/// A member that does not answer for so long is frozen or cut off.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// For how long a primary that steps down does not become one again.
const STEP_DOWN_SECONDS: i32 = 60;

/// How a [`ThreeNodes`] deviates from the ordinary.
#[derive(Debug, Clone, Copy)]
pub struct ThreeNodesOptions {
    /// The last of the three is an arbiter: it votes and holds no data.
    pub arbiter: bool,
    /// For how long a primary must be away before the others elect another one.
    pub election_timeout: Duration,
    /// Clients and members reach each member through its [`ThreeNodes::proxy`].
    pub proxied: bool,
}

impl Default for ThreeNodesOptions {
    /// Three with data, MongoDB's own election timeout, no proxies.
    fn default() -> Self {
        Self { arbiter: false, election_timeout: Duration::from_secs(10), proxied: false }
    }
}

/// A running replica set of three. It ends when it is dropped.
pub struct ThreeNodes {
    members: Vec<Member>,
}

struct Member {
    server: Supervised,
    port: u16,
    proxy: Option<BreakingProxy>,
}

impl ThreeNodes {
    /// Starts them and waits until the first one is primary and the others follow it.
    pub async fn start(options: ThreeNodesOptions, progress: Progress<'_>) -> anyhow::Result<Self> {
        let program = mongod::locate(progress).await?;
        let mut members = Vec::new();
        for _ in 0..3 {
            let (server, port) = mongod::listening(&program, &|_, _| Ok(()), progress).await?;
            let proxy = options.proxied.then(|| BreakingProxy::start(([127, 0, 0, 1], port).into()));
            members.push(Member { server, port, proxy: proxy.transpose()? });
        }
        let nodes = Self { members };
        nodes.initiate(options, progress).await?;
        Ok(nodes)
    }

    async fn initiate(&self, options: ThreeNodesOptions, progress: Progress<'_>) -> anyhow::Result<()> {
        progress("MongoDB: making them a replica set");
        let members: Vec<Document> = (0..)
            .zip(&self.members)
            .map(|(id, member)| {
                doc! { "_id": id, "host": member.address(), "arbiterOnly": options.arbiter && id == 2 }
            })
            .collect();
        let election_timeout = i64::try_from(options.election_timeout.as_millis())?;
        let settings = doc! { "electionTimeoutMillis": election_timeout };
        let config = doc! { "_id": replica_set::NAME, "members": members, "settings": settings };
        let (first, deadline) = (&self.members[0], Instant::now() + START_PATIENCE);
        let client = client_of(first.port)?;
        let admin = client.database("admin");
        admin.run_command(doc! { "replSetInitiate": config }).await.context("replSetInitiate")?;
        while !hello(&client).await?.get_bool("isWritablePrimary").unwrap_or(false) {
            // Otherwise it waits for the whole election timeout; it refuses as long as it cannot be elected.
            admin.run_command(doc! { "replSetStepUp": 1 }).await.ok();
            replica_set::pause(deadline, &first.server).await.context("it does not become primary")?;
        }
        client.shutdown().await;
        for member in &self.members {
            replica_set::becomes(replica_set::READY, member.port, &member.server).await?;
        }
        Ok(())
    }

    /// The connection string for one database, with all three in it.
    pub fn url(&self, database: &str) -> String {
        let hosts: Vec<String> = self.members.iter().map(Member::address).collect();
        format!("mongodb://{}/{database}?replicaSet={}", hosts.join(","), replica_set::NAME)
    }

    /// The connection string for one database in that member alone.
    pub fn url_of(&self, member: usize, database: &str) -> String {
        format!("mongodb://{}/{database}?directConnection=true", self.members[member].address())
    }

    /// What stands before that member.
    ///
    /// # Panics
    /// If they were started without proxies.
    pub fn proxy(&self, member: usize) -> &BreakingProxy {
        self.members[member].proxy.as_ref().expect("started with proxies")
    }

    /// Waits until there is a primary, and tells which member it is.
    pub async fn primary(&self) -> anyhow::Result<usize> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // One that was cut off takes itself for the primary for a while; the latest election counts.
            let mut latest: Option<(ObjectId, usize)> = None;
            for (number, member) in self.members.iter().enumerate() {
                latest = latest.max(member.election().await.map(|election| (election, number)));
            }
            if let Some((_, number)) = latest {
                return Ok(number);
            }
            ensure!(Instant::now() < deadline, "no primary within {PATIENCE:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Kills the primary, as a crash does, and tells which member it was.
    pub async fn kill_primary(&self) -> anyhow::Result<usize> {
        let primary = self.primary().await?;
        self.kill(primary).await?;
        Ok(primary)
    }

    /// Kills that member and waits until it is gone; its data stay.
    pub async fn kill(&self, member: usize) -> anyhow::Result<()> {
        self.members[member].server.kill().await
    }

    /// Tells the primary to make way in good order, for a minute, and tells which member it was.
    pub async fn step_down(&self) -> anyhow::Result<usize> {
        self.step_down_for(STEP_DOWN_SECONDS).await
    }

    /// The same, for that many seconds.
    pub async fn step_down_for(&self, seconds: i32) -> anyhow::Result<usize> {
        let primary = self.primary().await?;
        let client = client_of(self.members[primary].port)?;
        // The others get a third of the time to catch up, at least a second.
        let command = doc! { "replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": (seconds / 3).max(1) };
        client.database("admin").run_command(command).await.context("replSetStepDown")?;
        client.shutdown().await;
        Ok(primary)
    }

    /// That member stands still: it keeps its connections and answers nothing.
    pub fn freeze(&self, member: usize) -> anyhow::Result<()> {
        self.members[member].server.signal("STOP")
    }

    /// It goes on.
    pub fn thaw(&self, member: usize) -> anyhow::Result<()> {
        self.members[member].server.signal("CONT")
    }

    /// Starts that member again with its data, and waits until it takes part.
    pub async fn restart(&mut self, member: usize) -> anyhow::Result<()> {
        let Member { server, port, .. } = &mut self.members[member];
        server.restart().await?;
        replica_set::listens(*port, server).await?;
        replica_set::becomes(replica_set::READY, *port, server).await
    }

    /// Stops all and waits until their folders are gone.
    pub async fn stop(self) -> anyhow::Result<()> {
        for member in self.members {
            member.server.stop().await.context("mongod")?;
        }
        Ok(())
    }
}

impl Member {
    /// Where the others and the clients look for it.
    fn address(&self) -> String {
        match &self.proxy {
            Some(proxy) => proxy.address().to_string(),
            None => format!("127.0.0.1:{}", self.port),
        }
    }

    /// The election that it won, if it is primary.
    async fn election(&self) -> Option<ObjectId> {
        if self.server.has_ended() {
            return None;
        }
        let client = client_of(self.port).ok()?;
        let told = timeout(ANSWER_PATIENCE, hello(&client)).await.ok()?.ok()?;
        client.shutdown().immediate(true).await;
        let is_primary = told.get_bool("isWritablePrimary").unwrap_or(false);
        is_primary.then(|| told.get_object_id("electionId").ok()).flatten()
    }
}
