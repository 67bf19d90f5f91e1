use super::{count, text};
use crate::forwarded::Forwarded;
use crate::store::server_sessions::{DEAD_AFTER, INSTANCES};
use crate::store::{Store, StoreError};
use bson::{Document, doc};
use futures_util::TryStreamExt;

/// More instances than one workspace has.
const MOST: i64 = 100;

impl Store {
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
