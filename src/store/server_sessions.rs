//! `rc_account_instances`, our own: one document for each running instance, with the server sessions that its
//! transactions use, a heartbeat, and what its requests have shown of `X-Forwarded-For`.
//!
//! MongoDB keeps the transaction of a process that was killed for a minute, and with it the user and the lock document
//! that it has written: all others would wait. So whoever sees that an instance is dead ends its server sessions.
//!
//! An instance that was only paused loses its open transactions like that, which are then tried again, and its entry; by
//! that it notices, and enters itself anew. All times are the database's own.

use super::{Store, StoreError, error};
use crate::forwarded::{Forwarded, Mark};
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::{Acknowledgment, CollectionOptions, WriteConcern};
use mongodb::{ClientSession, Collection};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) const INSTANCES: &str = "rc_account_instances";

/// An instance that has not been heard of for so long is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(3);

/// So many sessions are entered ahead, which spares a transaction the round trip; more are entered when needed.
const AHEAD: usize = 4;

/// Sessions beyond these are given up after use.
const KEPT: usize = 32;

/// What became of the entries of others.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Buried {
    /// Dead instances whose sessions were ended.
    pub instances: u64,
    /// This MongoDB user may not end sessions: their transactions last as long as MongoDB lets them.
    pub may_not: bool,
}

/// The sessions that the transactions of one client use, one after the other.
#[derive(Default)]
pub(super) struct ServerSessions {
    idle: Mutex<Vec<ClientSession>>,
    entry: Arc<Mutex<Entry>>,
}

/// What all clients of this process have in common.
#[derive(Default)]
struct Entry {
    /// As which instance the sessions are entered; `None` before the first heartbeat.
    instance: Option<String>,
    /// The ids of all sessions, idle and in use.
    ids: Vec<Document>,
}

impl ServerSessions {
    /// For another client of this process.
    pub(super) fn of_another_client(&self) -> ServerSessions {
        ServerSessions { idle: Mutex::default(), entry: Arc::clone(&self.entry) }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<ClientSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self) -> MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ServerSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerSessions")
    }
}

/// That a session is entered. Dropped, it is not any more: then the driver aborts what was open in it.
pub(super) struct Entered {
    id: Document,
    home: Arc<ServerSessions>,
    is_kept: bool,
}

impl Entered {
    /// The transaction is over; the next one may have the session.
    pub(super) fn keep(mut self, session: ClientSession) {
        let mut idle = self.home.idle();
        self.is_kept = idle.len() < KEPT;
        if self.is_kept {
            idle.push(session);
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if !self.is_kept {
            let id = &self.id;
            self.home.entry().ids.retain(|other| other != id);
        }
    }
}

impl Store {
    /// A session that others end if this process dies.
    pub(super) async fn reserve_session(&self) -> Result<(ClientSession, Entered), mongodb::error::Error> {
        let idle = self.server_sessions.idle().pop();
        let session = match idle {
            Some(session) => session,
            None => {
                let session = self.start_session().await?;
                self.enter_sessions(vec![session.id().clone()]).await?;
                session
            }
        };
        let (id, home) = (session.id().clone(), Arc::clone(&self.server_sessions));
        Ok((session, Entered { id, home, is_kept: false }))
    }

    /// Enters some sessions ahead, when the instance is entered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn enter_sessions_ahead(&self) -> Result<(), StoreError> {
        let mut sessions = Vec::with_capacity(AHEAD);
        for _ in 0..AHEAD {
            sessions.push(self.start_session().await?);
        }
        self.enter_sessions(sessions.iter().map(|session| session.id().clone()).collect()).await?;
        self.server_sessions.idle().extend(sessions);
        Ok(())
    }

    /// Its id is known from now on, and so entered by the next heartbeat at the latest.
    async fn start_session(&self) -> Result<ClientSession, mongodb::error::Error> {
        let session = self.client.start_session().await?;
        self.server_sessions.entry().ids.push(session.id().clone());
        Ok(session)
    }

