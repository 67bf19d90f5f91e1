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

const START_PATIENCE: Duration = Duration::from_secs(60);
const CHECK_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// Waits until the server answers, initiates the set and waits until it takes writes.
pub(super) async fn initiate(port: u16, server: &Supervised, progress: Progress<'_>) -> anyhow::Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    // The driver tries a refused connection again only after half a second.
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        pause(deadline, server).await.context("nobody listens on its port")?;
    }

    progress("MongoDB: making it a replica set");
    let client = Client::with_options(
        ClientOptions::builder()
            .hosts(vec![ServerAddress::Tcp { host: "127.0.0.1".to_owned(), port: Some(port) }])
            .direct_connection(true)
            .server_selection_timeout(START_PATIENCE)
            .build(),
    )?;
    let members = vec![doc! { "_id": 0, "host": format!("127.0.0.1:{port}") }];
    let command = doc! { "replSetInitiate": { "_id": NAME, "members": members } };
    client.database("admin").run_command(command).await.context("replSetInitiate")?;
    while !hello(&client).await?.get_bool("isWritablePrimary").unwrap_or(false) {
        pause(deadline, server).await.context("it does not become primary")?;
    }
    client.shutdown().await;
    Ok(())
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

async fn hello(client: &Client) -> mongodb::error::Result<Document> {
    client.database("admin").run_command(doc! { "hello": 1 }).await
}

async fn pause(deadline: Instant, server: &Supervised) -> anyhow::Result<()> {
    if server.has_ended() {
        bail!("mongod has ended");
    }
    if Instant::now() > deadline {
        bail!("waited {} seconds", START_PATIENCE.as_secs());
    }
    tokio::time::sleep(POLL).await;
    Ok(())
}
