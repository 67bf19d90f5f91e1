//! Delivers events one after the other, so that they arrive in the order in which they happened.

use super::Event;
use super::delivery_status::count;
use super::queue::Queue;
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::time::timeout;

/// Events, perhaps still to be looked up.
pub type Gathering = BoxFuture<'static, Vec<Event>>;

/// How long looking up and delivering may take; others wait behind it.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers events to Rocket.Chat's processes.
pub trait Carrier {
    /// Delivers as far as possible.
    fn carry(&self, events: &[Event]) -> impl Future<Output = ()> + Send;
}

pub async fn run(mut queue: Queue<Gathering>, carrier: impl Carrier) {
    while let Some(gathering) = queue.next().await {
        let carried = timeout(DELIVERY_TIMEOUT, async { carrier.carry(&gathering.await).await });
        if carried.await.is_err() {
            count("late");
            tracing::warn!("a change is not announced: that took too long");
        }
    }
}
