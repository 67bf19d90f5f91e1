//! Events straight to the TCP ports of Rocket.Chat's processes: `docs/behaviour/live-updates.md` door 4.
//!
//! There is no handshake and no answer; each delivery is a connection of its own.

use super::delivery::Carrier;
use super::delivery_status::DeliveryStatus;
use super::packet::{Sender, frame};
use super::unreachable_hosts::UnreachableHosts;
use super::{Event, InstanceForm};
use crate::store::{Instance, Store};
use futures_util::future::join_all;
use std::io;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// How long one process may take; others are served at the same time.
const INSTANCE_TIMEOUT: Duration = Duration::from_secs(3);

pub struct Tcp {
    store: Store,
    sender: Sender,
    instance_events: InstanceForm,
    unreachable: UnreachableHosts,
    status: DeliveryStatus,
}

impl Tcp {
    #[must_use]
    pub fn new(store: Store, instance_events: InstanceForm) -> Tcp {
        Tcp {
            store,
            sender: Sender::new(),
            instance_events,
            unreachable: UnreachableHosts::default(),
            status: DeliveryStatus::default(),
        }
    }

    fn frames(&self, events: &[Event]) -> Vec<u8> {
        let mut frames = Vec::new();
        for event in events {
            let packets = match self.sender.to_instances(event, (self.instance_events)()) {
                Ok(packets) => packets,
                Err(error) => {
                    tracing::warn!(%error, event.name = event.name(), "an event is not announced");
                    continue;
                }
            };
            for packet in packets {
                match frame(&packet) {
                    Some(frame) => frames.extend(frame),
                    None => tracing::warn!(event.name = event.name(), "an event is too long to be announced"),
                }
            }
        }
        frames
    }

    /// Whether the instance has taken them.
    async fn deliver(&self, instance: &Instance, frames: &[u8]) -> bool {
        let Some(address) = &instance.tcp else { return false };
        if self.unreachable.contains(address, Instant::now()) {
            return false;
        }
        let sent = timeout(INSTANCE_TIMEOUT, send(address, frames)).await;
        if sent.is_err() {
            self.unreachable.insert(address, Instant::now());
        }
        // Expected now and then: an entry outlives its process by about a minute.
        match sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut)).flatten() {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, instance = instance.id, "an instance was not told of a change");
                false
            }
        }
    }
}

impl Carrier for Tcp {
    async fn carry(&self, events: &[Event]) {
        let instances = match self.store.instances().await {
            Ok(instances) => instances,
            Err(error) => return tracing::warn!(%error, "a change is not announced"),
        };
        let frames = self.frames(events);
        if frames.is_empty() {
            return;
        }
        let delivered = join_all(instances.iter().map(|instance| self.deliver(instance, &frames))).await;
        if delivered.contains(&true) {
            self.status.delivered();
        } else {
            self.status
                .failed("no Rocket.Chat takes them where its entry in `instances` says that it listens");
        }
    }
}

async fn send((host, port): &(String, u16), frames: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect((host.as_str(), *port)).await?;
    stream.write_all(frames).await?;
    stream.shutdown().await
}
