//! From `MONGO_URL` to a database that can be worked with, or a clear word why not.

mod ask;
mod error;
mod reason;

pub use error::ConnectError;

use super::{Store, StoreError, error as driver, lasting};
use crate::mongo_url::MongoUrl;
use bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::event::{EventHandler, command::CommandEvent};
use mongodb::options::{
    Acknowledgment, ClientOptions, CollectionOptions, ReadPreference, SelectionCriteria, Tls, WriteConcern,
};
use mongodb::{Client, Collection};
use secrecy::ExposeSecret;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a request or the start waits for a usable primary when `MONGO_URL` does not say. An election takes up to 12
/// seconds by default.
const SERVER_SELECTION: Duration = Duration::from_secs(15);

/// How long a healthy replica set may take to confirm a write.
const CONFIRMING: Duration = Duration::from_secs(3);

/// As in Rocket.Chat's driver; this one's own default is 10.
const MAX_POOL_SIZE: u32 = 100;

/// How many connections are opened at a time. With the driver's 2, a request behind many whose clients have gone, and their
/// connections with them, waits until as many are opened anew.
const MAX_CONNECTING: u32 = 8;

impl Store {
    /// Connects, and makes sure that transactions are possible.
    ///
    /// `commands` is told of every command that the driver sends.
    ///
    /// # Errors
    /// [`ConnectError`], which says what is wrong and with which server.
    pub async fn connect(
        url: &MongoUrl,
        commands: Option<EventHandler<CommandEvent>>,
    ) -> Result<Store, ConnectError> {
        let options = options(url, commands).await?;
        let client = client(options.clone())?;
        let database = client
            .default_database()
            .ok_or_else(|| ConnectError::Address("its path names no database".to_owned()))?;
        let hello = match database.run_command(doc! {"hello": 1}).await {
            Ok(hello) => hello,
            Err(error) => return Err(reason::of(&error, &options).await),
        };
        if let Some(reason) = reason::unfit(&hello, &options).or_else(|| reason::not_the_primary(&hello)) {
            return Err(reason);
        }
        if reason::is_router(&hello) {
            tracing::warn!("MONGO_URL leads to a mongos: rc-account is not tested with sharded clusters");
        }
        Ok(Store {
            client,
            options: Arc::new(options),
            database,
            deadline: None,
            server_sessions: Arc::default(),
            leftovers: None,
            signals: Arc::default(),
        })
    }

    /// The same database over connections of their own, of which there are `share` times fewer; they belong to the
    /// asynchronous runtime that this is called on.
    ///
    /// The driver hands each command to a task of its own, and each answer comes through the runtime on which the
    /// connection was opened. On another runtime, that is some ten switches from thread to thread for each command.
    ///
    /// # Errors
    /// [`ConnectError::Address`], but not after a [`Store::connect`].
    pub(crate) fn on_this_runtime(&self, share: usize) -> Result<Store, ConnectError> {
        let mut options = ClientOptions::clone(&self.options);
        let share = u32::try_from(share).unwrap_or(u32::MAX).max(1);
        for size in [&mut options.max_pool_size, &mut options.min_pool_size] {
            *size = size.map(|size| size.div_ceil(share));
        }
        let client = client(options)?;
        Ok(Store {
            database: client.database(self.database.name()),
            client,
            server_sessions: Arc::new(self.server_sessions.of_another_client()),
            ..self.clone()
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
                return Err(match driver::refused_connection(&error) {
                    Some(_) if driver::wants_login(&error) => ConnectError::WantsLogin,
                    Some(reason) if driver::is_unauthorized(&error) => {
                        ConnectError::MayNotWrite { collection, reason }
                    }
                    Some(reason) => ConnectError::Refused(reason),
                    None => ConnectError::Unreachable {
                        patience: SERVER_SELECTION,
                        host: "the primary".to_owned(),
                        how: "has stopped answering",
                    },
                });
            }
        }
        Ok(())
    }

    /// Whether a majority confirms a write within some seconds.
    pub(crate) async fn has_majority(&self) -> Result<bool, StoreError> {
        match self.write_nothing("users", lasting(Some(CONFIRMING))).await {
            Ok(()) => Ok(true),
            Err(error) if driver::is_outcome_unknown(&error) => Ok(false),
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

/// What `MONGO_URL` says, and what is the same for everybody: what is decided on is read from the primary, and what is
/// written is confirmed by a majority.
async fn options(
    url: &MongoUrl,
    commands: Option<EventHandler<CommandEvent>>,
) -> Result<ClientOptions, ConnectError> {
    let mut options =
        ClientOptions::parse(url.for_driver().expose_secret()).await.map_err(|error| {
            match (error.kind.as_ref(), url.srv_host()) {
                (ErrorKind::DnsResolve { .. }, Some(host)) => {
                    ConnectError::NoService(format!("_mongodb._tcp.{host}"))
                }
                _ => ConnectError::Address(driver::about_address(&error)),
            }
        })?;
    options.app_name.get_or_insert_with(|| "rc-account".to_owned());
    options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
    // Renames in progress hold some of them for long.
    options.max_pool_size.get_or_insert(MAX_POOL_SIZE);
    options.max_connecting.get_or_insert(MAX_CONNECTING);
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.write_concern = Some(lasting(None));
    options.command_event_handler = commands;
    Ok(options)
}

fn client(options: ClientOptions) -> Result<Client, ConnectError> {
    if let Some(error) = unusable_file(&options) {
        return Err(error);
    }
    Client::with_options(options).map_err(|error| ConnectError::Address(driver::about_address(&error)))
}

/// The driver does not say which of its files it could not read, and takes one without a certificate.
fn unusable_file(options: &ClientOptions) -> Option<ConnectError> {
    let Some(Tls::Enabled(tls)) = &options.tls else { return None };
    let unusable = |option, path: Option<&Path>, needed: &str| {
        #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
        let reason = match std::fs::read_to_string(path?) {
            Ok(text) if text.contains(needed) => return None,
            Ok(_) => format!("it holds no line with {needed}"),
            Err(error) => error.kind().to_string(),
        };
        Some(ConnectError::File { option, reason })
    };
    let key = tls.cert_key_file_path.as_deref();
    unusable("tlsCAFile", tls.ca_file_path.as_deref(), "BEGIN CERTIFICATE")
        .or_else(|| unusable("tlsCertificateKeyFile", key, "BEGIN CERTIFICATE"))
        .or_else(|| unusable("tlsCertificateKeyFile", key, "PRIVATE KEY-----"))
}

#[cfg(test)]
mod tests;
