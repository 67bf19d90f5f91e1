//! The end of an effect: it has happened, or is not tried any more. In the same write those that wait for it go on, so
//! that no crash leaves one behind: where none waits it is one write of one document, else a transaction.

use super::lease::held;
use super::mend::{freed_from, waiting_for};
use super::park::parking;
use super::{Leased, Store};
use crate::store::StoreError;
use crate::store::transaction::Conflicts;
use bson::{Bson, Document, doc};
use mongodb::ClientSession;
use mongodb::error::Error;

#[derive(Debug, Clone, Copy)]
enum End<'a> {
    Happened,
    Parked { reason: &'a str },
}

impl Store {
    /// The effect has happened.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Unknown`]. Then it can be called again: whatever was done already does
    /// no harm.
    pub async fn finish_effect(&self, leased: &Leased) -> Result<(), StoreError> {
        if self.end_effect(leased, End::Happened).await? || self.effect_is_over(&leased.id).await? {
            self.effect_done(&leased.id);
        }
        Ok(())
    }

    /// The effect is not tried any more.
    ///
    /// # Errors
    /// As of [`Store::finish_effect`].
    pub async fn park_effect(&self, leased: &Leased, reason: &str) -> Result<(), StoreError> {
        self.end_effect(leased, End::Parked { reason }).await?;
        // A request has nothing more to wait for.
        self.effect_done(&leased.id);
        Ok(())
    }

    /// `false`: the lease does not hold any more, perhaps because an earlier call, whose answer was lost, has ended it.
    async fn end_effect(&self, leased: &Leased, end: End<'_>) -> Result<bool, StoreError> {
        self.signals.expect_own_change(&leased.id);
        // Whoever writes an effect behind this one marks it first, in their transaction.
        let mut unfollowed = held(leased);
        unfollowed.insert("followed_by", Bson::Null);
        if self.write_end(unfollowed, end, None).await? {
            return Ok(true);
        }
        let (mut session, entered) = self.reserve_session().await?;
        let ended = self.end_followed(leased, end, &mut session).await;
        entered.keep(session);
        let ended = ended?;
        if ended {
            self.wake_worker();
        }
        Ok(ended)
    }

    async fn end_followed(
        &self,
        leased: &Leased,
        end: End<'_>,
        session: &mut ClientSession,
    ) -> Result<bool, Error> {
        let mut conflicts = Conflicts::new();
        loop {
            let ended = self.end_followed_once(leased, end, session).await;
            if let Err(error) = &ended
                && conflicts.is_one(error).await
            {
                continue;
            }
            return ended;
        }
    }

    async fn end_followed_once(
        &self,
        leased: &Leased,
        end: End<'_>,
        session: &mut ClientSession,
    ) -> Result<bool, Error> {
        self.begin_transaction(session).await?;
        let written = self.write_followed_end(leased, end, session).await;
        if let Ok(true) = written {
            self.commit_transaction(session).await.and(written)
        } else {
            self.abort_transaction(session).await;
            written
        }
    }

    async fn write_followed_end(
        &self,
        leased: &Leased,
        end: End<'_>,
        session: &mut ClientSession,
    ) -> Result<bool, Error> {
        if !self.write_end(held(leased), end, Some(&mut *session)).await? {
            return Ok(false);
        }
        let waiting = waiting_for(&leased.id);
        self.outbox().update_many(waiting, freed_from(&leased.id)).session(session).await?;
        Ok(true)
    }

    /// Whether there was such a document.
    async fn write_end(
        &self,
        filter: Document,
        end: End<'_>,
        session: Option<&mut ClientSession>,
    ) -> Result<bool, Error> {
        let (outbox, id) = (self.outbox(), doc! {"_id": 1});
        let found = match end {
            End::Happened => {
                let delete = outbox.find_one_and_delete(filter).projection(id);
                match session {
                    Some(session) => delete.session(session).await?,
                    None => delete.await?,
                }
            }
            End::Parked { reason } => {
                let park = outbox.find_one_and_update(filter, parking(reason)).projection(id);
                match session {
                    Some(session) => park.session(session).await?,
                    None => park.await?,
                }
            }
        };
        Ok(found.is_some())
    }
}
