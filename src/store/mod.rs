//! MongoDB: one file per collection, each query and update named. The only room that names the driver.
//!
//! Reads that decide anything go to the primary; writes are acknowledged by a majority with journal.

mod account;
mod avatars;
mod batches;
mod bounded;
mod call_history;
mod changes;
mod claimed_statuses;
mod commit;
mod connect;
mod email_code_lists;
mod email_codes;
mod error;
mod exact;
mod indexes;
mod inspect;
mod instances;
mod invitation;
mod left_direct_messages;
mod leftovers;
mod live;
mod livechat_agents;
mod login;
mod login_tokens;
mod mailed_tokens;
mod make_way;
mod messages;
mod outbox;
mod outdated;
mod own_subscriptions;
mod public_settings;
mod push_tokens;
mod recent;
mod rooms;
mod second_factor;
mod seed;
mod server_events;
mod server_sessions;
mod sessions;
mod settings;
mod stored;
mod subscriptions;
mod transaction;
mod user_update;
mod users;
mod video_conferences;
mod workspace;

pub(crate) use account::Account;
pub(crate) use claimed_statuses::EndedClaim;
pub(crate) use commit::{Claim, Commit, Committed};
pub(crate) use connect::ConnectError;
pub(crate) use email_codes::StoredEmailCode;
pub(crate) use error::StoreError;
pub(crate) use inspect::{
    CaseDuplicates, DuplicatesOf, FieldKind, HalfRenamed, HeavyUser, LargeEffect, ListedEffect, ListedState,
    MarkSeen, OddField, ParkedEffect, ParkedRename, Place, StoredIndex, Trace, UnusableHashes,
};
pub(crate) use instances::Instance;
pub(crate) use invitation::{InvitedRoom, Joining};
pub(crate) use live::WorkspaceChanges;
pub(crate) use login::StoredToken;
pub(crate) use mailed_tokens::{Addressee, MailedFor};
pub(crate) use messages::Mentioning;
pub use mongodb::event::{EventHandler, command::CommandEvent};
pub(crate) use outbox::{
    EffectChange, EffectEnd, EffectState, Leased, NewEffect, OutboxDepth, StoredEffect, Wish,
};
pub(crate) use outdated::{Outdated, Replacement};
pub(crate) use own_subscriptions::{NOTIFICATIONS, SubscriptionsChange};
pub(crate) use public_settings::PublicSettings;
pub(crate) use recent::{AtMost, Recent};
pub(crate) use rooms::GroupRoom;
pub(crate) use second_factor::{CodeRecipient, SecondFactorSecrets, TotpSecrets};
pub(crate) use server_events::{LoginEvent, LoginOutcome};
pub(crate) use sessions::Connection;
pub(crate) use stored::Stored;
pub(crate) use subscriptions::Subscriptions;
pub(crate) use user_update::UserUpdate;
pub(crate) use users::{UserFilter, Whom};

use crate::deadline::Deadline;
use bounded::Bounded;
use bson::{Document, RawDocumentBuf};
use leftovers::Leftovers;
use mongodb::options::{Acknowledgment, ClientOptions, DatabaseOptions, WriteConcern};
use mongodb::{Client, Database};
use server_sessions::ServerSessions;
use std::sync::Arc;
use std::time::Duration;
/// The workspace's database.
#[derive(Clone)]
pub struct Store {
    client: Client,
    /// What the client was made with. Not for display: it holds credentials.
    options: Arc<ClientOptions>,
    database: Database,
    /// By when the operations of a request must be over.
    deadline: Option<Deadline>,
    server_sessions: Arc<ServerSessions>,
    signals: Arc<outbox::Signals>,
    /// Where a long change notes the documents that it has to leave out.
    leftovers: Option<Leftovers>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("database", &self.database.name()).finish_non_exhaustive()
    }
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

    /// What is left of the request's deadline, where there is one.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.as_ref().map(Deadline::left)
    }

    /// The same database for what goes on behind the answer.
    pub fn without_deadline(&self) -> Store {
        Store { database: self.client.database(self.database.name()), deadline: None, ..self.clone() }
    }

    fn collection(&self, name: &str) -> Bounded<Document> {
        Bounded::new(self.database.collection(name), self.deadline.clone())
    }

    /// The collection with its documents as they are stored.
    fn raw_collection(&self, name: &str) -> Bounded<RawDocumentBuf> {
        Bounded::new(self.database.collection(name), self.deadline.clone())
    }

    /// That somebody still wants the request to be carried on.
    fn check_wanted(&self) -> Result<(), StoreError> {
        Ok(self.deadline.as_ref().map_or(Ok(()), Deadline::check)?)
    }

    /// Carries out a write that is no part of a transaction.
    async fn write<T>(
        &self,
        write: impl IntoFuture<Output = Result<T, mongodb::error::Error>>,
    ) -> Result<T, StoreError> {
        self.noting(async { Ok(write.await?) }, |_| true).await
    }

    /// Notes in the request's deadline that this may write, unless it turns out for certain that it has not.
    async fn noting<T>(
        &self,
        write: impl Future<Output = Result<T, StoreError>>,
        is_written: impl Fn(&T) -> bool,
    ) -> Result<T, StoreError> {
        self.begin_write();
        let result = write.await;
        let may_be_written = match &result {
            Ok(outcome) => is_written(outcome),
            Err(error) => matches!(error, StoreError::Unknown(_)),
        };
        if !may_be_written {
            self.disprove_write();
        }
        result
    }

    fn begin_write(&self) {
        self.deadline.iter().for_each(Deadline::begin_write);
    }

    fn disprove_write(&self) {
        self.deadline.iter().for_each(Deadline::disprove_write);
    }
}

/// Acknowledged by a majority, with journal. Without a limit, a majority that is not there is waited for.
fn lasting(limit: Option<Duration>) -> WriteConcern {
    let mut concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    concern.w_timeout = limit;
    concern
}
