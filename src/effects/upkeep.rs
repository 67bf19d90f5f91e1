//! What the worker needs beside its own look-ups: the changes that other instances make, and an outbox without gaps.

use crate::store::{EffectChange, Store};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// How long to wait after the database could not be asked.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// How often the outbox is mended though nothing asks for it.
const MENDING_INTERVAL: Duration = Duration::from_mins(10);

/// Wakes the worker for what other instances write, and tells requests of what they have done. `watched` is told when the
/// first stream is open.
pub async fn listen(store: Store, watched: oneshot::Sender<()>) {
    let mut watched = Some(watched);
    loop {
        match store.watch_effects().await {
            Ok(mut changes) => {
                match watched.take() {
                    Some(watched) => drop(watched.send(())),
                    None => {
                        store.recheck_all();
                        store.have_outbox_mended();
                    }
                }
                loop {
                    match changes.next().await {
                        Ok(EffectChange::Ended) => {
                            break tracing::debug!("the stream of effects is opened again");
                        }
                        Ok(change) => pass_on(&store, change).await,
                        Err(error) => {
                            break tracing::warn!(%error, "effects cannot be watched; trying again");
                        }
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "effects cannot be watched; trying again"),
        }
        sleep(RETRY_DELAY).await;
    }
}

async fn pass_on(store: &Store, change: EffectChange) {
    match change {
        EffectChange::Due | EffectChange::Ended => store.wake_worker(),
        EffectChange::Leased => store.note_leased_effect(),
        EffectChange::WithoutPlace => store.have_outbox_mended(),
        EffectChange::Over(id) => {
            store.effect_done(&id);
            // An instance that ends it lets the next ones go on in the same write; an operator who deletes it does not.
            if !store.is_own_change(&id)
                && let Err(error) = store.unblock(&id).await
            {
                tracing::warn!(%error, effect.id = id, "what waits for an effect that is over goes on later");
                store.have_outbox_mended();
            }
        }
    }
}

/// Mends the outbox now, when something asks for it, and from time to time. `mended` is told of the first time.
pub async fn keep_mended(store: Store, mended: oneshot::Sender<()>) {
    let (mut mended, mut is_indexed) = (Some(mended), false);
    loop {
        if !is_indexed {
            match store.index_outbox().await {
                Ok(()) => is_indexed = true,
                Err(error) => tracing::warn!(%error, "the indexes of the outbox are not there"),
            }
        }
        let delay = match store.mend_outbox().await {
            Ok(()) => MENDING_INTERVAL,
            Err(error) => {
                tracing::warn!(%error, "the outbox is not mended; trying again");
                RETRY_DELAY
            }
        };
        if let Some(mended) = mended.take() {
            let _ = mended.send(());
        }
        let _ = timeout(delay, store.mending_wanted()).await;
    }
}
