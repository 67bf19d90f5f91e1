//! A MongoDB that stands still, and a transaction of somebody else that does.

use super::{Caller, Service, database, eventually};
use devstack::mongo::Mongo;
use mongodb::bson::doc;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn while_mongodb_stands_still_requests_end_by_the_deadline_then_at_once_and_soon_succeed_again() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("frozen");
    let caller = Caller::of(&url).await;
    let service = Service::on(&url, &[("RC_ACCOUNT_DEADLINE_MS", "3000")]);
    caller.succeeds(&service).await;
    mongo.freeze().expect("frozen");

    let asked = Instant::now();
    let data = json!({"bio": "b"});
    let answers = futures_util::future::join_all((0..5).map(|_| caller.sends(&service, &data))).await;
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    for answer in answers {
        // Nothing but a read was sent.
        let (status, body) = answer.expect("an answer");
        assert_eq!(
            (status, body.as_str()),
            (503, r#"{"success":false,"error":"The service is temporarily unavailable"}"#)
        );
    }
    eventually("answered at once", async || {
        let asked = Instant::now();
        let status = caller.changes(&service, "b").await;
        assert_eq!(status, Some(503));
        asked.elapsed() < Duration::from_millis(100)
    })
    .await;

    mongo.thaw().expect("thawed");
    let back = eventually("back", async || caller.changes(&service, "again").await == Some(200)).await;
    assert!(back < Duration::from_secs(10), "{back:?}");
    assert_eq!(caller.stored(&url).await.get_str("bio").ok(), Some("again"));
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whom_somebody_else_holds_for_long_costs_a_503_and_nothing_is_written() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("held");
    let caller = Caller::of(&url).await;
    let service = Service::on(&url, &[("RC_ACCOUNT_DEADLINE_MS", "2000")]);
    caller.succeeds(&service).await;
    let before = caller.stored(&url).await;

    let database = database(&url).await;
    database
        .client()
        .database("admin")
        .run_command(doc! {"setParameter": 1, "transactionLifetimeLimitSeconds": 60})
        .await
        .expect("set");
    let mut holder = database.client().start_session().await.expect("a session");
    holder.start_transaction().await.expect("started");
    let users = database.collection::<mongodb::bson::Document>("users");
    let user = doc! {"_id": &caller.person.id};
    users.update_one(user, doc! {"$set": {"held": true}}).session(&mut holder).await.expect("held");

    for data in [json!({"bio": "held"}), json!({"username": "held.name"})] {
        let asked = Instant::now();
        let (status, body) = caller.sends(&service, &data).await.expect("an answer");
        assert_eq!(status, 503, "{data}: {body}");
        assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    }
    holder.abort_transaction().await.expect("aborted");
    assert_eq!(caller.stored(&url).await, before);
    assert_eq!(caller.changes(&service, "free").await, Some(200));
    mongo.stop().await.expect("stopped");
}
