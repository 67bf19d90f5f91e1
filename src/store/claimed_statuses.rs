//! Claims on a status whose time is over. Source: `docs/behaviour/own-account.md` section 1.4.

use super::{Store, StoreError};
use bson::{DateTime, Document, doc};
use futures_util::TryStreamExt;

/// So many are ended at a time.
const AT_ONCE: i64 = 100;

/// A user whose claim has ended.
#[derive(Debug)]
pub struct EndedClaim {
    pub user_id: String,
    pub expires_at: DateTime,
    /// What the claim has displaced.
    pub previous: Option<Document>,
    /// What others see now.
    pub displayed: Option<String>,
    pub updated_at: Option<DateTime>,
}

impl Store {
    /// Those that ended before `now`, the oldest first; of this user, or of all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ended_claims(
        &self,
        user_id: Option<&str>,
        now: DateTime,
    ) -> Result<Vec<EndedClaim>, StoreError> {
        let mut filter = doc! {"statusExpiresAt": {"$lt": now}};
        filter.extend(user_id.map(|id| ("_id".to_owned(), id.into())));
        let fields = doc! {"statusExpiresAt": 1, "previousState": 1, "status": 1, "_updatedAt": 1};
        let users = self.users();
        let found = users.find(filter).sort(doc! {"statusExpiresAt": 1}).limit(AT_ONCE);
        let users: Vec<_> = found.projection(fields).await?.try_collect().await?;
        Ok(users.iter().filter_map(|user| ended_claim(user)).collect())
    }
}

fn ended_claim(user: &Document) -> Option<EndedClaim> {
    Some(EndedClaim {
        user_id: user.get_str("_id").ok()?.to_owned(),
        expires_at: *user.get_datetime("statusExpiresAt").ok()?,
        previous: user.get_document("previousState").ok().cloned(),
        displayed: user.get_str("status").ok().map(str::to_owned),
        updated_at: user.get_datetime("_updatedAt").ok().copied(),
    })
}
