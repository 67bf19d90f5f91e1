//! The one write of a request: a guarded update of `users`, and what must be written together with it.

use super::outbox::HandOver;
use super::second_factor::TOTP_STEPS;
use super::transaction::Conflicts;
use super::user_update::UserUpdate;
use super::users::UserFilter;
use super::{Store, StoreError, error};
use crate::deadline::Deadline;
use bson::{DateTime, Document, RawDocumentBuf, doc};
use mongodb::ClientSession;
use mongodb::error::Error;
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::Duration;

/// Our own: one document per stripe, touched by every claim of a name, so that two claims of the same name
/// in different letter case cannot both pass. The unique indexes of `users` see letter case.
const LOCKS: &str = "rc_account_locks";
const STRIPES: u8 = 64;

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
    /// `_updatedAt` when the user was read.
    pub seen: Option<DateTime>,
    pub update: UserUpdate,
    /// What of the new document the reply needs.
    pub projection: Document,
    pub now: DateTime,
}

/// Shows nothing that is written or guarded: it may be a hash, a secret of TOTP or a token.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// What became of a [`Commit`]. Not for display: the document holds hashes and tokens.
pub enum Committed {
    /// Written; the new document.
    Done(RawDocumentBuf),
    /// The user is no longer as the decision assumed, or the code is spent. Nothing was written.
    Stale,
    /// Another user holds the claimed value by now. Nothing was written.
    Taken(Claim),
}

impl Store {
    /// Writes the commit: one `findOneAndUpdate` where that is all, else one transaction.
    pub(super) async fn commit_as_it_is(&self, commit: &Commit) -> Result<Committed, StoreError> {
        if commit.update.is_one_write() && !self.ends_devices(commit).await? {
            self.check_wanted()?;
            let is_written = |committed: &Committed| matches!(committed, Committed::Done(_));
            return self.noting(self.write_once(commit), is_written).await;
        }
        let (mut session, entered) = self.reserve_session().await?;
        let committed = self.transact(commit, &mut session).await;
        entered.keep(session);
        committed
    }

    /// Whether sessions end with the commit that have devices. Looked up first, because a transaction costs MongoDB three times
    /// as much as the update of the user by itself. A device that is registered in between stays, as one does that a session
    /// registers while it is ended.
    async fn ends_devices(&self, commit: &Commit) -> Result<bool, StoreError> {
        let Some(hashed_token) = &commit.update.only_session else { return Ok(false) };
        self.has_other_push_tokens(&commit.user_id, hashed_token).await
    }

    async fn write_once(&self, commit: &Commit) -> Result<Committed, StoreError> {
        match self.write_user(commit, None).await {
            Ok(document) => Ok(document.map_or(Committed::Stale, Committed::Done)),
            Err(error) => taken_or(commit, error),
        }
    }

    /// Nothing is written before the commit; so the request may be given up between any two attempts.
    async fn transact(&self, commit: &Commit, session: &mut ClientSession) -> Result<Committed, StoreError> {
        let mut conflicts = Conflicts::new();
        loop {
            self.check_wanted()?;
            let error = match self.commit_once(commit, session).await {
                Ok((committed, hand_over)) => {
                    if let Some(hand_over) = hand_over {
                        if hand_over.len() < commit.update.effects.len() {
                            self.wake_worker();
                        }
                        hand_over.committed();
                    }
                    return Ok(committed);
                }
                Err(error) => error,
            };
            // The first use of a lock document can also end as a duplicate of it.
            let lost = error::is_duplicate_in(&error, LOCKS) && conflicts.wait().await;
            if !lost && !conflicts.is_one(&error).await {
                return taken_or(commit, error);
            }
        }
    }

    /// What became of it, and the effects that this process is to carry out at once.
    async fn commit_once(
        &self,
        commit: &Commit,
        session: &mut ClientSession,
    ) -> Result<(Committed, Option<HandOver>), Error> {
        self.begin_transaction(session).await?;
        let outcome = self.write_in_transaction(commit, session).await;
        if matches!(outcome, Ok((Committed::Done(_), _))) {
            self.commit_transaction(session).await.and(outcome)
        } else {
            self.abort_transaction(session).await;
            outcome
        }
    }

