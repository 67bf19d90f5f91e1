//! Writes to many documents of one collection, never more than so many in one command: other requests get their turn in
//! between, and no command grows with the workspace.

use super::outdated::{Outdated, Replacement};
use super::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::{TryStreamExt, future};
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, Hint, WriteConcern};
use mongodb::{ClientSession, Cursor};

/// Documents for each command.
pub(super) const BATCH: usize = 500;
/// Size of the statements of one command, in bytes; MongoDB takes 48 MB.
const BATCH_SIZE: usize = 4 << 20;

/// Of so many batches of one long change, one waits until a majority has it: so the change cannot run away from the other
/// members of the replica set.
const CONFIRMED_EVERY: u32 = 10;

/// Whether a batch waits until a majority has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Confirmed {
    Now,
    /// With the next one that does: a majority that has a write has all that were made before.
    Later,
}

/// One update of one document, of many that are sent together.
pub(super) struct Statement {
    pub filter: Document,
    pub update: Document,
    pub array_filters: Vec<Document>,
}

/// What became of statements that were sent.
#[derive(Default)]
pub(super) struct Sent {
    /// So many found their document.
    pub matched: u64,
    /// So many documents cannot be changed so, and are noted as such.
    pub left_out: u64,
}

impl Statement {
    fn into_document(self) -> Document {
        let mut document = doc! {"q": self.filter, "u": self.update};
        if !self.array_filters.is_empty() {
            document.insert("arrayFilters", self.array_filters);
        }
        document
    }
}

