//! The one write of a request: a guarded update of `users`, and what must be written together with it.

use super::outbox::NewEffect;
use super::second_factor::TOTP_STEPS;
use super::users::UserFilter;
use super::{Store, StoreError, error};
use crate::random;
use bson::{DateTime, Document, RawDocumentBuf, doc};
use mongodb::ClientSession;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{Acknowledgment, ReadConcern, WriteConcern};
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::{Duration, Instant};

/// Our own: one document per stripe, touched by whoever claims a name, so that two claims of the same name
/// in different letter case cannot both pass. The unique indexes of `users` see letter case.
const LOCKS: &str = "rc_account_locks";
const STRIPES: u8 = 64;

/// How long a transaction that loses against others is tried again, with which pauses at most.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE_MS: u64 = 128;

/// How often a commit whose outcome is unknown is repeated.
const COMMITS: u32 = 8;

/// Something that only one user may hold, in any letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    Username(String),
    EmailAddress(String),
}

impl Claim {
    fn filter(&self) -> UserFilter<'_> {
        match self {
            Claim::Username(username) => UserFilter::Username(username),
            Claim::EmailAddress(address) => UserFilter::EmailAddress(address),
        }
    }

    /// The path of `users` whose unique index holds the claim.
    fn path(&self) -> &'static str {
        match self {
            Claim::Username(_) => "username",
            Claim::EmailAddress(_) => "emails.address",
        }
    }

    /// The lock document: the same for all letter cases of a value, in every instance and build of ours.
    fn stripe(&self) -> String {
        let (Claim::Username(value) | Claim::EmailAddress(value)) = self;
        let digest = Sha256::digest(value.to_lowercase());
        format!("{}/{}", self.path(), digest[0] % STRIPES)
    }
}

/// What is written, all of it or nothing.
#[derive(Clone)]
pub struct Commit {
    pub user_id: String,
    /// Which state of the user the decision rests on.
    pub guard: Document,
    pub update: Document,
    /// What of the new document the reply needs.
    pub projection: Document,
    /// Which elements of an array the update means.
    pub array_filters: Vec<Document>,
    pub claims: Vec<Claim>,
    /// The TOTP step that the change spends.
    pub spent_totp_step: Option<u64>,
    /// New `customFields` of the user's direct-message subscriptions.
    pub subscription_custom_fields: Option<Document>,
    /// The hashed login token of the only session that the change leaves: push registrations of the others go.
    pub only_session: Option<String>,
    /// What is to happen because of the change, in this order.
    pub effects: Vec<NewEffect>,
    pub now: DateTime,
}

/// Shows nothing that is written or guarded: it may be a hash, a secret of TOTP or a token.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Commit {
    fn is_one_write(&self) -> bool {
        self.claims.is_empty()
            && self.spent_totp_step.is_none()
            && self.subscription_custom_fields.is_none()
            && self.only_session.is_none()
            && self.effects.is_empty()
    }
}

/// What became of a [`Commit`]. Not for display: the document holds hashes and tokens.
pub enum Committed {
    /// Written; the new document.
    Done(RawDocumentBuf),
    /// The user is no longer as the decision assumed, or the code is spent. Nothing was written.
    Stale,
    /// Somebody else holds the claimed value by now. Nothing was written.
    Taken(Claim),
}

impl Store {
    /// Writes the commit: one `findOneAndUpdate` where that is all, else one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written, except when the connection broke while committing and the
    /// outcome could not be learnt.
    pub async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        if commit.is_one_write() {
            return match self.write_user(commit, None).await {
                Ok(document) => Ok(document.map_or(Committed::Stale, Committed::Done)),
                Err(error) => taken_or(commit, error),
            };
        }
        let mut session = self.client.start_session().await?;
        let started = Instant::now();
        let mut longest_pause_ms = 2;
        loop {
            match self.commit_once(commit, &mut session).await {
                Ok(committed) => {
                    if matches!(committed, Committed::Done(_)) && !commit.effects.is_empty() {
                        self.wake_worker();
                    }
                    return Ok(committed);
                }
                Err(error) if started.elapsed() < PATIENCE && was_only_in_the_way(&error) => {
                    let pause = Duration::from_millis(random::below(longest_pause_ms));
                    longest_pause_ms = (longest_pause_ms * 2).min(LONGEST_PAUSE_MS);
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return taken_or(commit, error),
            }
        }
    }

