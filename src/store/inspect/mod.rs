//! What an operator wants to know about a workspace (`crate::check`). Nothing here writes.
//!
//! A workspace may hold millions of messages: the database does the counting, in one pass over each collection, and
//! only what is wrong comes back.

mod indexes;
mod instances;
mod odd_fields;
mod outbox;
mod outbox_list;
mod renames;
mod server;
mod traces;
mod users;

pub use indexes::StoredIndex;
pub use instances::MarkSeen;
pub use odd_fields::{FieldKind, OddField};
pub use outbox::{LargeEffect, ParkedEffect, ParkedRename};
pub use outbox_list::{ListedEffect, ListedState};
pub use renames::HalfRenamed;
pub use traces::{Place, Trace};
pub use users::{CaseDuplicates, DuplicatesOf, HeavyUser, UnusableHashes};

use super::{Store, StoreError};
use bson::{Bson, Document};
use futures_util::TryStreamExt;

impl Store {
    /// The result of the pipeline. Its stages may need more memory than the server allows them, hence the disk.
    async fn inspected(
        &self,
        collection: &str,
        pipeline: Vec<Document>,
    ) -> Result<Vec<Document>, StoreError> {
        let cursor = self.collection(collection).aggregate(pipeline).allow_disk_use(true).await?;
        Ok(cursor.try_collect().await?)
    }
}

fn text(document: &Document, key: &str) -> Option<String> {
    document.get_str(key).ok().map(str::to_owned)
}

/// A count or a size, in whichever number type the server has made it.
#[expect(clippy::cast_possible_truncation, reason = "counts and sizes are far below")]
fn count(document: &Document, key: &str) -> u64 {
    let number = match document.get(key) {
        Some(Bson::Int32(n)) => i64::from(*n),
        Some(Bson::Int64(n)) => *n,
        Some(Bson::Double(n)) => *n as i64,
        _ => 0,
    };
    u64::try_from(number).unwrap_or(0)
}
