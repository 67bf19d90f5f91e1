use super::{count, text};
use crate::forwarded::Forwarded;
use crate::store::server_sessions::{DEAD_AFTER, INSTANCES};
use crate::store::{Store, StoreError};
use bson::{Document, doc};
use futures_util::TryStreamExt;

/// More instances than one workspace has.
const MOST: i64 = 100;

/// How a marked request came to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkSeen {
    /// Of `X-Forwarded-For`.
    pub entries: u64,
    /// `HTTP_FORWARDED_COUNT` of the instance.
    pub count: u64,
    /// Whether the headers of the machine that sent it are believed.
    pub is_believed: bool,
}

impl Store {
    /// How the request with this mark came, if a running instance tells of it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mark_seen(&self, mark: &str) -> Result<Option<MarkSeen>, StoreError> {
        let which = doc! {"marks": {"$elemMatch": {"mark": mark}}};
        let wanted = doc! {"marks.$": 1, "forwarded.count": 1};
        let entry = self.collection(INSTANCES).find_one(which).projection(wanted).await?;
        Ok(entry.as_ref().and_then(seen))
    }

    /// What the requests of each running instance have shown of `X-Forwarded-For`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forwarded_entries(&self) -> Result<Vec<(String, Forwarded)>, StoreError> {
        let dead_after = i64::try_from(DEAD_AFTER.as_millis()).unwrap_or(i64::MAX);
        let lives = doc! {"$expr": {"$gte": ["$beat", {"$subtract": ["$$NOW", dead_after]}]}};
        let found =
            self.collection(INSTANCES).find(lives).projection(doc! {"forwarded": 1}).limit(MOST).await?;
        let entries: Vec<Document> = found.try_collect().await?;
        Ok(entries.iter().filter_map(told).collect())
    }
}

fn seen(entry: &Document) -> Option<MarkSeen> {
    let mark = entry.get_array("marks").ok()?.first()?.as_document()?;
    let said = entry.get_document("forwarded").ok()?;
    Some(MarkSeen {
        entries: count(mark, "entries"),
        count: count(said, "count"),
        is_believed: mark.get_bool("believed").ok()?,
    })
}

/// `None`: an instance of a version that does not tell.
fn told(entry: &Document) -> Option<(String, Forwarded)> {
    let told = entry.get_document("forwarded").ok()?;
    let forwarded = Forwarded {
        count: count(told, "count"),
        as_said: count(told, "as_said"),
        more: count(told, "more"),
        latest_more: count(told, "latest_more"),
        fewer: count(told, "fewer"),
        latest_fewer: count(told, "latest_fewer"),
    };
    Some((text(entry, "_id")?, forwarded))
}
