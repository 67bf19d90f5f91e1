//! Events through the NATS server that connects Rocket.Chat's processes: `spec/live-updates.md` doors 2 and 3.

use super::Event;
use super::delivery::Carrier;
use super::nodes::Nodes;
use super::packet::Sender;
use super::transporter::{Topology, Transporter};
use crate::store::Store;
use async_nats::connection::State;
use async_nats::{Client, ConnectError, ConnectOptions};
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::time::Instant;

/// The prefix of all subjects; a namespace is appended.
const PREFIX: &str = "MOL";
/// How long after the start events wait for the first connection.
const FIRST_CONNECTION: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(20);

pub struct Nats {
    client: Client,
    sender: Sender,
    listeners: Listeners,
    started: Instant,
}

/// Who gets the events.
enum Listeners {
    /// The nodes with a service that listens to them.
    Services { prefix: String, nodes: Nodes },
    /// Every process that is entered in the database.
    Instances(Store),
}

impl Nats {
    /// Begins to connect. A server that is not there yet, or is lost, is sought for as long as we run.
    ///
    /// # Errors
    /// [`ConnectError`], when seeking itself is impossible.
    pub async fn connect(transporter: Transporter, store: Store) -> Result<Nats, ConnectError> {
        let sender = Sender::new();
        let client = options(&transporter).connect(&transporter.servers[..]).await?;
        let listeners = match &transporter.topology {
            Topology::MicroServices { namespace } => {
                let prefix = match namespace {
                    Some(namespace) => format!("{PREFIX}-{namespace}"),
                    None => PREFIX.to_owned(),
                };
                let nodes = Nodes::discover(client.clone(), prefix.clone(), sender.clone());
                Listeners::Services { prefix, nodes }
            }
            Topology::Monolith => Listeners::Instances(store),
        };
        Ok(Nats { client, sender, listeners, started: Instant::now() })
    }

    async fn is_connected(&self) -> bool {
        while self.client.connection_state() != State::Connected {
            if self.started.elapsed() > FIRST_CONNECTION {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    async fn publish(&self, prefix: &str, node: &str, packet: &str) {
        let subject = format!("{prefix}.EVENT.{node}");
        if let Err(error) = self.client.publish(subject, packet.to_owned().into()).await {
            tracing::warn!(%error, node, "an event is not announced");
        }
    }

    async fn carry_to_services(&self, events: &[Event], prefix: &str, nodes: &Nodes) {
        nodes.settled().await;
        for event in events {
            match self.sender.to_services(event) {
                Ok(packet) => {
                    for node in nodes.listening_to(event.name()) {
                        self.publish(prefix, &node, &packet).await;
                    }
                }
                Err(error) => tracing::warn!(%error, event.name = event.name(), "an event is not announced"),
            }
        }
    }

    async fn carry_to_instances(&self, events: &[Event], store: &Store) {
        let instances = match store.instances().await {
            Ok(instances) => instances,
            Err(error) => return tracing::warn!(%error, "a change is not announced"),
        };
        for event in events {
            match self.sender.to_instances(event) {
                Ok(packet) => {
                    for instance in &instances {
                        self.publish(PREFIX, &instance.id, &packet).await;
                    }
                }
                Err(error) => tracing::warn!(%error, event.name = event.name(), "an event is not announced"),
            }
        }
    }
}

impl Carrier for Nats {
    async fn carry(&self, events: &[Event]) {
        if !self.is_connected().await {
            // Kept until the server is back, they would tell old news.
            return tracing::warn!("a change is not announced: there is no connection to NATS");
        }
        match &self.listeners {
            Listeners::Services { prefix, nodes } => self.carry_to_services(events, prefix, nodes).await,
            Listeners::Instances(store) => self.carry_to_instances(events, store).await,
        }
        if let Err(error) = self.client.flush().await {
            tracing::warn!(%error, "a change may not have been announced");
        }
    }
}

fn options(transporter: &Transporter) -> ConnectOptions {
    let options = ConnectOptions::new().name("rc-account").retry_on_initial_connect();
    let options = options.event_callback(|event| async move { tracing::debug!(%event, "NATS") });
    match &transporter.user {
        Some(user) => {
            options.user_and_password(user.clone(), transporter.password.expose_secret().to_owned())
        }
        None => options,
    }
}
