//! Signals of the outbox: the worker is woken for new effects, and a request is told when the effect it waits for is
//! over. Within the process by channels, between instances by a change stream.

use super::changes::Changes;
use super::{Store, StoreError};
use bson::doc;
use mongodb::change_stream::event::OperationType;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// An open stream of effects that are written or over.
pub struct EffectChanges(Changes);

/// A change in the outbox.
#[derive(Debug)]
pub enum EffectChange {
    Written,
    Over(String),
    /// The stream has ended and must be opened anew.
    Ended,
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
    /// Waits for the next call of [`Store::wake_worker`]; returns at once if there was one meanwhile.
    pub async fn worker_woken(&self) {
        self.new_effects.notified().await;
    }

    /// Has the worker look into the outbox.
    pub fn wake_worker(&self) {
        self.new_effects.notify_one();
    }

    /// To wait for the end of an effect. Called before the effect is written, which may be over at once.
    #[must_use]
    pub fn end_of_effect(&self, id: &str) -> EffectEnd {
        EffectEnd { id: id.to_owned(), ends: self.ended_effects.subscribe(), store: self.clone() }
    }

    /// Tells the requests that wait for this effect that it is over.
    pub fn effect_done(&self, id: &str) {
        // It fails only if no request waits.
        let _ = self.ended_effects.send(Some(id.to_owned()));
    }

    /// Has every request that waits for an effect look into the outbox: the end of some may have been missed.
    pub fn recheck_all(&self) {
        let _ = self.ended_effects.send(None);
    }

    async fn effect_is_over(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.outbox().find_one(doc! {"_id": id}).projection(doc! {"_id": 1}).await?.is_none())
    }

    /// Opens the stream of effects that are written or over, from now on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watch_effects(&self) -> Result<EffectChanges, StoreError> {
        let operations = ["insert", "delete", "drop", "rename", "invalidate"];
        let wanted = doc! {"$match": {"$or": [
            {"operationType": {"$in": operations.to_vec()}},
            // An effect was parked, so that the next one can go on, or is to be tried again.
            {"updateDescription.updatedFields.parked": {"$exists": true}},
        ]}};
        Ok(EffectChanges(Changes::new(self.outbox().watch().pipeline([wanted]).await?)))
    }
}

impl EffectChanges {
    /// Waits for the next change.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the driver could not resume by itself.
    pub async fn next(&mut self) -> Result<EffectChange, StoreError> {
        let Some(event) = self.0.next().await? else { return Ok(EffectChange::Ended) };
        let id = event.document_key.as_ref().and_then(|key| key.get_str("_id").ok());
        Ok(match (event.operation_type, id) {
            (OperationType::Delete, Some(id)) => EffectChange::Over(id.to_owned()),
            _ => EffectChange::Written,
        })
    }
}
