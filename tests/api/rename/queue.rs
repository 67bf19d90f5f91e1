//! When renames happen: what the answer waits for, whose turn it is, and what becomes of those that fail.

use super::places::Names;
use super::{PEOPLE, all, app_with_places, insert, rename};
use crate::support::{HASTE, Options, TestApp, is_delivered, outbox};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, doc};
use rc_account::effects::RetryPolicy;
use serde_json::json;
use std::time::{Duration, Instant};

/// An effect of somebody else's that keeps the user's next rename from beginning.
pub async fn hold_up(app: &TestApp, handle: &str) {
    let id = &app.person(handle).id;
    let effect = doc! {
        "_id": "in-the-way", "user_id": id, "kind": "of-a-later-version", "lanes": [format!("rename/{id}")],
        "order": 1_i64, "effect": {}, "progress": Bson::Null, "created": DateTime::now(),
        "due": DateTime::from_millis(0), "lease_until": DateTime::from_millis(0), "owner": Bson::Null,
        "attempts": 0, "parked": false, "reason": Bson::Null,
    };
    insert(app, "rc_account_outbox", [effect]).await;
}

pub async fn let_go(app: &TestApp) {
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    outbox.delete_one(doc! {"_id": "in-the-way"}).await.expect("deleted");
}

async fn waits_until(app: &TestApp, is_so: impl Fn(&[Document]) -> bool) -> Vec<Document> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let left = outbox(app).await;
        if is_so(&left) {
            return left;
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_waits_only_so_long_and_the_rename_goes_on_behind_it() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "50");
    let (app, places, then) = app_with_places(options, Six).await;
    hold_up(&app, "plain").await;
    let mut now = then.clone();
    for username in ["b", "c", "d"] {
        now[0] = Names { username: username.to_owned(), name: format!("name{username}") };
        rename(&app, "plain", json!({"username": username, "name": now[0].name})).await;
        assert_eq!(app.stored("plain").await.get_str("username").ok(), Some(username));
    }
    places.check(&app.database, &then, &then).await;
    assert_eq!(outbox(&app).await.len(), 4);
    let_go(&app).await;
    is_delivered(&app).await;
    places.check(&app.database, &now, &then).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_freed_and_taken_stays_with_each_of_its_owners() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0");
    let (app, places, then) = app_with_places(options, Eight).await;
    // The first rename cannot begin, so those that take its names must not either.
    hold_up(&app, "plain").await;
    let mut now = then.clone();
    for (user, username) in [(0, "x"), (2, "plain"), (4, "legacy"), (0, "oauth"), (2, "x")] {
        now[user].username = username.to_owned();
        rename(&app, PEOPLE[user], json!({"username": username})).await;
    }
    // Somebody who shares no name with them does not wait.
    now[3].username = "elsewhere".to_owned();
    rename(&app, "agent", json!({"username": "elsewhere"})).await;
    waits_until(&app, |left| left.len() == 6).await;
    let_go(&app).await;
    is_delivered(&app).await;
    places.check(&app.database, &now, &then).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_a_document_refuses_is_parked_and_can_be_seen_and_tried_again() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0");
    let (app, places, then) = app_with_places(options, Eight).await;
    let refuse = doc! {
        "collMod": "rocketchat_livechat_department_agents", "validator": {"username": {"$ne": "unwanted"}},
    };
    app.database.run_command(refuse).await.expect("a validator");
    let agent = places.documents(&then, &then)["rocketchat_livechat_department_agents"][0].clone();
    let user =
        places.users.iter().position(|id| agent.get_str("agentId").ok() == Some(id)).expect("an agent");
    rename(&app, PEOPLE[user], json!({"username": "unwanted"})).await;
    let parked =
        waits_until(&app, |left| left.iter().all(|effect| effect.get_bool("parked").ok() == Some(true)))
            .await;
    assert_eq!(parked.len(), 1);
    let reason = parked[0].get_str("reason").expect("a reason");
    assert!(reason.contains("rocketchat_livechat_department_agents"), "{reason}");
    assert!(reason.contains("validator"), "{reason}");

    // The next rename goes on without it.
    rename(&app, PEOPLE[user], json!({"username": "wanted"})).await;
    waits_until(&app, |left| left.len() == 1).await;
    let agents =
        all(&app, "rocketchat_livechat_department_agents", doc! {"agentId": &places.users[user]}).await;
    assert_eq!(agents[0].get_str("username").ok(), Some("wanted"));

    // Tried again by an operator, it does not bring back the name that is old by now.
    try_again(&app, parked[0].get_str("_id").expect("an id")).await;
    is_delivered(&app).await;
    let mut now = then.clone();
    now[user].username = "wanted".to_owned();
    places.check(&app.database, &now, &then).await;
}

