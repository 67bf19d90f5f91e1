//! The workspace's own settings: read at the start, kept fresh without any request paying for it.

use crate::support::{Options, TestApp};
use devstack::workspace::Release::{Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;
use std::time::Duration;

async fn write(app: &TestApp, collection: &str, id: &str, update: Document) {
    let collection = app.database.collection::<Document>(collection);
    collection.update_one(doc! {"_id": id}, update).upsert(true).await.expect("written");
}

/// Repeats the request until it is answered with that status; fails after a second.
async fn is_answered_within_a_second(app: &TestApp, status: u16) {
    let body = json!({"data": {"bio": "Engineer"}});
    for _ in 0..50 {
        if app.post("plain", &body).send().await.status == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the change has not been noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_setting_takes_effect_within_a_second() {
    let app = TestApp::six().await;
    is_answered_within_a_second(&app, 200).await;
    let id = "Accounts_AllowUserProfileChange";
    write(&app, "rocketchat_settings", id, doc! {"$set": {"value": false}}).await;
    is_answered_within_a_second(&app, 400).await;
    write(&app, "rocketchat_settings", id, doc! {"$set": {"value": true}}).await;
    is_answered_within_a_second(&app, 200).await;
    write(&app, "rocketchat_settings", id, doc! {"$set": {"value": Bson::Null}}).await;
    is_answered_within_a_second(&app, 400).await;
    let settings = app.database.collection::<Document>("rocketchat_settings");
    settings.delete_one(doc! {"_id": id}).await.expect("deleted");
    is_answered_within_a_second(&app, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_permission_takes_effect_within_a_second() {
    let app = Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "1/600000").start(Six).await;
    is_answered_within_a_second(&app, 429).await;
    write(
        &app,
        "rocketchat_permissions",
        "api-bypass-rate-limit",
        doc! {"$set": {"roles": ["admin", "user"]}},
    )
    .await;
    is_answered_within_a_second(&app, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_the_database_lacks_comes_from_the_environment_or_the_release() {
    let weak = json!({"data": {"newPassword": "weak"}});
    let start = async |release, policy: Option<&str>| {
        let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
        let options = options.without_setting("Accounts_Password_Policy_Enabled");
        let options = match policy {
            Some(policy) => options.variable("OVERWRITE_SETTING_Accounts_Password_Policy_Enabled", policy),
            None => options,
        };
        options.start(release).await
    };
    for (release, policy, status) in
        [(Six, None, 200), (Six, Some("true"), 400), (Eight, None, 400), (Eight, Some("FALSE"), 200)]
    {
        let app = start(release, policy).await;
        assert_eq!(app.post("plain", &weak).send().await.status, status, "{release:?} {policy:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_follows_the_newest_statistics_unless_it_is_forced() {
    let shape = async |options: Options, release| {
        let app = options.start(release).await;
        let user = app.post("plain", &json!({"data": {}})).send().await.user();
        user.get("avatarUrl").is_some()
    };
    assert!(!shape(Options::default(), Six).await);
    assert!(shape(Options::default(), Eight).await);
    assert!(shape(Options::default().variable("RC_ACCOUNT_RELEASE", "8"), Six).await);
    assert!(!shape(Options::default().variable("RC_ACCOUNT_RELEASE", "6"), Eight).await);
}

/// MongoDB would wake it for every write of anybody, Rocket.Chat's, too, to look whether it is one that is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn what_watches_the_settings_does_not_wait_inside_mongodb() {
    let app = TestApp::six().await;
    is_answered_within_a_second(&app, 200).await;
    let admin = mongodb::Client::with_uri_str(app.mongo_url()).await.expect("a client").database("admin");
    // The stream is of the whole database.
    let waiting = doc! {
        "active": true, "ns": format!("{}.$cmd", app.database.name()), "command.collection": "$cmd.aggregate",
    };
    let mut quiet = 0;
    for _ in 0..50 {
        let stages = [doc! {"$currentOp": {"allUsers": true}}, doc! {"$match": &waiting}];
        let found = admin.aggregate(stages).await.expect("an answer");
        let found: Vec<Document> = found.try_collect().await.expect("operations");
        quiet += u32::from(found.is_empty());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(quiet > 25, "something waits in {} of 50 looks", 50 - quiet);
}