    async fn write_in_transaction(
        &self,
        commit: &Commit,
        session: &mut ClientSession,
    ) -> Result<(Committed, Option<HandOver>), Error> {
        let refused = |committed| Ok((committed, None));
        // Looked up before the lock is touched: a claim that is lost already is refused without a conflict.
        // What the user holds already came from another request of theirs: then the guard of the write fails.
        for claim in &commit.update.claims {
            if self.find_holder(claim.filter(), Some(&commit.user_id), Some(session)).await? {
                return refused(Committed::Taken(claim.clone()));
            }
        }
        // A claim that was committed since this snapshot was taken conflicts here; the next attempt sees it.
        for claim in &commit.update.claims {
            self.collection(LOCKS)
                .update_one(doc! {"_id": claim.stripe()}, doc! {"$inc": {"claims": 1_i64}})
                .upsert(true)
                .session(&mut *session)
                .await?;
        }
        if let Some(step) = commit.update.spent_totp_step
            && let Err(error) = self.spend_totp_step(&commit.user_id, step, session).await
        {
            return if error::is_duplicate_in(&error, TOTP_STEPS) {
                refused(Committed::Stale)
            } else {
                Err(error)
            };
        }
        let obstacles = &commit.update.obstacles;
        if !obstacles.is_empty() && !self.make_way(&commit.user_id, obstacles, Some(&mut *session)).await? {
            return refused(Committed::Stale);
        }
        if let Some(joining) = &commit.update.joins {
            self.join(joining, &commit.user_id, commit.now, session).await?;
        }
        // Before the user: these documents are others', too, and who meets them at the same moment begins anew.
        for replacement in &commit.update.replacements {
            self.replace_few(replacement, session).await?;
        }
        if let Some(custom_fields) = &commit.update.subscription_custom_fields {
            self.replace_custom_fields(&commit.user_id, custom_fields, commit.now, session).await?;
        }
        let Some(document) = self.write_user(commit, Some(&mut *session)).await? else {
            return refused(Committed::Stale);
        };
        for change in &commit.update.subscriptions {
            self.change_own_subscriptions(&commit.user_id, change, commit.now, session).await?;
        }
        if let Some(hashed_token) = &commit.update.only_session {
            self.remove_other_push_tokens(&commit.user_id, hashed_token, session).await?;
        }
        // After the update of the user, which makes other commits of the same user wait: so effects have an order.
        let hand_over = self.insert_effects(&commit.user_id, &commit.update.effects, session).await?;
        Ok((Committed::Done(document), hand_over))
    }

    async fn write_user(
        &self,
        commit: &Commit,
        session: Option<&mut ClientSession>,
    ) -> Result<Option<RawDocumentBuf>, Error> {
        let Commit { user_id, update, projection, .. } = commit;
        let mut filter = update.filter(user_id);
        filter.extend(self.no_later_change(commit));
        self.update_user(
            filter,
            update.operators(),
            projection.clone(),
            update.array_filters.clone(),
            session,
        )
        .await
    }
}

impl Store {
    /// That no request which began later has changed the user meanwhile. This one may be under way in MongoDB while its
    /// client has hung up, sent another change, and been told that it is saved.
    ///
    /// The moment is that of the write, so that requests which come all the time rarely stand in each other's way. What was
    /// read may be newer: Rocket.Chat and other instances have clocks of their own.
    fn no_later_change(&self, commit: &Commit) -> Document {
        let elapsed = self.deadline.as_ref().map_or(Duration::ZERO, Deadline::elapsed);
        let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(0);
        let moment = DateTime::from_millis(commit.now.timestamp_millis().saturating_add(elapsed));
        let no_later = |moment: DateTime| doc! {"_updatedAt": {"$not": {"$gt": moment}}};
        match commit.seen {
            Some(seen) => no_later(seen.max(moment)),
            // A date in a list is none.
            None => doc! {"$or": [no_later(moment), {"_updatedAt": {"$type": "array"}}]},
        }
    }
}

/// A claim that a unique index refused was lost to a race: the value is taken.
fn taken_or(commit: &Commit, error: Error) -> Result<Committed, StoreError> {
    let error = StoreError::from(error);
    let lost = commit.update.claims.iter().find(|claim| error.is_duplicate_of(claim.path()));
    lost.map(|claim| Committed::Taken(claim.clone())).ok_or(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_that_is_written() {
        let mut update = UserUpdate::default();
        update.guard("services.password.bcrypt", "s3cret");
        update.set("services.totp.secret", "s3cret");
        update.only_session = Some("s3cret".to_owned());
        let (user_id, now) = ("u".to_owned(), DateTime::from_millis(0));
        let commit = Commit { user_id, seen: None, update, projection: doc! {}, now };
        let shown = format!("{commit:?}");
        assert!(shown.contains("\"u\"") && !shown.contains("s3cret"), "{shown}");
    }
}
