//! From `MONGO_URL` to a database that can be worked with, or a clear word why not.

use super::{Store, StoreError, error, lasting};
use bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::event::{EventHandler, command::CommandEvent};
use mongodb::options::{
    Acknowledgment, ClientOptions, CollectionOptions, ReadPreference, SelectionCriteria, ServerAddress,
    WriteConcern,
};
use mongodb::{Client, Collection};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How long a request or the start waits for a usable primary when `MONGO_URL` does not say. An election takes up to 12
/// seconds by default.
const SERVER_SELECTION: Duration = Duration::from_secs(15);

/// How long one server of a replica set that cannot be used may take to say what it is.
const ASKING: Duration = Duration::from_secs(2);

/// How long a healthy replica set may take to confirm a write.
const CONFIRMING: Duration = Duration::from_secs(3);

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
    #[error("MONGO_URL: replicaSet={wanted}, but this MongoDB belongs to the replica set {found}")]
    OtherReplicaSet { wanted: String, found: String },
    #[error("MONGO_URL: the replica set {0} has no primary, so nothing can be read or written")]
    NoPrimary(String),
    #[error(
        "MONGO_URL: this MongoDB user may not write into {collection} ({reason}); grant it the role readWrite on the \
         workspace's database"
    )]
    MayNotWrite { collection: &'static str, reason: String },
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
        options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        // Renames in progress hold some of them for long.
        options.max_pool_size.get_or_insert(MAX_POOL_SIZE);
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        options.write_concern = Some(lasting(None));
        options.command_event_handler = commands;
        let client = client(options.clone())?;
        let database = client
            .default_database()
            .ok_or_else(|| ConnectError::Address("its path names no database".to_owned()))?;
        let hello = match database.run_command(doc! {"hello": 1}).await {
            Ok(hello) => hello,
            Err(error) => return Err(explain(&error, options).await),
        };
        let sharded = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
        if !sharded && !hello.contains_key("setName") {
            return Err(ConnectError::NotAReplicaSet);
        }
        Ok(Store {
            client,
            database,
            deadline: None,
            server_sessions: Arc::default(),
            leftovers: None,
            signals: Arc::default(),
        })
    }

    /// Proves the rights to write, by updates that find nothing.
    ///
    /// # Errors
    /// [`ConnectError::MayNotWrite`], or that MongoDB does not answer.
    pub(crate) async fn prove_rights(&self) -> Result<(), ConnectError> {
        for collection in ["users", "rocketchat_subscription", "rc_account_outbox"] {
            // A majority that is away is no question of rights.
            let concern = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
            if let Err(error) = self.write_nothing(collection, concern).await {
                return Err(match error::refused_connection(&error) {
                    Some(reason) if error::is_unauthorized(&error) => {
                        ConnectError::MayNotWrite { collection, reason }
                    }
                    Some(reason) => ConnectError::Refused(reason),
                    None => ConnectError::Unreachable(SERVER_SELECTION),
                });
            }
        }
        Ok(())
    }

    /// Whether a majority confirms a write within some seconds.
    pub(crate) async fn has_majority(&self) -> Result<bool, StoreError> {
        match self.write_nothing("users", lasting(Some(CONFIRMING))).await {
            Ok(()) => Ok(true),
            Err(error) if error::is_outcome_unknown(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn write_nothing(&self, collection: &str, concern: WriteConcern) -> Result<(), Error> {
        let options = CollectionOptions::builder().write_concern(concern).build();
        let collection: Collection<Document> = self.database.collection_with_options(collection, options);
        let update = doc! {"$set": {"_updatedAt": bson::DateTime::from_millis(0)}};
        collection.update_one(doc! {"_id": {"$in": []}}, update).await.map(|_| ())
    }
}

fn client(options: ClientOptions) -> Result<Client, ConnectError> {
    Client::with_options(options).map_err(|error| ConnectError::Address(error::about_address(&error)))
}

/// Where no primary was found, each server is asked by itself what it is: the driver leaves those out of account that do
/// not belong to the replica set that the address names.
async fn explain(error: &Error, options: ClientOptions) -> ConnectError {
    if let Some(reason) = error::refused_connection(error) {
        return ConnectError::Refused(reason);
    }
    let patience = options.server_selection_timeout.unwrap_or(SERVER_SELECTION);
    if matches!(error.kind.as_ref(), ErrorKind::ServerSelection { .. }) {
        for host in &options.hosts {
            let Some(hello) = ask(host, &options).await else { continue };
            let wanted = options.repl_set_name.clone();
            return match (hello.get_str("setName").ok(), wanted) {
                (None, _) => ConnectError::NotAReplicaSet,
                (Some(found), Some(wanted)) if found != wanted => {
                    ConnectError::OtherReplicaSet { wanted, found: found.to_owned() }
                }
                (Some(found), _) => ConnectError::NoPrimary(found.to_owned()),
            };
        }
    }
    ConnectError::Unreachable(patience)
}

/// What this one server says about itself.
async fn ask(host: &ServerAddress, options: &ClientOptions) -> Option<Document> {
    let mut alone = options.clone();
    alone.hosts = vec![host.clone()];
    alone.repl_set_name = None;
    alone.direct_connection = Some(true);
    alone.server_selection_timeout = Some(ASKING);
    alone.command_event_handler = None;
    let database = Client::with_options(alone).ok()?.database("admin");
    tokio::time::timeout(ASKING, database.run_command(doc! {"hello": 1}).into_future()).await.ok()?.ok()
}
