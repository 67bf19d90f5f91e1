//! Once a second: tells other instances that this one lives, and what its requests have shown of proxies, looks for those
//! that do not, and thereby learns whether MongoDB answers.

use crate::forwarded::ForwardedEntries;
use crate::readiness::Readiness;
use crate::store::{Store, StoreError};
use metrics::{counter, histogram};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// An instance is dead after three seconds without one.
const PERIOD: Duration = Duration::from_secs(1);

/// A line that hangs must not keep the next one from being tried.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs until it is stopped or dropped.
pub struct Heartbeat {
    store: Store,
    task: JoinHandle<()>,
}

impl Heartbeat {
    /// Enters this instance, and goes on to say that it lives.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be entered.
    pub async fn start(
        store: Store,
        readiness: Arc<Readiness>,
        forwarded: Arc<ForwardedEntries>,
    ) -> Result<Heartbeat, StoreError> {
        store.beat(forwarded.seen(), &forwarded.marks()).await?;
        readiness.database_answered();
        let task = tokio::spawn(run(store.clone(), readiness, forwarded));
        Ok(Heartbeat { store, task })
    }

    /// The instance ends in good order.
    pub async fn stop(self) {
        self.task.abort();
        // Without it others do so some seconds later.
        let _ = timeout(PATIENCE, self.store.leave()).await;
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(store: Store, readiness: Arc<Readiness>, forwarded: Arc<ForwardedEntries>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut was_silent, mut may_not) = (false, false);
    loop {
        ticks.tick().await;
        let asked = Instant::now();
        let answered =
            matches!(timeout(PATIENCE, store.beat(forwarded.seen(), &forwarded.marks())).await, Ok(Ok(())));
        if !answered {
            counter!("rc_account_mongodb_heartbeat_failures_total").increment(1);
        }
        if answered {
            histogram!("rc_account_mongodb_heartbeat_seconds").record(asked.elapsed());
            readiness.database_answered();
            // A failure is nothing new, and the next second brings the next attempt.
            if let Ok(Ok(buried)) = timeout(PATIENCE, store.bury_the_dead()).await {
                if buried.instances > 0 {
                    tracing::warn!(
                        instances = buried.instances,
                        "dead instances: their transactions were ended"
                    );
                }
                if buried.may_not && !may_not {
                    may_not = true;
                    tracing::warn!(
                        "this MongoDB user may not run killSessions: what a dead instance held stays locked for a minute"
                    );
                }
            }
        }
        let is_silent = !readiness.database_answers();
        if is_silent != was_silent {
            was_silent = is_silent;
            if is_silent {
                tracing::error!("MongoDB does not answer: requests are refused with 503 until it does");
            } else {
                tracing::info!("MongoDB answers again");
            }
        }
    }
}