    async fn enter_sessions(&self, ids: Vec<Document>) -> Result<(), mongodb::error::Error> {
        let instance = self.server_sessions.entry().instance.clone();
        if let Some(instance) = instance {
            let entered = doc! {"$addToSet": {"sessions": {"$each": ids}}};
            self.entries().update_one(doc! {"_id": instance}, entered).await?;
        }
        Ok(())
    }

    /// Says that this instance lives and what it has seen, and enters it if it is not entered, or not any more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn beat(&self, forwarded: Forwarded, marks: &[Mark]) -> Result<(), StoreError> {
        let known = self.server_sessions.entry().instance.clone();
        if let Some(instance) = &known {
            let entry = doc! {"_id": instance};
            if self.entries().update_one(entry, self.entry(forwarded, marks)).await?.matched_count == 1 {
                return Ok(());
            }
            tracing::warn!("this instance was taken for dead; its open transactions are tried again");
        }
        if known.is_none() {
            // Entered with the instance itself.
            self.enter_sessions_ahead().await?;
        }
        let instance = ObjectId::new().to_hex();
        let entry = self.entry(forwarded, marks);
        self.entries().update_one(doc! {"_id": &instance}, entry).upsert(true).await?;
        self.server_sessions.entry().instance = Some(instance);
        Ok(())
    }

    fn entry(&self, forwarded: Forwarded, marks: &[Mark]) -> Vec<Document> {
        let ids = self.server_sessions.entry().ids.clone();
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let forwarded = doc! {
            "count": number(forwarded.count), "as_said": number(forwarded.as_said),
            "more": number(forwarded.more), "latest_more": number(forwarded.latest_more),
            "fewer": number(forwarded.fewer), "latest_fewer": number(forwarded.latest_fewer),
        };
        let marks: Vec<Document> = marks
            .iter()
            .map(|mark| doc! {"mark": &mark.mark, "entries": number(mark.entries), "believed": mark.is_believed})
            .collect();
        vec![doc! {"$set": {
            "beat": "$$NOW", "sessions": {"$literal": ids}, "forwarded": {"$literal": forwarded},
            "marks": {"$literal": marks},
        }}]
    }

    /// Ends the sessions of dead instances, and removes their entries.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn bury_the_dead(&self) -> Result<Buried, StoreError> {
        let dead_after = i64::try_from(DEAD_AFTER.as_millis()).unwrap_or(i64::MAX);
        let is_dead = doc! {"$expr": {"$lt": ["$beat", {"$subtract": ["$$NOW", dead_after]}]}};
        let dead: Vec<Document> = self.entries().find(is_dead.clone()).await?.try_collect().await?;
        let mut buried = Buried::default();
        for entry in dead {
            let sessions = entry.get_array("sessions").cloned().unwrap_or_default();
            if !sessions.is_empty() {
                match self.end_sessions(sessions).await {
                    Err(error) if error::is_unauthorized(&error) => buried.may_not = true,
                    result => result?,
                }
            }
            // Only now: if we die in between, others find the entry.
            let mut still = is_dead.clone();
            still.insert("_id", entry.get("_id").cloned().unwrap_or(Bson::Null));
            buried.instances += self.entries().delete_one(still).await?.deleted_count;
        }
        Ok(buried)
    }

    /// Whether this MongoDB user may end the sessions of other processes of its own; proved on one that does not exist.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn may_end_sessions(&self) -> Result<bool, StoreError> {
        let session = self.client.start_session().await?;
        match self.end_sessions(vec![session.id().clone().into()]).await {
            Ok(()) => Ok(true),
            Err(error) if error::is_unauthorized(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn end_sessions(&self, sessions: Vec<Bson>) -> Result<(), mongodb::error::Error> {
        self.database.run_command(doc! {"killSessions": sessions}).await.map(|_| ())
    }

    /// This instance ends in good order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn leave(&self) -> Result<(), StoreError> {
        let instance = self.server_sessions.entry().instance.take();
        if let Some(instance) = instance {
            self.entries().delete_one(doc! {"_id": instance}).await?;
        }
        Ok(())
    }

    /// Written without waiting for others: a lost heartbeat is followed by the next.
    fn entries(&self) -> Collection<Document> {
        let concern = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
        let options = CollectionOptions::builder().write_concern(concern).build();
        self.database.collection_with_options(INSTANCES, options)
    }
}
