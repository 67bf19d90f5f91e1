//! What a test can do to a MongoDB of its own: freeze it, kill it, cut its line, withdraw rights.

use std::time::{Duration, Instant};

use devstack::breaking_proxy::{Direction, Mode};
use devstack::mongo::{Mongo, privilege, read_write};
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{Client, Collection};
use tokio::time::timeout;

/// Long enough that what is answered at all is answered.
const NOTHING_COMES: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);

async fn collection(url: &str) -> Collection<Document> {
    let client = Client::with_uri_str(url).await.unwrap();
    client.default_database().unwrap().collection("things")
}

/// MongoDB's code for what it refused.
fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(refusal) => Some(refusal.code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_answers_when_it_is_thawed_and_a_killed_one_keeps_its_data() {
    let mut mongo = Mongo::start_own(&|_| ()).await.unwrap();
    let things = collection(&mongo.url("test")).await;
    let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    things.insert_one(doc! { "_id": 1 }).write_concern(durable).await.unwrap();

    mongo.freeze().unwrap();
    let mut found = Box::pin(things.find_one(doc! { "_id": 1 }).into_future());
    assert!(timeout(NOTHING_COMES, &mut found).await.is_err(), "it answers");
    mongo.thaw().unwrap();
    assert!(timeout(PATIENCE, found).await.unwrap().unwrap().is_some());

    let folder = mongo.folder().unwrap().to_owned();
    mongo.kill().await.unwrap();
    assert!(mongo.freeze().is_err(), "it is gone");
    mongo.restart().await.unwrap();
    assert_eq!(mongo.folder().unwrap(), folder);
    assert!(
        timeout(PATIENCE, async { things.find_one(doc! { "_id": 1 }).await })
            .await
            .unwrap()
            .unwrap()
            .is_some()
    );
    things.insert_one(doc! { "_id": 2 }).await.unwrap();

    // Also a frozen one ends.
    mongo.freeze().unwrap();
    let begin = Instant::now();
    mongo.stop().await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(9), "{:?}: only by being killed", begin.elapsed());
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_stays_with_the_proxy_and_has_transactions() {
    let mongo = Mongo::start_own(&|_| ()).await.unwrap();
    let proxy = mongo.proxy().unwrap();
    let things = collection(&mongo.url_through(&proxy, "test")).await;
    let mut session = things.client().start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    things.insert_one(doc! { "_id": 1 }).session(&mut session).await.unwrap();
    session.commit_transaction().await.unwrap();

    // A write whose outcome the client does not learn: it happens all the same.
    proxy.behave(Mode::HoldAnswers);
    let before = proxy.traffic(Direction::ToServer).forwarded;
    assert!(timeout(NOTHING_COMES, async { things.insert_one(doc! { "_id": 2 }).await }).await.is_err());
    assert!(proxy.traffic(Direction::ToServer).forwarded > before);
    let directly = collection(&mongo.url("test")).await;
    assert_eq!(directly.count_documents(doc! {}).await.unwrap(), 2);

    proxy.reset_open();
    proxy.behave(Mode::Pass);
    let recovered = async {
        while things.find_one(doc! { "_id": 2 }).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, recovered).await.expect("it connects again");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_demanded_given_and_withdrawn_while_a_user_is_connected() {
    const UNAUTHORIZED: i32 = 13;
    let mongo = Mongo::start_with_access_control(&|_| ()).await.unwrap();
    mongo.create_user("service", read_write("test")).await.unwrap();
    let (url, nobody) =
        (mongo.url_as("service", "test"), mongo.url("test").replace("administrator", "nobody"));
    let things = collection(&url).await;
    things.insert_one(doc! { "_id": 1 }).await.unwrap();
    let elsewhere = things.client().database("other").collection::<Document>("things");
    assert_eq!(code(&elsewhere.find_one(doc! {}).await.unwrap_err()), Some(UNAUTHORIZED));
    assert!(collection(&nobody).await.find_one(doc! {}).await.is_err());
    // Through a proxy, the login stays.
    let proxy = mongo.proxy().unwrap();
    let through = collection(&mongo.url_through(&proxy, "test")).await;
    assert!(through.find_one(doc! {}).await.unwrap().is_some());

    mongo.set_privileges("service", vec![privilege("test", "things", &["find"])]).await.unwrap();
    assert!(things.find_one(doc! {}).await.unwrap().is_some());
    assert_eq!(code(&things.insert_one(doc! { "_id": 2 }).await.unwrap_err()), Some(UNAUTHORIZED));
    mongo.set_privileges("service", vec![]).await.unwrap();
    assert_eq!(code(&things.find_one(doc! {}).await.unwrap_err()), Some(UNAUTHORIZED));
    mongo.set_privileges("service", read_write("test")).await.unwrap();
    things.insert_one(doc! { "_id": 2 }).await.unwrap();
}
