//! The one who announces: callers leave what is to be told and go on; a task of its own delivers.

use super::NoCertificates;
use super::delivery::{self, Gathering};
use super::inbox::inbox;
use super::nats::Nats;
use super::tcp::Tcp;
use super::touch::{Touch, Toucher};
use super::{Door, Event};
use crate::store::Store;
use futures_util::FutureExt;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long what is left may take when the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Takes what is to be told. Cheap to clone.
#[derive(Clone)]
pub struct Announcer {
    queue: Queue,
}

#[derive(Clone)]
enum Queue {
    None,
    Touches(mpsc::Sender<Touch>),
    Events(mpsc::Sender<Gathering>),
}

/// The running delivery. Dropping it ends it at once.
pub struct Announcing {
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Announcer {
    /// Starts the delivery through this door. Nobody needs to be behind it yet.
    ///
    /// # Errors
    /// [`NoCertificates`].
    pub fn start(door: Door, store: Store) -> Result<(Announcer, Announcing), NoCertificates> {
        let (queue, stop, task) = match door {
            Door::Closed => return Ok((Announcer { queue: Queue::None }, Announcing::none())),
            Door::Touch(upstream) => {
                let toucher = Toucher::new(&upstream)?;
                let (sender, inbox, stop) = inbox();
                (Queue::Touches(sender), stop, tokio::spawn(toucher.run(inbox)))
            }
            Door::Nats(transporter) => {
                let (sender, inbox, stop) = inbox();
                let task = async move {
                    match Nats::connect(transporter, store).await {
                        Ok(nats) => delivery::run(inbox, nats).await,
                        Err(error) => tracing::error!(%error, "nothing is announced: NATS cannot be used"),
                    }
                };
                (Queue::Events(sender), stop, tokio::spawn(task))
            }
            Door::Tcp => {
                let (sender, inbox, stop) = inbox();
                (Queue::Events(sender), stop, tokio::spawn(delivery::run(inbox, Tcp::new(store))))
            }
        };
        Ok((Announcer { queue }, Announcing { stop: Some(stop), task: Some(task) }))
    }

    /// Whether anything is announced at all.
    #[must_use]
    pub fn is_off(&self) -> bool {
        matches!(self.queue, Queue::None)
    }

    /// Whether events are heard; where they are not, nobody needs to gather what they hold.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        matches!(self.queue, Queue::Events(_))
    }

    /// Tells these events, in this order, after all that was told before. Never waits.
    pub fn events(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.gather(async { events });
        }
    }

    /// Tells events that are still to be looked up, which happens when it is their turn. Never waits.
    pub fn gather(&self, events: impl Future<Output = Vec<Event>> + Send + 'static) {
        if let Queue::Events(queue) = &self.queue {
            put(queue, events.boxed());
        }
    }

    /// Has Rocket.Chat announce the user as it is now. Never waits.
    pub fn touch(&self, touch: Touch) {
        if let Queue::Touches(queue) = &self.queue {
            put(queue, touch);
        }
    }
}

fn put<T>(queue: &mpsc::Sender<T>, item: T) {
    match queue.try_send(item) {
        Ok(()) => {}
        Err(mpsc::error::TrySendError::Full(_)) => {
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
            && timeout(DRAIN, task).await.is_err()
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
