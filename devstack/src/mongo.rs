//! A real MongoDB replica set for development: the one named by `RC_DEV_MONGO_URL`, else a `mongod` of our own that
//! ends with this process.

mod access;
mod address;
mod faults;
mod mongod;
pub(crate) mod progress;
mod replica_set;
mod three_nodes;
mod tls;

use std::path::{Path, PathBuf};

use anyhow::Context;

pub use self::access::{privilege, read_write};
use self::address::Address;
pub use self::progress::Progress;
pub use self::three_nodes::{ThreeNodes, ThreeNodesOptions};
use crate::supervised::Supervised;

/// The variable that names a MongoDB to use instead of starting one.
pub const URL_VARIABLE: &str = "RC_DEV_MONGO_URL";

/// A `mongod` of this machine, for anyone who needs one of another kind.
///
/// # Errors
/// Where there is none; a container engine is no help here.
pub async fn program(progress: Progress<'_>) -> anyhow::Result<PathBuf> {
    mongod::program(progress).await
}

/// A MongoDB replica set whose primary takes writes.
///
/// Holds no client and nothing of an async runtime, so it can live in a static that tests of many runtimes share.
#[derive(Debug)]
pub struct Mongo {
    address: Address,
    server: Option<Supervised>,
    /// Of our own server; 0 if it is not our own.
    port: u16,
}

impl Mongo {
    /// Uses the MongoDB of [`URL_VARIABLE`], or gets and starts one.
    pub async fn start(progress: Progress<'_>) -> anyhow::Result<Self> {
        if let Some(url) = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty()) {
            progress("MongoDB: using the one of RC_DEV_MONGO_URL");
            let address = Address::parse(&url).context(URL_VARIABLE)?;
            replica_set::check(&url).await.context(URL_VARIABLE)?;
            return Ok(Self { address, server: None, port: 0 });
        }
        Self::start_own(progress).await
    }

    /// Gets and starts one that is not shared with anybody, so that it may be frozen or killed.
    pub async fn start_own(progress: Progress<'_>) -> anyhow::Result<Self> {
        Self::start_with(&|_, _| Ok(()), progress).await
    }

    async fn start_with(add: mongod::Arguments<'_>, progress: Progress<'_>) -> anyhow::Result<Self> {
        let program = mongod::locate(progress).await?;
        let (server, port) = mongod::start(&program, add, progress).await?;
        let address =
            Address::parse(&format!("mongodb://127.0.0.1:{port}/?replicaSet={}", replica_set::NAME))?;
        Ok(Self { address, server: Some(server), port })
    }

    /// The complete connection string for one database, as `MONGO_URL` wants it.
    pub fn url(&self, database: &str) -> String {
        self.address.with_database(database)
    }

    /// Host and port of our own server.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where our own server keeps its data; none if it is not our own.
    pub fn folder(&self) -> Option<&Path> {
        self.server.as_ref().map(Supervised::folder)
    }

    /// Stops our own server and waits until its folder is gone; a given one keeps running.
    pub async fn stop(self) -> anyhow::Result<()> {
        if let Some(server) = self.server {
            server.stop().await.context("mongod")?;
        }
        Ok(())
    }
}
