//! Making one `mongod` the primary of a replica set, and checking a given server for one.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, ServerAddress};

use super::progress::Progress;
use crate::supervised::Supervised;

/// The name of our own replica set.
pub(super) const NAME: &str = "rs0";

pub(super) const START_PATIENCE: Duration = Duration::from_secs(60);
const CHECK_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// Waits until the server takes connections.
pub(super) async fn listens(port: u16, server: &Supervised) -> anyhow::Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    // The driver tries a refused connection again only after half a second.
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        pause(deadline, server).await.context("nobody listens on its port")?;
    }
    Ok(())
}

/// Initiates a set of that one server and waits until it takes writes.
pub(super) async fn initiate(port: u16, server: &Supervised, progress: Progress<'_>) -> anyhow::Result<()> {
    progress("MongoDB: making it a replica set");
    let client = client_of(port)?;
    let members = vec![doc! { "_id": 0, "host": format!("127.0.0.1:{port}") }];
    let command = doc! { "replSetInitiate": { "_id": NAME, "members": members } };
    client.database("admin").run_command(command).await.context("replSetInitiate")?;
    client.shutdown().await;
    becomes(PRIMARY, port, server).await
}

/// What `hello` says of a member that takes writes.
pub(super) const PRIMARY: &[&str] = &["isWritablePrimary"];
/// What `hello` says of a member that takes part.
pub(super) const READY: &[&str] = &["isWritablePrimary", "secondary", "arbiterOnly"];

/// Waits until the member is in one of these states.
pub(super) async fn becomes(states: &[&str], port: u16, server: &Supervised) -> anyhow::Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    let client = client_of(port)?;
    loop {
        let told = hello(&client).await?;
        if states.iter().any(|state| told.get_bool(state).unwrap_or(false)) {
            break;
        }
        pause(deadline, server).await.with_context(|| format!("it does not become {}", states[0]))?;
    }
    client.shutdown().await;
    Ok(())
}

/// A client of just that server, in whatever state it is; without credentials.
pub(super) fn client_of(port: u16) -> anyhow::Result<Client> {
    let client = Client::with_options(
        ClientOptions::builder()
            .hosts(vec![ServerAddress::Tcp { host: "127.0.0.1".to_owned(), port: Some(port) }])
            .direct_connection(true)
            .server_selection_timeout(START_PATIENCE)
            .build(),
    )?;
    Ok(client)
}

/// Refuses a server that is not reached or is no replica set.
pub(super) async fn check(url: &str) -> anyhow::Result<()> {
    let mut options = ClientOptions::parse(url).await?;
    options.server_selection_timeout = Some(CHECK_PATIENCE);
    let client = Client::with_options(options)?;
    let answer = hello(&client).await.map_err(|error| anyhow!("cannot be reached: {}", error.kind))?;
    ensure!(answer.contains_key("setName"), "names a MongoDB that is not a replica set");
    client.shutdown().await;
    Ok(())
}

pub(super) async fn hello(client: &Client) -> mongodb::error::Result<Document> {
    client.database("admin").run_command(doc! { "hello": 1 }).await
}

pub(super) async fn pause(deadline: Instant, server: &Supervised) -> anyhow::Result<()> {
    if server.has_ended() {
        bail!("mongod has ended");
    }
    if Instant::now() > deadline {
        bail!("waited {} seconds", START_PATIENCE.as_secs());
    }
    tokio::time::sleep(POLL).await;
    Ok(())
}
