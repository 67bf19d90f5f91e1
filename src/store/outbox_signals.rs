//! Who hears of effects: the worker of new ones, a request of the end of its own. Within the process by signals, between
//! instances by a change stream.

use super::changes::Changes;
use super::{Store, StoreError};
use bson::doc;
use mongodb::change_stream::event::OperationType;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// An open stream of effects that are written or over.
pub struct EffectChanges(Changes);

/// What an [`EffectChanges`] tells.
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
    /// Waits until the effect has happened, but no longer than this.
    pub async fn wait(mut self, patience: Duration) {
        let _ = timeout(patience, async {
            loop {
                match self.ends.recv().await {
                    Ok(Some(id)) if id == self.id => return,
                    Ok(Some(_)) => {}
                    // Some end may not have been heard.
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
    /// Waits until effects were written since the last call.
    pub async fn effects_announced(&self) {
        self.new_effects.notified().await;
    }

    /// Wakes who waits for effects.
    pub fn announce_effects(&self) {
        self.new_effects.notify_one();
    }

    /// The end of an effect that is about to be written.
    #[must_use]
    pub fn end_of_effect(&self, id: &str) -> EffectEnd {
        EffectEnd { id: id.to_owned(), ends: self.ended_effects.subscribe(), store: self.clone() }
    }

    /// Tells who waits for it that an effect has happened.
    pub fn announce_end(&self, id: &str) {
        // Nobody waits: nobody is told.
        let _ = self.ended_effects.send(Some(id.to_owned()));
    }

    /// Has everybody who waits for an effect look for himself.
    pub fn announce_gap(&self) {
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
            // One was parked, which lets the next one go on, or is to be tried again.
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
