//! What the database reads for a lease, by its own profiler.

use super::{acme, in_an_hour, plant, waiting};
use crate::support::TestApp;
use devstack::smtp::Sink;
use devstack::workspace::Release::Six;
use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// One lane with so many effects, of which the first waits for its time, and so many that wait alone.
async fn crowd(app: &TestApp, in_lane: usize, alone: usize) {
    let in_lane: Vec<Document> = (0..in_lane)
        .map(|number| {
            let before = (number > 0).then(|| format!("crowd{}", number - 1));
            let order = i64::try_from(number).expect("small");
            waiting(&format!("crowd{number}"), "verify-email/crowd", order, before.as_deref(), in_an_hour())
        })
        .collect();
    let alone: Vec<Document> = (0..alone)
        .map(|number| {
            waiting(&format!("alone{number}"), &format!("verify-email/{number}"), 1, None, in_an_hour())
        })
        .collect();
    for effects in in_lane.chunks(20_000).chain(alone.chunks(20_000)) {
        plant(app, effects.to_vec()).await;
    }
}

async fn is_done(app: &TestApp, effects: Document) {
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let deadline = Instant::now() + Duration::from_secs(20);
    while outbox.count_documents(effects.clone()).await.expect("counted") > 0 {
        assert!(Instant::now() < deadline, "still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many documents and index keys each kind of command reads while somebody's effects are written, leased and done.
async fn examined(in_lane: usize, alone: usize) -> BTreeSet<String> {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Six).await;
    app.stop().await;
    crowd(&app, in_lane, alone).await;
    app.restart().await;
    app.database.run_command(doc! {"profile": 2, "slowms": 0}).await.expect("profiling");
    // One that has to be looked for, and one that the service writes itself.
    plant(&app, [waiting("looked-for", "verify-email/agent", 1, None, DateTime::from_millis(0))]).await;
    is_done(&app, doc! {"_id": "looked-for"}).await;
    assert_eq!(app.change("no-email", &json!({"email": "written@example.com"})).await.status, 200);
    is_done(&app, doc! {"user_id": &app.person("no-email").id}).await;
    app.database.run_command(doc! {"profile": 0}).await.expect("no profiling");
    sink.wait_for(|mail| mail.to == "looked-for@example.com").await;
    sink.wait_for(|mail| mail.to == "written@example.com").await;

    let profile = app.database.collection::<Document>("system.profile");
    let found: Vec<Document> =
        profile.find(doc! {"appName": "rc-account"}).await.expect("found").try_collect().await.expect("read");
    let about_outbox =
        found.iter().filter(|entry| format!("{:?}", entry.get("command")).contains("rc_account_outbox"));
    about_outbox
        .filter(|entry| {
            entry.contains_key("docsExamined") && entry.get_str("op").is_ok_and(|op| op != "getmore")
        })
        .map(|entry| {
            let command = entry.get_document("command").expect("a command");
            let name = command.keys().next().expect("a name");
            let is_removal = command.get_bool("remove").unwrap_or(false);
            let (documents, keys) = (entry.get("docsExamined"), entry.get("keysExamined"));
            format!("{name} removal={is_removal} documents={documents:?} keys={keys:?}")
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_reads_as_much_with_a_hundred_thousand_waiting_effects_as_with_ten() {
    let few = examined(10, 10).await;
    assert!(few.iter().any(|line| line.starts_with("aggregate")), "{few:?}");
    assert!(few.iter().any(|line| line.starts_with("findAndModify removal=true")), "{few:?}");
    let many = examined(100_000, 1_000).await;
    println!("{few:#?}");
    assert_eq!(many, few);
}
