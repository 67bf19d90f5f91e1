//! Collections of our own that count what happened to a key of late: when, and no more often than a limit.
//!
//! One small document for each key; MongoDB removes it when its window is over.

use super::{Store, StoreError};
use bson::{DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, TimeDelta, Utc};
use mongodb::IndexModel;
use mongodb::options::{IndexOptions, ReturnDocument};
use std::time::Duration;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recent {
    /// Mails, by the user who causes them and by the address that gets them.
    Mails,
    /// Logins that failed or are being judged, by account.
    FailedLogins,
    /// Changes of an address or of a status text, by user.
    Changes,
}

impl Recent {
    const ALL: [Recent; 3] = [Recent::Mails, Recent::FailedLogins, Recent::Changes];

    fn collection(self) -> &'static str {
        match self {
            Recent::Mails => "rc_account_mail_limits",
            Recent::FailedLogins => "rc_account_failed_logins",
            Recent::Changes => "rc_account_recent_changes",
        }
    }
}

/// How often something may happen within so long.
#[derive(Debug, Clone, Copy)]
pub struct AtMost {
    pub times: u32,
    pub within: TimeDelta,
    pub now: ChronoDateTime<Utc>,
}

/// A document holds no more moments than this, whatever the limit.
const MOST_TIMES: u32 = 1000;

impl AtMost {
    fn times(&self) -> i64 {
        self.times.min(MOST_TIMES).into()
    }

    fn begin(&self) -> DateTime {
        DateTime::from_chrono(self.now.checked_sub_signed(self.within).unwrap_or(ChronoDateTime::UNIX_EPOCH))
    }

    fn end(&self) -> DateTime {
        self.now.checked_add_signed(self.within).map_or(DateTime::MAX, DateTime::from_chrono)
    }
}

impl Store {
    /// Makes the indexes by which these collections clean themselves up.
    pub async fn create_indexes_of_recent(&self) -> Result<(), StoreError> {
        for recent in Recent::ALL {
            let options = IndexOptions::builder().expire_after(Duration::ZERO).build();
            let index = IndexModel::builder().keys(doc! {"until": 1}).options(options).build();
            self.collection(recent.collection()).create_index(index).await?;
        }
        Ok(())
    }

    /// Counts that it happens so many times now, if the limit lets all of them; one write decides. `Err`: the
    /// milliseconds until it would. More times at once than the limit has count as the limit.
    pub async fn count_recent(
        &self,
        recent: Recent,
        key: &str,
        times: u32,
        limit: AtMost,
    ) -> Result<Result<(), i64>, StoreError> {
        let times = i64::from(times).min(limit.times());
        let moments = vec![DateTime::from_chrono(limit.now); usize::try_from(times).unwrap_or_default()];
        let in_window = doc! {"$filter": {
            "input": {"$ifNull": ["$at", []]}, "cond": {"$gt": ["$$this", limit.begin()]},
        }};
        let room = doc! {"$lte": [{"$size": "$at"}, limit.times() - times]};
        let update = vec![
            doc! {"$set": {"at": in_window, "until": limit.end()}},
            doc! {"$set": {"fits": room}},
            doc! {"$set": {"at": {"$cond": ["$fits", {"$concatArrays": ["$at", moments]}, "$at"]}}},
        ];
        let counted = self
            .collection(recent.collection())
            .find_one_and_update(doc! {"_id": key}, update)
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await?
            .unwrap_or_default();
        if counted.get_bool("fits").unwrap_or(false) {
            return Ok(Ok(()));
        }
        Ok(Err(wait(&counted, times, &limit)))
    }

    /// Takes back that it happened so many times, the latest ones.
    pub async fn uncount_recent(&self, recent: Recent, key: &str, times: u32) -> Result<(), StoreError> {
        let left = doc! {"$max": [0, {"$subtract": [{"$size": "$at"}, i64::from(times)]}]};
        // `$slice` takes no 0.
        let at = doc! {"$cond": [{"$eq": [left.clone(), 0]}, [], {"$slice": ["$at", left]}]};
        let filter = doc! {"_id": key, "at": {"$type": "array"}};
        self.collection(recent.collection()).update_one(filter, vec![doc! {"$set": {"at": at}}]).await?;
        Ok(())
    }

    /// Forgets all that was counted.
    pub async fn forget_recent(&self, recent: Recent, key: &str) -> Result<(), StoreError> {
        self.collection(recent.collection()).delete_one(doc! {"_id": key}).await?;
        Ok(())
    }
}

/// The time until so many of the moments lie outside of the window that there is room.
fn wait(counted: &Document, times: i64, limit: &AtMost) -> i64 {
    let moments = counted.get_array("at").into_iter().flatten();
    let mut moments: Vec<i64> =
        moments.filter_map(|at| at.as_datetime()).map(|at| at.timestamp_millis()).collect();
    moments.sort_unstable();
    let too_many = i64::try_from(moments.len()).unwrap_or(i64::MAX) + times - limit.times();
    let last = usize::try_from(too_many - 1).ok().and_then(|at| moments.get(at));
    last.map_or(0, |at| at.saturating_sub(limit.begin().timestamp_millis()))
}
