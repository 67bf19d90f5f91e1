//! MongoDB: one file per collection, each query and update named. The only room that names the driver.
//!
//! Reads that decide anything go to the primary; writes are acknowledged by a majority with journal.

mod avatars;
mod batches;
mod bounded;
mod call_history;
mod changes;
mod commit;
mod connect;
mod error;
mod indexes;
mod inspect;
mod instances;
mod live;
mod livechat_agents;
mod login;
mod login_tokens;
mod messages;
mod outbox;
mod outbox_signals;
mod push_tokens;
mod rooms;
mod second_factor;
mod server_events;
mod server_sessions;
mod sessions;
mod settings;
mod subscriptions;
mod users;
mod video_conferences;
mod workspace;

pub use commit::{Claim, Commit, Committed};
pub use connect::ConnectError;
pub use error::StoreError;
pub use inspect::{
    CaseDuplicates, DuplicatesOf, HalfRenamed, HeavyUser, OutboxState, ParkedEffect, Place, Server,
    StoredIndex, Trace,
};
pub use instances::Instance;
pub use live::WorkspaceChanges;
pub use login::StoredToken;
pub use messages::Mentioning;
pub use mongodb::event::{EventHandler, command::CommandEvent};
pub use outbox::{Due, Leased, NewEffect, StoredEffect};
pub use outbox_signals::{EffectChange, EffectChanges, EffectEnd};
pub use rooms::GroupRoom;
pub use second_factor::{CodeRecipient, SecondFactorSecrets};
pub use server_events::{LoginEvent, LoginOutcome, Subject};
pub use server_sessions::Buried;
pub use sessions::Connection;
pub use subscriptions::Subscriptions;
pub use users::UserFilter;

use crate::deadline::Deadline;
use bounded::Bounded;
use bson::{Document, RawDocumentBuf};
use mongodb::options::{Acknowledgment, DatabaseOptions, WriteConcern};
use mongodb::{Client, Database};
use server_sessions::ServerSessions;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast};

/// The workspace's database.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    database: Database,
    /// By when the operations of a request must be over.
    deadline: Option<Deadline>,
    server_sessions: Arc<ServerSessions>,
    /// Rings when effects were written, here or by another instance.
    new_effects: Arc<Notify>,
    /// Tells the ids of effects that have happened, here or in another instance.
    ended_effects: broadcast::Sender<Option<String>>,
}

impl Store {
    /// The same database for one request: every operation ends by its deadline.
    #[must_use]
    pub fn until(&self, deadline: &Deadline) -> Store {
        // What is written here but cannot reach a majority must be told before the request ends.
        let concern = lasting(Some(deadline.patience() / 2));
        let options = DatabaseOptions::builder().write_concern(concern).build();
        Store {
            database: self.client.database_with_options(self.database.name(), options),
            deadline: Some(deadline.clone()),
            ..self.clone()
        }
    }

    fn collection(&self, name: &str) -> Bounded<Document> {
        Bounded::new(self.database.collection(name), self.deadline.clone())
    }

    /// The collection with its documents as they are stored.
    fn raw_collection(&self, name: &str) -> Bounded<RawDocumentBuf> {
        Bounded::new(self.database.collection(name), self.deadline.clone())
    }

    /// Carries a write out that is no part of a transaction, and notes whether it may have changed anything.
    async fn write<T>(
        &self,
        write: impl IntoFuture<Output = Result<T, mongodb::error::Error>>,
    ) -> Result<T, StoreError> {
        self.noting(async { Ok(write.await?) }).await
    }

    /// Notes in the request's deadline that this may write, unless it turns out for certain that it has not.
    async fn noting<T>(&self, write: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let Some(deadline) = &self.deadline else { return write.await };
        deadline.begin_write();
        let result = write.await;
        if result.as_ref().is_err_and(|error| !matches!(error, StoreError::Unknown(_))) {
            deadline.disprove_write();
        }
        result
    }
}

/// Acknowledged by a majority, with journal. Without a limit, a majority that is not there is waited for.
fn lasting(limit: Option<Duration>) -> WriteConcern {
    let mut concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    concern.w_timeout = limit;
    concern
}
