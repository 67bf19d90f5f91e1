//! The queue in front of the delivery: callers put in what is to be announced and go on; a task of its own delivers.

use super::NoCertificates;
use super::delivery::{self, Gathering};
use super::delivery_status::count;
use super::nats::Nats;
use super::queue::queue;
use super::tcp::Tcp;
use super::touch::{Touch, TouchClient};
use super::{Channel, Event, InstanceForm};
use crate::store::Store;
use futures_util::FutureExt;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long what is left may take when the service stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes what is to be told. Cheap to clone.
#[derive(Clone)]
pub struct Announcer {
    sender: Sender,
}

#[derive(Clone)]
enum Sender {
    Off,
    Touches(mpsc::Sender<Touch>),
    Events(mpsc::Sender<Gathering>),
}

/// The running delivery. Dropping it ends it at once.
pub struct Announcing {
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Announcer {
    /// Starts the delivery through this channel. No Rocket.Chat needs to be there yet. `instance_events` tells how
    /// whole instances of the present version tell each other of events.
    ///
    /// # Errors
    /// [`NoCertificates`].
    pub fn start(
        channel: Channel,
        store: Store,
        instance_events: InstanceForm,
    ) -> Result<(Announcer, Announcing), NoCertificates> {
        let (sender, stop, task) = match channel {
            Channel::Off => return Ok((Announcer { sender: Sender::Off }, Announcing::none())),
            Channel::Touch(upstream) => {
                let client = TouchClient::new(&upstream)?;
                let (sender, queue, stop) = queue();
                (Sender::Touches(sender), stop, tokio::spawn(client.run(queue)))
            }
            Channel::Nats(transporter) => {
                let (sender, queue, stop) = queue();
                let task = async move {
                    match Nats::connect(transporter, store, instance_events).await {
                        Ok(nats) => delivery::run(queue, nats).await,
                        Err(error) => tracing::error!(%error, "nothing is announced: NATS cannot be used"),
                    }
                };
                (Sender::Events(sender), stop, tokio::spawn(task))
            }
            Channel::Tcp => {
                let (sender, queue, stop) = queue();
                (
                    Sender::Events(sender),
                    stop,
                    tokio::spawn(delivery::run(queue, Tcp::new(store, instance_events))),
                )
            }
        };
        Ok((Announcer { sender }, Announcing { stop: Some(stop), task: Some(task) }))
    }

    /// Whether anything is announced at all.
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self.sender, Sender::Off)
    }

    /// Whether events are heard; where they are not, nobody needs to gather what they hold.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        matches!(self.sender, Sender::Events(_))
    }

    /// Tells these events, in this order, after all that was told before. Never waits.
    pub fn events(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.gather(async { events });
        }
    }

    /// Tells events that are still to be looked up, which happens when it is their turn. Never waits.
    pub fn gather(&self, events: impl Future<Output = Vec<Event>> + Send + 'static) {
        if let Sender::Events(sender) = &self.sender {
            put(sender, events.boxed());
        }
    }

    /// Has Rocket.Chat announce the user as it is now. Never waits.
    pub fn touch(&self, touch: Touch) {
        if let Sender::Touches(sender) = &self.sender {
            put(sender, touch);
        }
    }
}

fn put<T>(sender: &mpsc::Sender<T>, item: T) {
    match sender.try_send(item) {
        Ok(()) => {}
        Err(mpsc::error::TrySendError::Full(_)) => {
            count("dropped");
            tracing::warn!("a change is not announced: too many wait already");
        }
        Err(mpsc::error::TrySendError::Closed(_)) => {
            tracing::debug!("a change is not announced: nothing is delivered any more");
        }
    }
}

impl Announcing {
    fn none() -> Announcing {
        Announcing { stop: None, task: None }
    }

    /// Delivers what is left, as far as that takes no longer than a moment.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(task) = &mut self.task
            && timeout(DRAIN_TIMEOUT, task).await.is_err()
        {
            tracing::warn!("the last changes are not announced");
        }
    }
}

impl Drop for Announcing {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
