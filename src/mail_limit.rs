//! How many mails a user may cause and an address may get, over all routes and instances: else a mailbox of a stranger
//! could be flooded through us. Source: `docs/DECISIONS.md` section 3.

use crate::domain_error::DomainError;
use crate::store::{AtMost, Recent, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join_all, try_join_all};
use sha2::{Digest, Sha256};

/// `COUNT/WINDOW_MS`: for each user, and for each address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimit {
    pub mails: u32,
    pub window_ms: u64,
}

/// What was counted, to be taken back where no mail goes out after all.
#[derive(Debug, Default)]
pub struct CountedMails(Vec<(String, u32)>);

/// Counts in the database.
#[derive(Debug, Clone)]
pub struct MailLimiter(Option<MailLimit>);

impl MailLimiter {
    pub fn new(limit: Option<MailLimit>) -> MailLimiter {
        MailLimiter(limit)
    }

    /// Counts one mail to each of the addresses, caused by the user; all of them or none.
    ///
    /// # Errors
    /// [`DomainError::TooManyMails`].
    pub async fn count(
        &self,
        store: &Store,
        user_id: &str,
        addresses: &[String],
        now: DateTime<Utc>,
    ) -> Result<CountedMails, DomainError> {
        // Most changes cause no mail: they cost no write here.
        let Some(limit) = self.0.filter(|_| !addresses.is_empty()) else {
            return Ok(CountedMails::default());
        };
        let within = i64::try_from(limit.window_ms).ok().and_then(TimeDelta::try_milliseconds);
        let limit = AtMost { times: limit.mails, within: within.unwrap_or(TimeDelta::MAX), now };
        let keys: Vec<(String, u32)> = keys(user_id, addresses);
        let counting = keys.iter().map(|(key, times)| store.count_recent(Recent::Mails, key, *times, limit));
        let outcomes = try_join_all(counting).await?;
        let longest_wait = outcomes.iter().filter_map(|outcome| outcome.err()).max();
        let counted = keys.into_iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
        let counted = CountedMails(counted.map(|(key, _)| key).collect());
        let Some(milliseconds) = longest_wait else { return Ok(counted) };
        self.take_back(store, counted).await;
        Err(DomainError::TooManyMails { seconds: milliseconds.saturating_add(999) / 1000 })
    }

    /// For mails that are not sent after all. What cannot be taken back counts until its window is over.
    pub async fn take_back(&self, store: &Store, counted: CountedMails) {
        let keys = counted.0.iter().filter(|(_, times)| *times > 0);
        let taking_back = keys.map(|(key, times)| store.uncount_recent(Recent::Mails, key, *times));
        let failed: Vec<StoreError> =
            join_all(taking_back).await.into_iter().filter_map(Result::err).collect();
        for error in failed {
            tracing::warn!(%error, "mails that were not sent count all the same");
        }
    }
}

/// The user, also for no mail at all, so that the time does not tell; and each address, in lower case, which need not
/// be readable.
fn keys(user_id: &str, addresses: &[String]) -> Vec<(String, u32)> {
    let user = (format!("user/{user_id}"), u32::try_from(addresses.len()).unwrap_or(u32::MAX));
    let mut keys = vec![user];
    for address in addresses {
        let key = format!("to/{}", hex::encode(Sha256::digest(address.to_lowercase())));
        match keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, times)) => *times += 1,
            None => keys.push((key, 1)),
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_in_any_letter_case() {
        let addresses = ["A@x.example", "a@X.example", "b@x.example"].map(str::to_owned);
        let counted: Vec<u32> = keys("u", &addresses).into_iter().map(|(_, times)| times).collect();
        assert_eq!(counted, [3, 2, 1]);
        assert_eq!(keys("u", &[]), [("user/u".to_owned(), 0)]);
    }
}