    async fn commit_once(&self, commit: &Commit, session: &mut ClientSession) -> Result<Committed, Error> {
        session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build())
            .await?;
        let outcome = self.write_in_transaction(commit, session).await;
        if !matches!(outcome, Ok(Committed::Done(_))) {
            // The server ends an abandoned transaction by itself; a failing abort changes nothing.
            let _ = session.abort_transaction().await;
            return outcome;
        }
        let mut tries = 0;
        loop {
            match session.commit_transaction().await {
                Err(error) if tries < COMMITS && error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {
                    tries += 1;
                }
                result => return result.and(outcome),
            }
        }
    }

    async fn write_in_transaction(
        &self,
        commit: &Commit,
        session: &mut ClientSession,
    ) -> Result<Committed, Error> {
        // Looked up before the lock is touched: whoever has lost already is told so without a conflict.
        for claim in &commit.claims {
            if self.find_holder(claim.filter(), Some(session)).await? {
                return Ok(Committed::Taken(claim.clone()));
            }
        }
        // A claim that was committed since this snapshot was taken conflicts here; the next attempt sees it.
        for claim in &commit.claims {
            self.collection(LOCKS)
                .update_one(doc! {"_id": claim.stripe()}, doc! {"$inc": {"claims": 1_i64}})
                .upsert(true)
                .session(&mut *session)
                .await?;
        }
        if let Some(step) = commit.spent_totp_step
            && let Err(error) = self.spend_totp_step(&commit.user_id, step, session).await
        {
            return if error::is_duplicate_in(&error, TOTP_STEPS) {
                Ok(Committed::Stale)
            } else {
                Err(error)
            };
        }
        let Some(document) = self.write_user(commit, Some(&mut *session)).await? else {
            return Ok(Committed::Stale);
        };
        if let Some(custom_fields) = &commit.subscription_custom_fields {
            self.replace_custom_fields(&commit.user_id, custom_fields, commit.now, session).await?;
        }
        if let Some(hashed_token) = &commit.only_session {
            self.remove_other_push_tokens(&commit.user_id, hashed_token, session).await?;
        }
        // After the update of the user, which makes other commits of the same user wait: so effects have an order.
        self.insert_effects(&commit.user_id, &commit.effects, commit.now, session).await?;
        Ok(Committed::Done(document))
    }

    async fn write_user(
        &self,
        commit: &Commit,
        session: Option<&mut ClientSession>,
    ) -> Result<Option<RawDocumentBuf>, Error> {
        let mut filter = doc! {"_id": &commit.user_id};
        filter.extend(commit.guard.clone());
        let (update, projection) = (commit.update.clone(), commit.projection.clone());
        self.update_user(filter, update, projection, commit.array_filters.clone(), session).await
    }
}

/// Whether another transaction was faster, so that trying again is all that is needed. The first use of a
/// lock document can also end as a duplicate of it.
fn was_only_in_the_way(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR) || error::is_duplicate_in(error, LOCKS)
}

/// A claim that a unique index refused was lost to a race: the value is taken.
fn taken_or(commit: &Commit, error: Error) -> Result<Committed, StoreError> {
    let error = StoreError::from(error);
    let lost = commit.claims.iter().find(|claim| error.is_duplicate_of(claim.path()));
    lost.map(|claim| Committed::Taken(claim.clone())).ok_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_that_is_written() {
        let commit = Commit {
            user_id: "u".to_owned(),
            guard: doc! {"services.password.bcrypt": "s3cret"},
            update: doc! {"$set": {"services.totp.secret": "s3cret"}},
            projection: doc! {},
            array_filters: vec![doc! {"token.hashedToken": "s3cret"}],
            claims: Vec::new(),
            spent_totp_step: None,
            subscription_custom_fields: None,
            only_session: Some("s3cret".to_owned()),
            effects: Vec::new(),
            now: DateTime::from_millis(0),
        };
        let shown = format!("{commit:?}");
        assert!(shown.contains("\"u\"") && !shown.contains("s3cret"), "{shown}");
    }
}