/// What `rc-account check` tells an operator to do with a parked effect.
async fn try_again(app: &TestApp, id: &str) {
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let update = doc! {"$set": {"parked": false, "attempts": 0}};
    assert_eq!(outbox.update_one(doc! {"_id": id}, update).await.expect("unparked").modified_count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_renames_that_are_tried_again_in_the_wrong_order_end_with_the_newest_names() {
    let retry_policy = RetryPolicy { attempts: 1, ..HASTE };
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0").retry_policy(retry_policy);
    let (app, places, then) = app_with_places(options, Eight).await;
    let validate = async |validator: Document| {
        let command = doc! {"collMod": "rocketchat_message", "validator": validator};
        app.database.run_command(command).await.expect("a validator");
    };
    validate(doc! {"u.username": {"$nin": ["b", "c", "d"]}}).await;
    let mut now = then.clone();
    let mut ids = Vec::new();
    for (username, name) in [("b", "nameb"), ("c", "namec"), ("d", "named")] {
        now[0] = Names { username: username.to_owned(), name: name.to_owned() };
        rename(&app, "plain", json!({"username": username, "name": name})).await;
        let parked =
            waits_until(&app, |left| left.iter().all(|effect| effect.get_bool("parked").ok() == Some(true)));
        ids.push(parked.await.last().expect("an effect").get_str("_id").expect("an id").to_owned());
    }
    // Somebody else has the freed name by now.
    validate(doc! {}).await;
    now[2].username = "plain".to_owned();
    rename(&app, "legacy", json!({"username": "plain"})).await;
    waits_until(&app, |left| left.len() == 3).await;
    for id in [&ids[1], &ids[2], &ids[0]] {
        try_again(&app, id).await;
        waits_until(&app, |left| left.iter().all(|effect| effect.get_str("_id").ok() != Some(id))).await;
    }
    let by_id = doc! {"u._id": &places.users[0], "u.username": {"$ne": "d"}};
    for collection in ["rocketchat_message", "rocketchat_subscription", "rocketchat_room"] {
        let left = app.database.collection::<Document>(collection).count_documents(by_id.clone()).await;
        assert_eq!(left.expect("counted"), 0, "{collection}");
    }
    let others = doc! {"u._id": &places.users[2], "u.username": {"$ne": "plain"}};
    assert!(all(&app, "rocketchat_message", others).await.is_empty());
    for conference in all(&app, "rocketchat_video_conference", doc! {"createdBy._id": &places.users[0]}).await
    {
        let creator = conference.get_document("createdBy").expect("a creator");
        assert_eq!(
            (creator.get_str("username").ok(), creator.get_str("name").ok()),
            (Some("d"), Some("named"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_read_holds_no_earlier_one_up() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0");
    let (mut app, places, then) = app_with_places(options, Eight).await;
    let calls = all(&app, "rocketchat_call_history", doc! {}).await;
    let history = app.database.collection::<Document>("rocketchat_call_history");
    history.drop().await.expect("dropped");
    // In its place a view of which no document can be shown.
    let user = places.users[0].as_str();
    let call = doc! {"contactId": user, "contactUsername": "plain", "one": 1};
    insert(&app, "calls", [call]).await;
    let fails = doc! {"$divide": [1, {"$subtract": ["$one", "$one"]}]};
    let pipeline = [doc! {"$match": {"$expr": {"$eq": [1, fails]}}}];
    let view = doc! {"create": "rocketchat_call_history", "viewOn": "calls", "pipeline": pipeline.to_vec()};
    app.database.run_command(view).await.expect("a view");
    rename(&app, "plain", json!({"username": "renamed"})).await;
    let left = waits_until(&app, |left| left.iter().any(|effect| effect.get_str("reason").is_ok())).await;
    assert_eq!(left[0].get_str("progress").ok(), Some("video-conferences"), "all but the last");
    let old = doc! {"u._id": user, "u.username": "plain"};
    for collection in ["rocketchat_message", "rocketchat_subscription", "rocketchat_room"] {
        assert!(all(&app, collection, old.clone()).await.is_empty(), "{collection}");
    }
    app.stop().await;
    history.drop().await.expect("dropped");
    insert(&app, "rocketchat_call_history", calls).await;
    app.restart().await;
    is_delivered(&app).await;
    let mut now = then.clone();
    now[0].username = "renamed".to_owned();
    places.check(&app.database, &now, &then).await;
}
