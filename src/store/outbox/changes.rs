//! The change stream by which instances hear of each other's effects.

use super::Store;
use crate::store::StoreError;
use crate::store::changes::Changes;
use bson::{Document, doc};
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType};

/// An open stream of changes in the outbox.
pub struct EffectChanges(Changes);

/// A change in the outbox.
#[derive(Debug)]
pub enum EffectChange {
    /// There may be something to lease.
    Due,
    /// An effect was written with its lease already taken: there may be something to lease when that ends.
    Leased,
    /// An effect has no place in its lanes yet.
    WithoutPlace,
    /// The effect has happened, was parked, or was deleted by an operator.
    Over(String),
    /// The stream has ended and must be opened anew.
    Ended,
}

impl Store {
    /// Opens the stream of changes in the outbox, from now on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn watch_effects(&self) -> Result<EffectChanges, StoreError> {
        let operations = ["insert", "delete", "drop", "rename", "invalidate"];
        let updated = |field: &str| format!("updateDescription.updatedFields.{field}");
        let pipeline = [
            doc! {"$match": {"$or": [
                {"operationType": {"$in": operations.to_vec()}},
                {updated("parked"): {"$exists": true}},
                {updated("ready"): true},
                {updated("given_back"): {"$exists": true}},
            ]}},
            // An event with a large effect in it could be larger than what MongoDB can send.
            doc! {"$project": {
                "operationType": 1, "documentKey": 1, "ns": 1, "updateDescription.removedFields": 1,
                updated("parked"): 1, updated("ready"): 1, updated("given_back"): 1,
                "fullDocument.ready": 1, "fullDocument.owner": 1,
            }},
        ];
        let outbox = self.outbox();
        Ok(EffectChanges(Changes::waiting(outbox.watch().pipeline(pipeline)).await?))
    }
}

impl EffectChanges {
    /// Waits for the next change.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the driver could not resume by itself.
    pub async fn next(&mut self) -> Result<EffectChange, StoreError> {
        Ok(self.0.next().await?.map_or(EffectChange::Ended, |event| read(&event)))
    }
}

fn read(event: &ChangeStreamEvent<Document>) -> EffectChange {
    let id = event.document_key.as_ref().and_then(|key| key.get_str("_id").ok()).map(str::to_owned);
    match (&event.operation_type, id) {
        (OperationType::Delete, Some(id)) => EffectChange::Over(id),
        (OperationType::Insert, _) => {
            let written = event.full_document.as_ref();
            let has = |key| written.is_some_and(|written| written.get_str(key).is_ok());
            match written.map(|written| written.get_bool("ready")) {
                Some(Ok(_)) if has("owner") => EffectChange::Leased,
                Some(Ok(_)) => EffectChange::Due,
                _ => EffectChange::WithoutPlace,
            }
        }
        (OperationType::Update, Some(id)) => {
            let updated = event.update_description.as_ref().map(|update| &update.updated_fields);
            let flag = |key| updated.and_then(|updated| updated.get_bool(key).ok());
            match (flag("parked"), flag("ready")) {
                (Some(true), _) => EffectChange::Over(id),
                // An operator has the effect tried again.
                (Some(false), None) => EffectChange::WithoutPlace,
                _ => EffectChange::Due,
            }
        }
        _ => EffectChange::Due,
    }
}
