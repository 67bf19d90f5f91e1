//! An instance dies within a transaction, which MongoDB keeps for a minute.

use super::{Caller, Service, database, eventually};
use devstack::breaking_proxy::Mode;
use devstack::mongo::Mongo;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde_json::json;
use std::time::Duration;

/// How often the service says that it lives, how long it may be silent, and a loaded machine.
const SOON: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_instance_held_is_free_for_others_within_seconds() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("dead");
    let [caller, other] = Caller::all(&url, ["plain", "no-email"]).await;
    let admin = database(&url).await.client().database("admin");
    let lifetime = doc! {"setParameter": 1, "transactionLifetimeLimitSeconds": 60};
    admin.run_command(lifetime).await.expect("MongoDB's own default");

    let proxy = mongo.proxy().expect("a proxy");
    let dying = Service::on(&mongo.url_through(&proxy, "dead"), &[]);
    let surviving = Service::on(&url, &[]);
    caller.succeeds(&dying).await;
    proxy.behave(Mode::Delay { to_server: Duration::ZERO, to_client: Duration::from_millis(400) });
    let asked = tokio::spawn({
        let caller = caller.clone();
        let base = dying.base.clone();
        async move {
            let request = caller.http.post(format!("{base}{}", crate::support::ROUTE));
            let request =
                request.header("X-User-Id", &caller.person.id).header("X-Auth-Token", &caller.person.token);
            request.json(&json!({"data": {"username": "Wanted.Name"}})).send().await
        }
    });
    // Open, and the user is written in it.
    let stage = doc! {"$currentOp": {"allUsers": true, "idleSessions": true}};
    let written = doc! {"$match": {"transaction.parameters.autocommit": false, "lockStats.Global.acquireCount.w": {"$gte": 2}}};
    eventually("a transaction", async || {
        let open = admin.aggregate([stage.clone(), written.clone()]).await.expect("an answer");
        !open.try_collect::<Vec<Document>>().await.expect("operations").is_empty()
    })
    .await;
    dying.kill();
    let _ = asked.await;
    drop(proxy);

    let free = eventually("free", async || {
        let own = caller.sends(&surviving, &json!({"bio": "mine again"})).await.expect("an answer").0;
        let of_stripe =
            other.sends(&surviving, &json!({"username": "wanted.name"})).await.expect("an answer").0;
        (own, of_stripe) == (200, 200)
    })
    .await;
    assert!(free < SOON, "{free:?}");
    assert_eq!(other.stored(&url).await.get_str("username").ok(), Some("wanted.name"));
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_was_only_paused_goes_on() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("paused");
    let caller = Caller::of(&url).await;
    let entries = database(&url).await.collection::<Document>("rc_account_instances");
    let (paused, other) = (Service::on(&url, &[]), Service::on(&url, &[]));
    assert_eq!(entries.count_documents(doc! {}).await.expect("counted"), 2);
    paused.signal("STOP");
    eventually("taken for dead", async || entries.count_documents(doc! {}).await.expect("counted") == 1)
        .await;
    paused.signal("CONT");
    for (number, service) in [(0, &paused), (1, &other), (2, &paused)] {
        let name = json!({"username": format!("name.{number}")});
        eventually("renamed", async || {
            matches!(caller.sends(service, &name).await.expect("an answer").0, 200)
        })
        .await;
    }
    eventually("entered again", async || entries.count_documents(doc! {}).await.expect("counted") == 2).await;
    // In good order, an instance leaves by itself.
    paused.signal("INT");
    assert_eq!(paused.end().0, Some(0));
    assert_eq!(entries.count_documents(doc! {}).await.expect("counted"), 1);
    mongo.stop().await.expect("stopped");
}
