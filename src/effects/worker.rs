//! Leases what is due and has it carried out: one task per process, which sleeps when nothing is due.
//!
//! It is woken by the commits of this process, by a change stream for those of other instances, and by changed settings.

use super::runner::EffectRunner;
use super::{Effect, RetryPolicy};
use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::store::{EffectChange, EffectChanges, Store, StoreError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How many effects of which kinds are carried out at the same time. Mails that wait for a slow server do not hold up
/// renames, and renames that take minutes do not hold up mails.
const CONCURRENCY: [(&[&str], usize); 2] = [(Effect::MAILS, 4), (Effect::RENAMES, 3)];
/// How long effects in progress may take to end when the service stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);
/// How long to sleep when nothing is due. It matters only if a wake-up was lost.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);
/// How long to wait after the database could not be asked.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// The running worker. Dropping it ends the work at once; another instance does what was in progress again when the
/// lease has ended.
pub struct Worker {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    listener: JoinHandle<()>,
}

impl Worker {
    /// Starts the work, first with what an earlier process has left.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be watched.
    pub async fn start(
        store: Store,
        mailer: Mailer,
        announcer: Announcer,
        settings: watch::Receiver<()>,
        policy: RetryPolicy,
    ) -> Result<Worker, StoreError> {
        // Watched before it is read, so that no effect is missed in between.
        let changes = store.watch_effects().await?;
        let listener = tokio::spawn(listen(store.clone(), changes));
        let runner = EffectRunner { store, mailer, announcer, policy };
        let mut running = Running::default();
        let next = runner.take(&mut running).await?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(runner.work(running, next, settings, stopped));
        Ok(Worker { stop: Some(stop), task, listener })
    }

    /// Takes nothing more, and waits for what is in progress.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if timeout(DRAIN_TIMEOUT, &mut self.task).await.is_err() {
            tracing::warn!("effects in progress are left to the next start");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
        self.listener.abort();
    }
}

/// Wakes the worker for what other instances write, and tells requests of what they have done.
async fn listen(store: Store, mut changes: EffectChanges) {
    loop {
        match changes.next().await {
            Ok(EffectChange::Written) => {
                store.wake_worker();
                continue;
            }
            Ok(EffectChange::Over(id)) => {
                store.effect_done(&id);
                // Another effect may have waited for this one.
                store.wake_worker();
                continue;
            }
            Ok(EffectChange::Ended) => tracing::debug!("the stream of effects ended and is opened again"),
            Err(error) => tracing::warn!(%error, "effects cannot be watched; trying again"),
        }
        changes = loop {
            sleep(RETRY_DELAY).await;
            match store.watch_effects().await {
                Ok(changes) => break changes,
                Err(error) => tracing::warn!(%error, "effects cannot be watched; trying again"),
            }
        };
        store.wake_worker();
        store.recheck_all();
    }
}

/// The effects in progress, each with the place in [`CONCURRENCY`] that it takes.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    places: HashMap<tokio::task::Id, usize>,
}

impl Running {
    fn room(&self, place: usize) -> usize {
        let taken = self.places.values().filter(|taken| **taken == place).count();
        CONCURRENCY[place].1.saturating_sub(taken)
    }

    fn start(&mut self, place: usize, effect: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(effect).id();
        self.places.insert(id, place);
    }

    /// Waits for the end of one; `None` when there is none.
    async fn next_end(&mut self) -> Option<()> {
        let ended = self.tasks.join_next_with_id().await?;
        self.places.remove(&ended.map_or_else(|panicked| panicked.id(), |(id, ())| id));
        Some(())
    }
}

impl EffectRunner {
    async fn work(
        self,
        mut running: Running,
        mut next: Duration,
        mut settings: watch::Receiver<()>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        let mut indexed = false;
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                Some(()) = running.next_end() => {}
                () = self.store.worker_woken() => {}
                Ok(()) = settings.changed() => self.retry_now().await,
                () = sleep(next) => {}
            }
            next = match self.take(&mut running).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read; trying again");
                    RETRY_DELAY
                }
            };
            if !indexed && !running.tasks.is_empty() {
                indexed = self.store.index_effects().await.is_ok();
            }
        }
        while running.next_end().await.is_some() {}
    }

    /// Starts what is due as far as there is room, and says how long to sleep.
    async fn take(&self, running: &mut Running) -> Result<Duration, StoreError> {
        let mut next = LONGEST_SLEEP;
        for (place, (kinds, _)) in CONCURRENCY.iter().enumerate() {
            let room = running.room(place);
            if room == 0 {
                // When one of them ends, this is called again.
                continue;
            }
            let due = self.store.lease_effects(kinds, self.policy.lease, room).await?;
            for leased in due.leased {
                let runner = self.clone();
                running.start(place, async move { runner.run(leased).await });
            }
            next = next.min(due.next.unwrap_or(LONGEST_SLEEP));
        }
        Ok(next)
    }

    /// Failed effects may have waited for other settings.
    async fn retry_now(&self) {
        if let Err(error) = self.store.retry_now().await {
            tracing::warn!(%error, "waiting effects are not tried earlier");
        }
    }
}
