//! Carries effects out: one task per process, which sleeps until something is due.
//!
//! It is woken by commits of this process, by a change stream for those of other instances, and by changed settings.

use super::rename::{News, Step, catch_up};
use super::{Effect, Failure, Pace, Rename, mail};
use crate::announce::Announcer;
use crate::mail::Mailer;
use crate::store::{EffectChange, EffectChanges, Leased, Store, StoreError};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout, timeout_at};

/// Effects that are carried out at the same time. Mails that wait for a slow server and renames that take minutes do not
/// hold up each other.
const AT_ONCE: [(&[&str], usize); 2] = [(Effect::MAILS, 4), (Effect::RENAMES, 3)];
/// How long effects in progress may take to end when the service stops.
const DRAIN: Duration = Duration::from_secs(15);
/// How long to wait when nothing is due; only a wake-up that was lost would make this matter.
const LONGEST_SLEEP: Duration = Duration::from_mins(10);
/// After the database could not be asked.
const PAUSE: Duration = Duration::from_secs(2);

/// The running worker. Dropping it ends the work at once; what was in progress is done again after its lease.
pub struct Worker {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    listener: JoinHandle<()>,
}

impl Worker {
    /// Starts the work, with what an earlier process has left.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be watched.
    pub async fn start(
        store: Store,
        mailer: Mailer,
        announcer: Announcer,
        settings: watch::Receiver<()>,
        pace: Pace,
    ) -> Result<Worker, StoreError> {
        // Watched before it is read, so that nothing falls in between.
        let changes = store.watch_effects().await?;
        let listener = tokio::spawn(listen(store.clone(), changes));
        let hand = Hand { store, mailer, announcer, pace };
        let mut running = Running::default();
        let next = hand.take(&mut running).await?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(hand.work(running, next, settings, stopped));
        Ok(Worker { stop: Some(stop), task, listener })
    }

    /// Takes nothing more, and waits for what is in progress.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if timeout(DRAIN, &mut self.task).await.is_err() {
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

/// Rings for the effects of other instances.
async fn listen(store: Store, mut changes: EffectChanges) {
    loop {
        match changes.next().await {
            Ok(EffectChange::Written) => {
                store.announce_effects();
                continue;
            }
            Ok(EffectChange::Over(id)) => {
                store.announce_end(&id);
                // Another effect may have waited for this one.
                store.announce_effects();
                continue;
            }
            Ok(EffectChange::Ended) => tracing::debug!("the stream of effects ended and is opened again"),
            Err(error) => tracing::warn!(%error, "effects cannot be watched; trying again"),
        }
        changes = loop {
            sleep(PAUSE).await;
            match store.watch_effects().await {
                Ok(changes) => break changes,
                Err(error) => tracing::warn!(%error, "effects cannot be watched; trying again"),
            }
        };
        store.announce_effects();
        store.announce_gap();
    }
}

/// What each effect in progress needs.
#[derive(Clone)]
struct Hand {
    store: Store,
    mailer: Mailer,
    announcer: Announcer,
    pace: Pace,
}

/// The effects in progress, each with the place in [`AT_ONCE`] that it takes.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    places: HashMap<tokio::task::Id, usize>,
}

impl Running {
    fn room(&self, place: usize) -> usize {
        let taken = self.places.values().filter(|taken| **taken == place).count();
        AT_ONCE[place].1.saturating_sub(taken)
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

impl Hand {
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
                () = self.store.effects_announced() => {}
                Ok(()) = settings.changed() => self.hasten().await,
                () = sleep(next) => {}
            }
            next = match self.take(&mut running).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read; trying again");
                    PAUSE
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
        for (place, (kinds, _)) in AT_ONCE.iter().enumerate() {
            let room = running.room(place);
            if room == 0 {
                // The end of any of them wakes us.
                continue;
            }
            let due = self.store.lease_effects(kinds, self.pace.lease, room).await?;
            for leased in due.leased {
                let hand = self.clone();
                running.start(place, async move { hand.carry_out(leased).await });
            }
            next = next.min(due.next.unwrap_or(LONGEST_SLEEP));
        }
        Ok(next)
    }

    /// Other settings may be what failed effects wait for.
    async fn hasten(&self) {
        if let Err(error) = self.store.hasten_effects().await {
            tracing::warn!(%error, "waiting effects are not tried earlier");
        }
    }

    async fn carry_out(&self, leased: Leased) {
        let outcome = tokio::select! {
            outcome = self.attempt(&leased) => outcome,
            failure = self.keep(&leased) => Err(failure),
        };
        if let Err(error) = self.record(&leased, outcome).await {
            // It is tried again when the lease ends.
            tracing::error!(%error, effect.id = leased.id, "the outcome of an effect could not be stored");
        }
    }

