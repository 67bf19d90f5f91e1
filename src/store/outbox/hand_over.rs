//! Effects that are written with their lease taken, on their way to the worker of this process.

use super::lease::held;
use super::{Leased, Store};
use std::mem;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::sleep;

/// How often, and how long in between, it is looked whether a transaction was committed after all.
const LOOKS: u32 = 8;
const LOOK_DELAY: Duration = Duration::from_millis(250);

/// The effects of a transaction that is about to be committed.
pub struct HandOver {
    store: Store,
    effects: Vec<Leased>,
}

impl HandOver {
    pub(super) fn new(store: &Store, effects: Vec<Leased>) -> HandOver {
        HandOver { store: store.clone(), effects }
    }

    pub fn len(&self) -> usize {
        self.effects.len()
    }

    /// The transaction is committed: the worker may begin.
    pub fn committed(mut self) {
        self.store.hand_over(mem::take(&mut self.effects));
    }
}

/// The commit has failed, or the request was given up in the midst of it because its client is gone. If the effects are
/// there all the same, nobody else would touch them before their leases end.
impl Drop for HandOver {
    fn drop(&mut self) {
        let effects = mem::take(&mut self.effects);
        if let Ok(runtime) = Handle::try_current()
            && !effects.is_empty()
        {
            runtime.spawn(settle(self.store.clone(), effects));
        }
    }
}

async fn settle(store: Store, effects: Vec<Leased>) {
    for _ in 0..LOOKS {
        sleep(LOOK_DELAY).await;
        // They were written together, or none of them was.
        let first = effects.first().map(held).unwrap_or_default();
        if store.outbox().count_documents(first).await.is_ok_and(|count| count > 0) {
            return store.hand_over(effects);
        }
    }
}