impl Store {
    /// Applies the update to all outdated documents, or to those that are known, and to none that are no longer outdated by
    /// then. Returns how many were changed. The filter is read once, so it may need a scan; the update leaves out of it
    /// what is done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_outdated(
        &self,
        replacement: &Replacement,
        known: Option<&[Bson]>,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        if let Some(known) = known {
            // Without any there is no chunk, and no command.
            for ids in known.chunks(BATCH) {
                changed += self.replace_in(replacement, ids, Confirmed::Now).await?;
            }
            return Ok(changed);
        }
        let Outdated { collection, filter, .. } = &replacement.outdated;
        let documents = self.collection(collection);
        let mut found =
            documents.find(filter.clone()).projection(doc! {"_id": 1}).batch_size(BATCH as u32).await?;
        let mut ids = next_ids(&mut found).await?;
        if ids.is_empty() {
            return Ok(changed);
        }
        for number in 1_u32.. {
            let confirmed =
                if number.is_multiple_of(CONFIRMED_EVERY) { Confirmed::Now } else { Confirmed::Later };
            // The next ones are read while these are written.
            let written = self.replace_in(replacement, &ids, confirmed);
            let (written, next) = future::join(written, next_ids(&mut found)).await;
            changed += written?;
            ids = next?;
            if ids.is_empty() {
                break;
            }
        }
        // Also an update of nothing waits until a majority has all that was written before.
        self.replace_in(replacement, &[], Confirmed::Now).await?;
        Ok(changed)
    }

    /// Applies the update to all that the filter finds, in one command; where MongoDB refuses one of them, in batches.
    pub(super) async fn update_all(&self, outdated: Outdated, update: Document) -> Result<u64, StoreError> {
        let documents = self.collection(outdated.collection);
        match documents.update_many(outdated.filter.clone(), update.clone()).await {
            Ok(done) => Ok(done.modified_count),
            Err(error) if self.is_to_be_divided(&error) => {
                let replacement = Replacement { outdated, update, array_filters: Vec::new() };
                self.replace_outdated(&replacement, None).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Applies the update to all outdated documents, of which there are few, in one command.
    pub(super) async fn replace_few(
        &self,
        replacement: &Replacement,
        session: &mut ClientSession,
    ) -> Result<(), Error> {
        let Replacement { outdated, update, array_filters } = replacement;
        let documents = self.collection(outdated.collection);
        let mut command = documents.update_many(outdated.filter.clone(), update.clone()).session(session);
        if !array_filters.is_empty() {
            command = command.array_filters(array_filters.clone());
        }
        command.await.map(|_| ())
    }

    async fn replace_in(
        &self,
        replacement: &Replacement,
        ids: &[Bson],
        confirmed: Confirmed,
    ) -> Result<u64, StoreError> {
        let Replacement { outdated, update, array_filters } = replacement;
        let documents = self.collection(outdated.collection);
        let still = outdated.among(Some(ids));
        let mut command = documents.update_many(still, update.clone()).hint(Hint::Keys(doc! {"_id": 1}));
        if !array_filters.is_empty() {
            command = command.array_filters(array_filters.clone());
        }
        if confirmed == Confirmed::Later {
            command = command.write_concern(WriteConcern::builder().w(Acknowledgment::Nodes(1)).build());
        }
        match command.await {
            Ok(done) => Ok(done.modified_count),
            Err(error) if self.is_to_be_divided(&error) => {
                let each = ids.iter().map(|id| {
                    let mut filter = doc! {"_id": id};
                    filter.extend(outdated.filter.clone());
                    Statement { filter, update: update.clone(), array_filters: array_filters.clone() }
                });
                Ok(self.update_each(outdated.collection, each.collect()).await?.matched)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The ids of what the filter finds.
    pub(super) async fn ids(&self, collection: &str, filter: Document) -> Result<Vec<Bson>, StoreError> {
        let found = self.collection(collection).find(filter).projection(doc! {"_id": 1}).await?;
        let id = |mut document: Document| async move { Ok(document.remove("_id")) };
        Ok(found.try_filter_map(id).try_collect().await?)
    }

    /// Carries the statements out, in any order.
    pub(super) async fn update_each(
        &self,
        collection: &str,
        statements: Vec<Statement>,
    ) -> Result<Sent, StoreError> {
        let (mut sent, mut size, mut updates) = (Sent::default(), 0, Vec::new());
        for statement in statements {
            let statement = statement.into_document();
            let length = statement.to_vec().map_err(mongodb::error::Error::from)?.len();
            if updates.len() == BATCH || (size + length > BATCH_SIZE && !updates.is_empty()) {
                self.send(collection, std::mem::take(&mut updates), &mut sent).await?;
                size = 0;
            }
            size += length;
            updates.push(statement);
        }
        if !updates.is_empty() {
            self.send(collection, updates, &mut sent).await?;
        }
        Ok(sent)
    }

    /// The driver's own bulk write needs MongoDB 8.
    async fn send(
        &self,
        collection: &str,
        updates: Vec<Document>,
        sent: &mut Sent,
    ) -> Result<(), StoreError> {
        let id = |update: &Document| update.get_document("q").ok()?.get("_id").cloned();
        let ids: Vec<Option<Bson>> = updates.iter().map(id).collect();
        let command = doc! {
            "update": collection, "updates": updates, "ordered": false,
            "writeConcern": {"w": "majority", "j": true},
        };
        let answer = self.database.run_command(command).await?;
        sent.matched += answer.get_i32("n").ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        for refused in answer.get_array("writeErrors").into_iter().flatten().filter_map(Bson::as_document) {
            let index = refused.get_i32("index").ok().and_then(|index| usize::try_from(index).ok());
            let id = index.and_then(|index| ids.get(index)?.as_ref()).unwrap_or(&Bson::Null);
            let (code, message) = (refused.get_i32("code"), refused.get_str("errmsg"));
            self.leave_out(collection, id, code.unwrap_or_default(), message.unwrap_or_default())?;
            sent.left_out += 1;
        }
        if answer.contains_key("writeConcernError") {
            return Err(StoreError::Unavailable("the write was not acknowledged as asked".to_owned()));
        }
        Ok(())
    }
}

async fn next_ids(found: &mut Cursor<Document>) -> Result<Vec<Bson>, Error> {
    let mut ids = Vec::new();
    while ids.len() < BATCH
        && let Some(mut document) = found.try_next().await?
    {
        ids.extend(document.remove("_id"));
    }
    Ok(ids)
}

/// An update that also says when it was made, by the database's clock: clients synchronise by `_updatedAt`.
pub(super) fn setting(fields: Document) -> Document {
    doc! {"$set": fields, "$currentDate": {"_updatedAt": true}}
}

/// Of these fields, below this path (with its dot, or empty), any has another value: for an `$or`.
pub(super) fn any_other(path: &str, fields: &Document) -> Vec<Document> {
    fields.iter().map(|(field, value)| doc! {format!("{path}{field}"): {"$ne": value}}).collect()
}
