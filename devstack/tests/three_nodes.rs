//! What can happen to a replica set of three.

use std::time::{Duration, Instant};

use devstack::breaking_proxy::Mode;
use devstack::mongo::{ThreeNodes, ThreeNodesOptions};
use mongodb::bson::{Document, doc};
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{Client, Collection};

const PATIENCE: Duration = Duration::from_secs(90);
/// So that these tests need not wait for MongoDB's ten seconds; the first one does.
const QUICK: Duration = Duration::from_secs(2);

async fn things(url: &str) -> Collection<Document> {
    let client = Client::with_uri_str(url).await.unwrap();
    client.default_database().unwrap().collection("things")
}

fn majority(wait: Duration) -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(wait).build()
}

/// A primary other than `former`.
async fn successor(nodes: &ThreeNodes, former: usize) -> usize {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let primary = nodes.primary().await.unwrap();
        if primary != former {
            return primary;
        }
        assert!(Instant::now() < deadline, "{former} is still primary");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_primary_gets_a_successor_and_comes_back_as_a_follower() {
    let mut nodes = ThreeNodes::start(ThreeNodesOptions::default(), &|_| ()).await.unwrap();
    let things = things(&nodes.url("test")).await;
    things.insert_one(doc! { "_id": 1 }).write_concern(majority(PATIENCE)).await.unwrap();
    let begin = Instant::now();
    let killed = nodes.kill_primary().await.unwrap();
    let successor = successor(&nodes, killed).await;
    eprintln!("{killed} was killed, {successor} is primary after {:?}", begin.elapsed());
    // The default election timeout, less a heartbeat.
    assert!(begin.elapsed() > Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(things.find_one(doc! { "_id": 1 }).await.unwrap().is_some(), "what was acknowledged is there");
    things.insert_one(doc! { "_id": 2 }).write_concern(majority(PATIENCE)).await.unwrap();
    nodes.restart(killed).await.unwrap();
    assert_eq!(nodes.primary().await.unwrap(), successor);
    nodes.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_steps_down_and_a_frozen_one_is_replaced() {
    let options = ThreeNodesOptions { election_timeout: QUICK, ..ThreeNodesOptions::default() };
    let nodes = ThreeNodes::start(options, &|_| ()).await.unwrap();
    let things = things(&nodes.url("test")).await;
    let former = nodes.step_down().await.unwrap();
    let second = successor(&nodes, former).await;
    things.insert_one(doc! { "_id": 1 }).write_concern(majority(PATIENCE)).await.unwrap();
    nodes.freeze(second).unwrap();
    let third = successor(&nodes, second).await;
    assert_ne!(third, second);
    nodes.thaw(second).unwrap();
    assert_eq!(nodes.primary().await.unwrap(), third, "it finds itself replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_arbiter_a_primary_without_its_follower_has_no_majority_for_writes() {
    let options =
        ThreeNodesOptions { arbiter: true, election_timeout: QUICK, ..ThreeNodesOptions::default() };
    let mut nodes = ThreeNodes::start(options, &|_| ()).await.unwrap();
    let collection = things(&nodes.url("test")).await;
    collection.insert_one(doc! { "_id": 1 }).write_concern(majority(PATIENCE)).await.unwrap();
    let arbiter = Client::with_uri_str(nodes.url_of(2, "admin")).await.unwrap();
    let told = arbiter.database("admin").run_command(doc! { "hello": 1 }).await.unwrap();
    assert!(told.get_bool("arbiterOnly").unwrap());

    let killed = nodes.kill_primary().await.unwrap();
    assert_eq!(successor(&nodes, killed).await, 1 - killed, "an arbiter cannot be primary");
    collection.insert_one(doc! { "_id": 2 }).write_concern(WriteConcern::nodes(1)).await.unwrap();
    let waited = collection.insert_one(doc! { "_id": 3 }).write_concern(majority(Duration::from_secs(1)));
    assert!(waited.await.is_err(), "one of two with data is no majority of three");
    nodes.restart(killed).await.unwrap();
    collection.insert_one(doc! { "_id": 4 }).write_concern(majority(PATIENCE)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_proxies_a_primary_that_is_cut_off_is_replaced() {
    let options =
        ThreeNodesOptions { proxied: true, election_timeout: QUICK, ..ThreeNodesOptions::default() };
    let nodes = ThreeNodes::start(options, &|_| ()).await.unwrap();
    let url = format!("{}&serverSelectionTimeoutMS=60000", nodes.url("test"));
    let things = things(&url).await;
    things.insert_one(doc! { "_id": 1 }).write_concern(majority(PATIENCE)).await.unwrap();
    let former = nodes.primary().await.unwrap();
    assert!(nodes.proxy(former).accepted() > 0, "clients come through the proxy");
    nodes.proxy(former).behave(Mode::RefuseNew);
    nodes.proxy(former).reset_open();
    successor(&nodes, former).await;
    things.insert_one(doc! { "_id": 2 }).write_concern(majority(PATIENCE)).await.unwrap();
    nodes.proxy(former).behave(Mode::Pass);
}
