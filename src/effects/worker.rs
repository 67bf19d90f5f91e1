//! Leases what is due and has it carried out: one task per process, which sleeps when nothing is due.
//!
//! It is handed the effects of this process's commits, and woken for others by the change stream ([`super::upkeep`]) and by
//! changed settings.

use super::runner::EffectRunner;
use super::upkeep::{keep_mended, listen};
use super::{Effect, RetryPolicy};
use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::store::{Leased, Store};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// How many effects of which kinds are carried out at the same time. Mails that wait for a slow server do not hold up
/// renames, and renames that take minutes do not hold up mails.
const CONCURRENCY: [(&[&str], usize); 2] = [(Effect::MAILS, 4), (Effect::RENAMES, 3)];
/// How long the start waits for the first look into the outbox. An outbox that cannot be read does not keep the service
/// from starting.
const START_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the stop waits for leases to be given back.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to sleep when nothing is due. It matters only if a wake-up was lost.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);
/// How long to wait after the database could not be asked.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// The running worker. Dropping it ends the work at once; another instance does what was in progress again when the
/// lease has ended.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    listener: JoinHandle<()>,
    mender: JoinHandle<()>,
}

impl Worker {
    /// Starts the work, first with what an earlier process has left.
    pub async fn start(
        store: Store,
        mailer: Mailer,
        announcer: Announcer,
        settings: watch::Receiver<()>,
        policy: RetryPolicy,
    ) -> Worker {
        store.open_effect_slots(&CONCURRENCY, policy.lease);
        let (stop, stopping) = watch::channel(false);
        // Watched before it is mended, and mended before it is read, so that nothing falls in between.
        let (watched, is_watched) = oneshot::channel();
        let (mended, is_mended) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let listener = tokio::spawn(listen(store.clone(), watched));
        let mender = tokio::spawn({
            let store = store.clone();
            async move {
                let _ = timeout(START_TIMEOUT, is_watched).await;
                keep_mended(store, mended).await;
            }
        });
        let runner = EffectRunner { store, mailer, announcer, policy, stopping };
        let task = tokio::spawn(async move {
            let _ = timeout(START_TIMEOUT, is_mended).await;
            work(runner, settings, begun).await;
        });
        let _ = timeout(START_TIMEOUT, has_begun).await;
        Worker { stop, task, listener, mender }
    }

    /// Takes nothing more. What is in progress may end for a while; the leases of the rest are given back.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let limit = EffectRunner::LONGEST_DRAIN + STOP_TIMEOUT;
        if timeout(limit, &mut self.task).await.is_err() {
            tracing::warn!("effects in progress are left to the next start");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for task in [&self.task, &self.listener, &self.mender] {
            task.abort();
        }
    }
}

/// The effects in progress. Each returns when to look for it again.
type Running = JoinSet<Option<Duration>>;

async fn work(runner: EffectRunner, mut settings: watch::Receiver<()>, begun: oneshot::Sender<()>) {
    let store = &runner.store;
    let mut running = Running::new();
    let mut next = look(&runner, &mut running).await;
    let _ = begun.send(());
    loop {
        tokio::select! {
            () = runner.stopped() => break,
            leased = store.handed_effect() => {
                start(&runner, leased, &mut running);
                continue;
            }
            () = store.effect_leased() => {
                // Should its instance die, its lease ends by then.
                next.at = next.at.min(Instant::now() + runner.policy.lease);
                continue;
            }
            Some(ended) = running.join_next() => {
                if let Ok(Some(delay)) = ended {
                    next.at = next.at.min(Instant::now() + delay);
                }
                if !next.when_one_ends {
                    continue;
                }
            }
            () = store.worker_woken() => {}
            Ok(()) = settings.changed() => retry_now(store).await,
            () = sleep_until(next.at) => {}
        }
        next = look(&runner, &mut running).await;
    }
    store.close_effect_slots();
    for leased in store.handed_effects() {
        start(&runner, leased, &mut running);
    }
    while running.join_next().await.is_some() {}
}

/// When to look into the outbox again.
struct NextLook {
    at: Instant,
    /// There may be more to do than there was room for.
    when_one_ends: bool,
}

/// Starts what is due as far as there is room.
async fn look(runner: &EffectRunner, running: &mut Running) -> NextLook {
    let (mut next, mut when_one_ends) = (LONGEST_SLEEP, false);
    for slots in runner.store.effect_slots() {
        match runner.store.lease_effects(slots).await {
            Ok(due) => {
                for leased in due.leased {
                    start(runner, leased, running);
                }
                next = next.min(due.next.unwrap_or(LONGEST_SLEEP));
                when_one_ends |= due.is_full;
            }
            Err(error) => {
                tracing::warn!(%error, kinds = ?slots.kinds, "the outbox cannot be read; trying again");
                next = next.min(RETRY_DELAY);
            }
        }
    }
    NextLook { at: Instant::now() + next, when_one_ends }
}

fn start(runner: &EffectRunner, leased: Leased, running: &mut Running) {
    let runner = runner.clone();
    running.spawn(async move { runner.run(leased).await });
}

/// Failed effects may have waited for other settings.
async fn retry_now(store: &Store) {
    if let Err(error) = store.retry_now().await {
        tracing::warn!(%error, "waiting effects are not tried earlier");
    }
}
