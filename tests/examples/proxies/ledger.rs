//! Who has applied a change, and how often: read from MongoDB's own record of what was written.

use super::original::APPLIED;
use futures_util::StreamExt;
use mongodb::Database;
use mongodb::bson::{Document, Timestamp, doc};
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType};
use std::collections::BTreeMap;

const MARKS: &str = "marks";

/// How often each side has applied a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    pub sidecar: usize,
    pub original: usize,
}

impl Applied {
    pub fn total(self) -> usize {
        self.sidecar + self.original
    }
}

/// The record of one database from a moment on.
pub struct Ledger {
    database: Database,
    since: Timestamp,
}

impl Ledger {
    pub async fn begin(database: &Database) -> Ledger {
        let now = database.run_command(doc! {"ping": 1}).await.expect("an answer");
        Ledger { database: database.clone(), since: now.get_timestamp("operationTime").expect("a time") }
    }

    /// Every change that is in the database now, by its text.
    pub async fn read(&self) -> BTreeMap<String, Applied> {
        let mut stream =
            self.database.watch().start_at_operation_time(self.since).await.expect("a change stream");
        // All that was written before this mark comes before it in the stream.
        let mark = self.database.collection::<Document>(MARKS).insert_one(doc! {}).await.expect("a mark");
        let mut applied = BTreeMap::<String, Applied>::new();
        while let Some(event) = stream.next().await {
            let event = event.expect("an event");
            let collection = event.ns.as_ref().and_then(|place| place.coll.as_deref());
            match collection {
                Some("users") => {
                    if let Some(bio) = changed_bio(&event) {
                        applied.entry(bio).or_default().sidecar += 1;
                    }
                }
                Some(APPLIED) => {
                    let inserted = event.full_document.expect("the document");
                    let bio = inserted.get_str("bio").expect("a text").to_owned();
                    applied.entry(bio).or_default().original += 1;
                }
                Some(MARKS) => {
                    let id = event.document_key.expect("a key");
                    if id.get("_id") == Some(&mark.inserted_id) {
                        return applied;
                    }
                }
                _ => {}
            }
        }
        panic!("the change stream has ended");
    }

    /// The one change with that text.
    pub async fn applied(&self, bio: &str) -> Applied {
        self.read().await.get(bio).copied().unwrap_or_default()
    }
}

fn changed_bio(event: &ChangeStreamEvent<Document>) -> Option<String> {
    if event.operation_type != OperationType::Update {
        return None;
    }
    let changed = &event.update_description.as_ref()?.updated_fields;
    changed.get_str("bio").ok().map(str::to_owned)
}
