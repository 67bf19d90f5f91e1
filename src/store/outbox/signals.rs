//! Signals within the process: the worker is woken and handed effects, and a request is told when the effect it waits for
//! is over.

use super::{Leased, Store};
use crate::store::StoreError;
use bson::doc;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::timeout;

/// How many ended effects a waiting request may be behind before it has to ask.
const ENDED_EFFECTS: usize = 256;

/// How many effects of these kinds this process carries out at the same time.
#[derive(Debug)]
pub struct EffectSlots {
    pub kinds: &'static [&'static str],
    pub lease: Duration,
    pub free: Arc<Semaphore>,
}

#[derive(Debug)]
pub(in crate::store) struct Signals {
    wake: Notify,
    mend: Notify,
    leased: Notify,
    handed_over: Notify,
    /// Effects that were written with their lease taken, for the worker to carry out.
    handed: Mutex<VecDeque<Leased>>,
    /// Effects whose end this process has written itself: the change stream brings nothing new of them.
    own_changes: Mutex<HashSet<String>>,
    ended: broadcast::Sender<Option<String>>,
    slots: OnceLock<Vec<EffectSlots>>,
}

impl Default for Signals {
    fn default() -> Self {
        Signals {
            wake: Notify::new(),
            mend: Notify::new(),
            leased: Notify::new(),
            handed_over: Notify::new(),
            handed: Mutex::default(),
            own_changes: Mutex::default(),
            ended: broadcast::channel(ENDED_EFFECTS).0,
            slots: OnceLock::new(),
        }
    }
}

impl Signals {
    /// Room for one more effect of this kind, if this process has a worker with room.
    pub(super) fn free_slot(&self, kind: &str) -> Option<(&EffectSlots, OwnedSemaphorePermit)> {
        let slots = self.slots.get()?.iter().find(|slots| slots.kinds.contains(&kind))?;
        Some((slots, Arc::clone(&slots.free).try_acquire_owned().ok()?))
    }

    pub(super) fn expect_own_change(&self, id: &str) {
        lock(&self.own_changes).insert(id.to_owned());
    }
}

/// The end of one effect, to be waited for.
#[derive(Debug)]
pub struct EffectEnd {
    id: String,
    ends: broadcast::Receiver<Option<String>>,
    store: Store,
}

impl EffectEnd {
    /// Waits until the effect is over, but no longer than this.
    pub async fn wait(mut self, limit: Duration) {
        let _ = timeout(limit, async {
            loop {
                match self.ends.recv().await {
                    Ok(Some(id)) if id == self.id => return,
                    Ok(Some(_)) => {}
                    // Ends may have been missed, so the outbox itself is asked.
                    Ok(None) | Err(_) => match self.store.effect_is_over(&self.id).await {
                        Ok(false) => {}
                        _ => return,
                    },
                }
            }
        })
        .await;
    }
}

impl Store {
    /// Lets this process carry effects out: of each of these kinds so many at the same time, under leases of this
    /// length. To be called once.
    pub fn open_effect_slots(&self, concurrency: &[(&'static [&'static str], usize)], lease: Duration) {
        let slots = |(kinds, count): &(&'static [&'static str], usize)| EffectSlots {
            kinds,
            lease,
            free: Arc::new(Semaphore::new(*count)),
        };
        self.signals.slots.get_or_init(|| concurrency.iter().map(slots).collect());
    }

    /// What [`Store::open_effect_slots`] has opened.
    #[must_use]
    pub fn effect_slots(&self) -> &[EffectSlots] {
        self.signals.slots.get().map_or(&[], Vec::as_slice)
    }

    /// No more effects are leased; what is written from now on is left to other instances, or to the next start.
    pub fn close_effect_slots(&self) {
        self.effect_slots().iter().for_each(|slots| slots.free.close());
    }

    /// Waits for the next call of [`Store::wake_worker`]; returns at once if there was one meanwhile.
    pub async fn worker_woken(&self) {
        self.signals.wake.notified().await;
    }

    /// Has the worker look into the outbox.
    pub fn wake_worker(&self) {
        self.signals.wake.notify_one();
    }

    /// Waits until an effect was written with its lease taken, by any instance; returns at once if that was meanwhile.
    pub async fn effect_leased(&self) {
        self.signals.leased.notified().await;
    }

    /// An effect was written with its lease taken.
    pub fn note_leased_effect(&self) {
        self.signals.leased.notify_one();
    }

    /// Waits for the next call of [`Store::have_outbox_mended`]; returns at once if there was one meanwhile.
    pub async fn mending_wanted(&self) {
        self.signals.mend.notified().await;
    }

    /// Has [`Store::mend_outbox`] called.
    pub fn have_outbox_mended(&self) {
        self.signals.mend.notify_one();
    }

    /// Gives effects of a committed transaction to the worker.
    pub(in crate::store) fn hand_over(&self, effects: Vec<Leased>) {
        lock(&self.signals.handed).extend(effects);
        self.signals.handed_over.notify_one();
    }

    /// Waits for an effect to be carried out whose lease is taken already.
    pub async fn handed_effect(&self) -> Leased {
        loop {
            let next = lock(&self.signals.handed).pop_front();
            match next {
                Some(leased) => return leased,
                None => self.signals.handed_over.notified().await,
            }
        }
    }

    /// All effects that are handed over and not taken yet.
    #[must_use]
    pub fn handed_effects(&self) -> Vec<Leased> {
        lock(&self.signals.handed).drain(..).collect()
    }

    /// Whether this process has written this end itself. To be called once for each end that the change stream tells.
    #[must_use]
    pub fn is_own_change(&self, id: &str) -> bool {
        lock(&self.signals.own_changes).remove(id)
    }

    /// To wait for the end of an effect. Called before the effect is written, which may be over at once.
    #[must_use]
    pub fn end_of_effect(&self, id: &str) -> EffectEnd {
        EffectEnd { id: id.to_owned(), ends: self.signals.ended.subscribe(), store: self.clone() }
    }

    /// Tells the requests that wait for this effect that it is over.
    pub fn effect_done(&self, id: &str) {
        // It fails only if no request waits.
        let _ = self.signals.ended.send(Some(id.to_owned()));
    }

    /// The change stream was interrupted. Has every request that waits for an effect look into the outbox: the end of
    /// some may have been missed.
    pub fn recheck_all(&self) {
        lock(&self.signals.own_changes).clear();
        let _ = self.signals.ended.send(None);
    }

    pub(super) async fn effect_is_over(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.outbox().find_one(doc! {"_id": id}).projection(doc! {"_id": 1}).await?.is_none())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
