//! Events through the NATS server that connects Rocket.Chat's processes: `docs/behaviour/live-updates.md` doors 2 and 3.

use super::delivery::Carrier;
use super::delivery_status::DeliveryStatus;
use super::listeners::Listeners;
use super::nodes::Nodes;
use super::packet::Sender;
use super::transporter::{Topology, Transporter};
use super::{Event, InstanceForm};
use crate::release::InstanceEvents;
use crate::store::{Instance, Store};
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
    status: DeliveryStatus,
}

impl Nats {
    /// Begins to connect. A server that is not there yet, or is lost, is tried again for as long as the service runs.
    ///
    /// # Errors
    /// [`ConnectError`], when it cannot even be tried.
    pub async fn connect(
        transporter: Transporter,
        store: Store,
        instance_events: InstanceForm,
    ) -> Result<Nats, ConnectError> {
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
            Topology::Monolith => Listeners::Instances(store, instance_events),
            Topology::Plain => Listeners::Subscribers,
        };
        Ok(Nats { client, sender, listeners, started: Instant::now(), status: DeliveryStatus::default() })
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

    /// Delivers them. `false` when no node listens to any.
    async fn carry_to_services(&self, events: &[Event], prefix: &str, nodes: &Nodes) -> bool {
        nodes.settled().await;
        let mut is_heard = false;
        for event in events {
            let listening = nodes.listening_to(event.name());
            is_heard |= !listening.is_empty();
            match self.sender.to_services(event) {
                Ok(packet) => {
                    for node in listening {
                        self.publish(prefix, &node, &packet).await;
                    }
                }
                Err(error) => tracing::warn!(%error, event.name = event.name(), "an event is not announced"),
            }
        }
        is_heard
    }

    /// Without moleculer: the arguments are the message.
    async fn carry_to_subscribers(&self, events: &[Event]) {
        for event in events {
            let published = match event.arguments() {
                Ok(arguments) => {
                    let subject = format!("event.{}", event.name());
                    self.client
                        .publish(subject, arguments.to_string().into())
                        .await
                        .map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = published {
                tracing::warn!(error, event.name = event.name(), "an event is not announced");
            }
        }
    }

    async fn carry_to_instances(&self, events: &[Event], instances: &[Instance], form: InstanceEvents) {
        for event in events {
            match self.sender.to_instances(event, form) {
                Ok(packets) => {
                    for packet in &packets {
                        for instance in instances {
                            self.publish(PREFIX, &instance.id, packet).await;
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, event.name = event.name(), "an event is not announced"),
            }
        }
    }
}

impl Carrier for Nats {
    async fn carry(&self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        if !self.is_connected().await {
            // Not kept until the server is back: they would be out of date by then.
            return self.status.failed("there is no connection to NATS");
        }
        let is_heard = match &self.listeners {
            Listeners::Services { prefix, nodes } => self.carry_to_services(events, prefix, nodes).await,
            Listeners::Subscribers => {
                self.carry_to_subscribers(events).await;
                true
            }
            Listeners::Instances(store, form) => match store.instances().await {
                Ok(instances) => {
                    self.carry_to_instances(events, &instances, form()).await;
                    !instances.is_empty()
                }
                Err(error) => return tracing::warn!(%error, "a change is not announced"),
            },
        };
        if !is_heard {
            return self.status.failed(self.listeners.absence());
        }
        match self.client.flush().await {
            Ok(()) => self.status.delivered(),
            Err(error) => tracing::warn!(%error, "a change may not have been announced"),
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