    async fn attempt(&self, leased: &Leased) -> Result<(), Failure> {
        match Effect::from_stored(&leased.effect) {
            Some(Effect::Mail(notice)) => mail::send(&self.mailer, leased, &notice).await,
            Some(Effect::Rename(rename)) => self.rename(leased, &rename).await,
            None => Err(Failure::Final("the effect cannot be read".to_owned())),
        }
    }

    /// Says again and again that this instance is at work, until it no longer has the lease, or cannot know.
    async fn keep(&self, leased: &Leased) -> Failure {
        let mut held_until = Instant::now() + self.pace.lease;
        loop {
            sleep(self.pace.lease / 4).await;
            let asked = Instant::now();
            let kept = self.store.keep_effect(leased, self.pace.lease, None);
            match timeout_at(held_until.into(), kept).await {
                Ok(Ok(true)) => held_until = asked + self.pace.lease,
                Ok(Ok(false)) | Err(_) => return Failure::Lost,
                Ok(Err(error)) => {
                    tracing::warn!(%error, effect.id = leased.id, "a lease was not renewed; trying again");
                }
            }
        }
    }

    async fn rename(&self, leased: &Leased, rename: &Rename) -> Result<(), Failure> {
        if let Some(username) = self.other_goal(leased, rename).await? {
            catch_up(&self.store, &leased.user_id, &rename.old_username, &username).await?;
            return Ok(());
        }
        let (began, mut noted, mut changed) = (Instant::now(), Instant::now(), 0);
        let mut news = News {
            announcer: &self.announcer,
            store: &self.store,
            user_id: &leased.user_id,
            rename,
            rooms_changed: false,
        };
        for step in Step::after(leased.progress.as_deref(), rename) {
            let changed_here = step.run(&self.store, &leased.user_id, rename).await?;
            changed += changed_here;
            news.after(step, changed_here).await;
            if noted.elapsed() >= self.pace.note {
                let lease = self.pace.lease;
                if !self.store.keep_effect(leased, lease, Some(step.name())).await? {
                    return Err(Failure::Lost);
                }
                noted = Instant::now();
            }
        }
        tracing::info!(
            user.id = leased.user_id,
            documents = changed,
            duration_ms = began.elapsed().as_millis(),
            "a new name is everywhere"
        );
        Ok(())
    }

    /// The username to which the old one has to be carried instead, because the rename comes late: it was parked, or
    /// somebody else has renamed the user meanwhile. What is still to happen in the lane starts from there.
    async fn other_goal(&self, leased: &Leased, rename: &Rename) -> Result<Option<String>, StoreError> {
        let next = self.store.next_in_lane(leased, &Rename::lane(&leased.user_id)).await?;
        if let Some(Effect::Rename(next)) = next.as_ref().and_then(Effect::from_stored) {
            return Ok(leased.is_late.then_some(next.old_username));
        }
        let user = self.store.names_of(&[&leased.user_id]).await?.pop();
        let username = user.and_then(|user| user.get_str("username").ok().map(str::to_owned));
        Ok(username.filter(|username| leased.is_late || *username != rename.username))
    }

    async fn record(&self, leased: &Leased, outcome: Result<(), Failure>) -> Result<(), StoreError> {
        let (reason, pause) = match outcome {
            Ok(()) => return self.store.finish_effect(leased).await,
            Err(Failure::Lost) => return Ok(()),
            Err(Failure::Final(reason)) => (reason, None),
            Err(Failure::Passing(reason) | Failure::Waiting(reason))
                if leased.attempts >= self.pace.attempts =>
            {
                (reason, None)
            }
            Err(Failure::Passing(reason)) => (reason, Some(self.pace.pause(leased.attempts))),
            Err(Failure::Waiting(reason)) => (reason, Some(self.pace.longest_pause)),
        };
        let (id, attempts) = (leased.id.as_str(), leased.attempts);
        let kind = leased.effect.kind.as_str();
        match pause {
            Some(pause) => {
                tracing::warn!(
                    effect.id = id,
                    effect.kind = kind,
                    attempts,
                    reason,
                    "an effect is tried again later"
                );
                self.store.postpone_effect(leased, pause, &reason).await
            }
            None => {
                tracing::error!(effect.id = id, effect.kind = kind, attempts, reason, "an effect is parked");
                self.store.park_effect(leased, &reason).await
            }
        }
    }
}
