//! Rocket.Chat's nodes on a NATS server: what each of them says about itself when it is asked.

use super::packet::Sender;
use async_nats::connection::State;
use async_nats::{Client, Message, SubscribeError, Subscriber};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often the nodes are asked.
const INTERVAL: Duration = Duration::from_secs(10);
/// How soon they are asked when the server is back.
const POLL: Duration = Duration::from_millis(50);
/// A node that has been silent for so long is gone.
const LIFE: Duration = Duration::from_secs(35);
/// How long the first answers may take.
const SETTLING: Duration = Duration::from_secs(1);

/// The nodes that are there now. Dropping it ends the asking.
pub struct Nodes {
    known: Known,
    settled: Instant,
    asking: JoinHandle<()>,
}

type Known = Arc<RwLock<HashMap<String, Node>>>;

struct Node {
    events: Vec<String>,
    seen: Instant,
}

impl Nodes {
    /// Asks now and from time to time, on the subjects with this prefix.
    pub fn discover(client: Client, prefix: String, sender: Sender) -> Nodes {
        let known = Known::default();
        let asking = tokio::spawn(ask(client, prefix, sender, Arc::clone(&known)));
        Nodes { known, settled: Instant::now() + SETTLING, asking }
    }

    /// Waits until the nodes have had time for their first answers.
    pub async fn settled(&self) {
        tokio::time::sleep_until(self.settled).await;
    }

    /// The ids of the nodes with a service that listens to this event.
    pub fn listening_to(&self, event: &str) -> Vec<String> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let listens = |node: &Node| node.events.iter().any(|name| name == event);
        known.iter().filter(|(_, node)| listens(node)).map(|(id, _)| id.clone()).collect()
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

async fn ask(client: Client, prefix: String, sender: Sender, known: Known) {
    let (mut answers, mut news) = loop {
        match subscribe(&client, &prefix, &sender).await {
            Ok(subscribers) => break subscribers,
            Err(error) => tracing::warn!(%error, "Rocket.Chat's nodes cannot be asked; trying again"),
        }
        tokio::time::sleep(INTERVAL).await;
    };
    let mut next = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                if client.connection_state() != State::Connected {
                    next = Instant::now() + POLL;
                    continue;
                }
                next = Instant::now() + INTERVAL;
                forget_the_silent(&known);
                let asked = client.publish(format!("{prefix}.DISCOVER"), sender.discover().into()).await;
                if let Err(error) = asked {
                    tracing::warn!(%error, "Rocket.Chat's nodes cannot be asked");
                }
            }
            Some(message) = answers.next() => note(&known, &message),
            Some(message) = news.next() => note(&known, &message),
            else => return,
        }
    }
}

/// What is said to us, and what a node says to all when it starts or changes.
async fn subscribe(
    client: &Client,
    prefix: &str,
    sender: &Sender,
) -> Result<(Subscriber, Subscriber), SubscribeError> {
    let answers = client.subscribe(format!("{prefix}.INFO.{}", sender.id())).await?;
    Ok((answers, client.subscribe(format!("{prefix}.INFO")).await?))
}

fn forget_the_silent(known: &Known) {
    known.write().unwrap_or_else(PoisonError::into_inner).retain(|_, node| node.seen.elapsed() < LIFE);
}

fn note(known: &Known, message: &Message) {
    let Some((id, events)) = read(&message.payload) else {
        return tracing::debug!("a node's answer cannot be read");
    };
    let node = Node { events, seen: Instant::now() };
    known.write().unwrap_or_else(PoisonError::into_inner).insert(id, node);
}

/// The node's id and the events that its services listen to.
fn read(packet: &[u8]) -> Option<(String, Vec<String>)> {
    let info: Value = serde_json::from_slice(packet).ok()?;
    let id = info.get("sender")?.as_str()?.to_owned();
    let services = info.get("services")?.as_array()?.iter();
    let events = services.filter_map(|service| service.get("events")?.as_object()).flat_map(Map::keys);
    Some((id, events.cloned().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_from_what_it_says() {
        let info = br#"{"ver":"4","sender":"n-1","services":[
            {"name":"a","events":{"watch.users":{"name":"watch.users"}}},{"name":"b"},
            {"name":"c","events":{"watch.rooms":{}}}]}"#;
        let events = vec!["watch.users".to_owned(), "watch.rooms".to_owned()];
        assert_eq!(read(info), Some(("n-1".to_owned(), events)));
        for broken in [&b""[..], b"5", b"{}", br#"{"sender":5,"services":[]}"#, br#"{"sender":"a"}"#] {
            assert_eq!(read(broken), None);
        }
    }
}
