//! MongoDB: one file per collection, each query and update named. The only room that names the driver.
//!
//! Reads that decide anything go to the primary; writes are acknowledged by a majority with journal.

mod account;
mod avatars;
mod batches;
mod call_history;
mod changes;
mod commit;
mod email_codes;
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
mod push_tokens;
mod recent;
mod rooms;
mod second_factor;
mod server_events;
mod sessions;
mod settings;
mod subscriptions;
mod user_update;
mod users;
mod video_conferences;
mod workspace;

pub(crate) use account::Account;
pub(crate) use commit::{Claim, Commit, Committed};
pub(crate) use email_codes::StoredEmailCode;
pub(crate) use error::StoreError;
pub(crate) use inspect::{
    CaseDuplicates, DuplicatesOf, HalfRenamed, HeavyUser, LargeEffect, ParkedEffect, Place, StoredIndex,
    Trace, UnusableHashes,
};
pub(crate) use instances::Instance;
pub(crate) use live::WorkspaceChanges;
pub(crate) use login::StoredToken;
pub(crate) use messages::Mentioning;
pub use mongodb::event::{EventHandler, command::CommandEvent};
pub(crate) use outbox::{EffectChange, EffectEnd, Leased, NewEffect, StoredEffect};
pub(crate) use recent::{AtMost, Recent};
pub(crate) use rooms::GroupRoom;
pub(crate) use second_factor::{CodeRecipient, SecondFactorSecrets, TotpSecrets};
pub(crate) use server_events::{LoginEvent, LoginOutcome};
pub(crate) use sessions::Connection;
pub(crate) use subscriptions::Subscriptions;
pub(crate) use user_update::{Stored, UserUpdate};
pub(crate) use users::UserFilter;

use bson::{Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, ReadPreference, SelectionCriteria, WriteConcern};
use mongodb::{Client, Collection, Database};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How long a request or the start waits for a usable primary when `MONGO_URL` does not say.
const SERVER_SELECTION: Duration = Duration::from_secs(10);

/// As in Rocket.Chat's driver; this one's own default is 10.
const MAX_POOL_SIZE: u32 = 100;

/// Why the database cannot be used at all.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("MONGO_URL cannot be used: {0}")]
    Address(String),
    #[error("MONGO_URL: no MongoDB answers there within {0:?}")]
    Unreachable(Duration),
    #[error("MONGO_URL: MongoDB refused the connection: {0}")]
    Refused(String),
    #[error(
        "MONGO_URL: this MongoDB is not a replica set, which Rocket.Chat and rc-account need. \
         Start mongod with --replSet rs0 and once run: mongosh --eval 'rs.initiate()'"
    )]
    NotAReplicaSet,
}

/// The workspace's database.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    database: Database,
    signals: Arc<outbox::Signals>,
}

impl Store {
    /// Connects, and makes sure that transactions are possible.
    ///
    /// `commands` is told of every command that the driver sends.
    ///
    /// # Errors
    /// When the address is wrong, nobody answers, or MongoDB is not a replica set.
    pub async fn connect(
        url: &SecretString,
        commands: Option<EventHandler<CommandEvent>>,
    ) -> Result<Store, ConnectError> {
        let mut options = ClientOptions::parse(url.expose_secret())
            .await
            .map_err(|error| ConnectError::Address(error::about_address(&error)))?;
        options.app_name = Some("rc-account".to_owned());
        let patience = *options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        // Renames in progress hold some of them for long.
        options.max_pool_size.get_or_insert(MAX_POOL_SIZE);
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        options.write_concern =
            Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
        options.command_event_handler = commands;
        let client = Client::with_options(options)
            .map_err(|error| ConnectError::Address(error::about_address(&error)))?;
        let database = client
            .default_database()
            .ok_or_else(|| ConnectError::Address("its path names no database".to_owned()))?;
        let hello =
            database.run_command(doc! {"hello": 1}).await.map_err(|error| {
                match error::server_message(&error) {
                    Some(message) => ConnectError::Refused(message),
                    None => ConnectError::Unreachable(patience),
                }
            })?;
        let sharded = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
        if !sharded && !hello.contains_key("setName") {
            return Err(ConnectError::NotAReplicaSet);
        }
        Ok(Store { client, database, signals: Arc::default() })
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }
}
