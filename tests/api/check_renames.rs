//! `rc-account check`: users whose new username has not reached every place.

use crate::support::{Options, TestApp, check, program, resting, run, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

/// What is found of a user: places as `collection path`, with the old username and the number of documents.
fn traces(finding: &Value) -> Vec<(String, String, u64)> {
    let text = |trace: &Value, key: &str| trace[key].as_str().expect("a text").to_owned();
    let traces = finding["details"]["traces"].as_array().expect("a list").iter();
    let place = |trace| format!("{} {}", text(trace, "collection"), text(trace, "path"));
    let documents = |trace: &Value| trace["documents"].as_u64().expect("a number");
    traces.map(|trace| (place(trace), text(trace, "username"), documents(trace))).collect()
}

async fn update(app: &TestApp, collection: &str, filter: Document, update: Document) {
    let written = app.database.collection::<Document>(collection).update_many(filter, update).await;
    assert!(written.expect("written").modified_count > 0, "{collection} has no such document");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_that_reached_nothing_but_the_user_is_found_everywhere() {
    six_and_eight(async |release| {
        let rename = doc! {"$set": {"username": "renamed"}};
        let app = resting(Options::default().user("plain", rename), release).await;
        let id = app.person("plain").id.clone();
        let agents = app.database.collection::<Document>("rocketchat_livechat_department_agents");
        agents.insert_one(doc! {"_id": "a", "agentId": &id, "username": "plain"}).await.expect("written");
        let checked = check(&app);
        let defect = checked.has("renames", "error", &format!("user {id}, now renamed, is still plain in "));
        let details = &defect["details"];
        assert_eq!(
            (&details["userId"], &details["username"], &details["name"], &details["inProgress"]),
            (&json!(id), &json!("renamed"), &json!("Plain User"), &json!(false)),
        );
        assert_eq!(details["reused"], json!([]));
        let found = [
            ("rocketchat_message u.username", 3),
            ("rocketchat_message editedBy.username", 1),
            ("rocketchat_room u.username", 4),
            ("rocketchat_subscription u.username", 6),
            ("rocketchat_subscription name", 3),
            ("rocketchat_livechat_department_agents username", 1),
        ];
        assert_eq!(traces(defect), found.map(|(place, count)| (place.to_owned(), "plain".to_owned(), count)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_place_is_found_alone() {
    let app = resting(Options::default(), Eight).await;
    check(&app).is_ok("renames", "every user's username has reached");
    let (plain, admin) = (app.person("plain").id.clone(), app.person("admin").id.clone());
    let direct = if plain < admin { format!("{plain}{admin}") } else { format!("{admin}{plain}") };
    let of_direct = doc! {"rid": &direct, "u._id": &admin};
    for (collection, filter, path, level) in [
        ("rocketchat_message", doc! {"u._id": &plain, "msg": "Good morning"}, "u.username", "error"),
        ("rocketchat_message", doc! {"editedBy._id": &plain}, "editedBy.username", "warning"),
        ("rocketchat_room", doc! {"_id": "siyr2oWQJBjQjhLwr"}, "u.username", "error"),
        ("rocketchat_subscription", doc! {"rid": "GENERAL", "u._id": &plain}, "u.username", "error"),
        ("rocketchat_subscription", of_direct, "name", "error"),
    ] {
        update(&app, collection, filter.clone(), doc! {"$set": {path: "former"}}).await;
        let checked = check(&app);
        let defect = checked.has("renames", level, "now plain, is still former in 1 document of ");
        assert_eq!(defect["details"]["userId"], json!(plain), "{collection} {path}");
        assert_eq!(traces(defect), [(format!("{collection} {path}"), "former".to_owned(), 1)]);
        update(&app, collection, filter, doc! {"$set": {path: "plain"}}).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_half_rename_is_not_taken_for_one() {
    let app = resting(Options::default(), Six).await;
    let messages = app.database.collection::<Document>("rocketchat_message");
    let subscriptions = app.database.collection::<Document>("rocketchat_subscription");
    let (plain, nameless) = (app.person("plain").id.clone(), app.person("no-username").id.clone());
    messages
        .insert_many([
            doc! {"_id": "gone", "rid": "GENERAL", "u": {"_id": "a user who is gone", "username": "gone"}},
            doc! {"_id": "nameless", "rid": "GENERAL", "u": {"_id": nameless, "username": "former"}},
            doc! {"_id": "broken", "rid": 7, "u": "plain", "editedBy": {"_id": plain.as_str(), "username": 7}},
        ])
        .await
        .expect("written");
    subscriptions
        .insert_many([
            // A room of three is called after all others; it need not exist for this.
            doc! {"_id": "of-three", "rid": "GroupOfThreeHere1", "t": "d", "name": "a,b", "u": {"_id": plain.as_str(), "username": "plain"}},
            doc! {"_id": "short", "rid": "x", "t": "d", "name": "a", "u": {"_id": plain.as_str(), "username": "plain"}},
            doc! {"_id": "broken", "rid": 7, "t": "d", "name": "a", "u": {"_id": 7, "username": "plain"}},
            // Somebody else's channel may be called like anybody.
            doc! {"_id": "channel", "rid": format!("{plain}x"), "t": "c", "name": "former", "u": {"_id": plain.as_str(), "username": "plain"}},
            doc! {"_id": "self", "rid": format!("{plain}{plain}"), "t": "d", "name": "plain", "u": {"_id": plain.as_str(), "username": "plain"}},
        ])
        .await
        .expect("written");
    check(&app).is_ok("renames", "every user's username has reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_waits_in_the_outbox_is_in_progress_until_it_is_parked() {
    let app = resting(Options::default().user("plain", doc! {"$set": {"username": "renamed"}}), Eight).await;
    let id = &app.person("plain").id;
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let effect = |parked: bool| {
        doc! {
            "_id": "rename", "user_id": id, "kind": "rename", "parked": parked, "attempts": 1, "reason": "why",
            "created": mongodb::bson::DateTime::now(),
        }
    };
    outbox.insert_one(effect(false)).await.expect("written");
    let checked = check(&app);
    checked.is_ok("renames", "the rename is in progress");
    assert_eq!(checked.code, Some(0));
    outbox.replace_one(doc! {"_id": "rename"}, effect(true)).await.expect("written");
    check(&app).has("renames", "error", "is still plain in");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_old_usernames_are_told_and_whose_they_are_now() {
    let app = resting(Options::default(), Six).await;
    let plain = app.person("plain").id.clone();
    let rename = doc! {"$set": {"u.username": "former"}};
    update(&app, "rocketchat_room", doc! {"u._id": &plain}, rename.clone()).await;
    let general = doc! {"rid": "GENERAL", "u._id": &plain};
    update(&app, "rocketchat_subscription", general, doc! {"$set": {"u.username": "admin"}}).await;
    let checked = check(&app);
    let defect = checked.has("renames", "error", "somebody else is admin now");
    let old: Vec<String> = traces(defect).into_iter().map(|(_, username, _)| username).collect();
    assert_eq!(
        (old, &defect["details"]["reused"]),
        (vec!["former".into(), "admin".into()], &json!(["admin"]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_cannot_forge_a_line() {
    let app = resting(Options::default(), Eight).await;
    let plain = &app.person("plain").id;
    let forged = doc! {"$set": {"u.username": "x\nok       renames        all is well\u{1b}[2J"}};
    update(&app, "rocketchat_room", doc! {"u._id": plain}, forged).await;
    let ended = run(program(&["check"], &[("MONGO_URL", app.mongo_url())]));
    let said = String::from_utf8(ended.stdout).expect("UTF-8");
    assert!(said.contains(r"still x\nok       renames        all is well\u{1b}[2J in 4 documents"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_half_done_a_repair_changes_nothing() {
    let app = resting(Options::default(), Six).await;
    let before = app.dump().await;
    let ended = run(program(&["check", "--repair"], &[("MONGO_URL", app.mongo_url())]));
    let said = String::from_utf8(ended.stdout).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("repair         there is nothing to repair\n"), "{said}");
    assert_eq!(app.dump().await, before);
}
