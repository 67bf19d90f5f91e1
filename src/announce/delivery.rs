//! Delivers events one after the other, so that they arrive in the order in which they happened.

use super::Event;
use super::inbox::Inbox;
use futures_util::future::BoxFuture;
use std::time::Duration;
use tokio::time::timeout;

/// Events, perhaps still to be looked up.
pub type Gathering = BoxFuture<'static, Vec<Event>>;

/// How long looking up and delivering may take; others wait behind it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A way to Rocket.Chat's processes.
pub trait Carrier {
    /// Delivers as far as possible.
    fn carry(&self, events: &[Event]) -> impl Future<Output = ()> + Send;
}

pub async fn run(mut inbox: Inbox<Gathering>, carrier: impl Carrier) {
    while let Some(gathering) = inbox.next().await {
        let carried = timeout(PATIENCE, async { carrier.carry(&gathering.await).await });
        if carried.await.is_err() {
            tracing::warn!("a change is not announced: that took too long");
        }
    }
}
