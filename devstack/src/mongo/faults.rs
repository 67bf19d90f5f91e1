//! What may happen to a MongoDB that a test has started for itself.

use anyhow::Context;

use super::{Mongo, replica_set};
use crate::breaking_proxy::BreakingProxy;
use crate::supervised::Supervised;

impl Mongo {
    /// A proxy in front of our own server; [`Mongo::url_through`] leads through it.
    pub fn proxy(&self) -> anyhow::Result<BreakingProxy> {
        self.own()?;
        BreakingProxy::start(([127, 0, 0, 1], self.port).into())
    }

    /// The connection string for one database through the proxy. The client stays with this one server.
    pub fn url_through(&self, proxy: &BreakingProxy, database: &str) -> String {
        self.address.directly_at(proxy.address(), database)
    }

    /// Our own server stands still: it keeps its connections and answers nothing.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.own()?.signal("STOP")
    }

    /// It goes on.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.own()?.signal("CONT")
    }

    /// Kills our own server and waits until it is gone; its data stay.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.own()?.kill().await
    }

    /// Starts our own server again, on the same port with the same data, and waits until it takes writes.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let server = self.server.as_mut().context("a given MongoDB is not ours to restart")?;
        server.restart().await?;
        replica_set::listens(self.port, server).await?;
        replica_set::becomes(replica_set::PRIMARY, self.port, server).await
    }

    fn own(&self) -> anyhow::Result<&Supervised> {
        self.server.as_ref().context("a given MongoDB is not ours to break")
    }
}
