//! Events straight to the TCP ports of Rocket.Chat's processes: `spec/live-updates.md` door 4.
//!
//! There is no handshake and no answer; each delivery is a connection of its own.

use super::Event;
use super::delivery::Carrier;
use super::packet::{Sender, frame};
use crate::store::{Instance, Store};
use futures_util::future::join_all;
use std::io;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one process may take; others are served at the same time.
const PATIENCE: Duration = Duration::from_secs(3);

pub struct Tcp {
    store: Store,
    sender: Sender,
}

impl Tcp {
    #[must_use]
    pub fn new(store: Store) -> Tcp {
        Tcp { store, sender: Sender::new() }
    }

    fn frames(&self, events: &[Event]) -> Vec<u8> {
        let mut frames = Vec::new();
        for event in events {
            match self.sender.to_instances(event).map(|packet| frame(&packet)) {
                Ok(Some(frame)) => frames.extend(frame),
                Ok(None) => tracing::warn!(event.name = event.name(), "an event is too long to be announced"),
                Err(error) => tracing::warn!(%error, event.name = event.name(), "an event is not announced"),
            }
        }
        frames
    }
}

impl Carrier for Tcp {
    async fn carry(&self, events: &[Event]) {
        let instances = match self.store.instances().await {
            Ok(instances) => instances,
            Err(error) => return tracing::warn!(%error, "a change is not announced"),
        };
        let frames = self.frames(events);
        join_all(instances.iter().map(|instance| deliver(instance, &frames))).await;
    }
}

async fn deliver(instance: &Instance, frames: &[u8]) {
    let Some((host, port)) = &instance.tcp else { return };
    let sent = timeout(PATIENCE, send(host, *port, frames)).await;
    // An entry outlives its process by a minute or so.
    match sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut)).flatten() {
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, instance = instance.id, "an instance was not told of a change"),
    }
}

async fn send(host: &str, port: u16, frames: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(frames).await?;
    stream.shutdown().await
}
