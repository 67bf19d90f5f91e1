//! Documents that cannot take a new name: the rest goes on, and nobody waits for them.

use super::{all, insert, rename};
use crate::support::{Options, Request, Service, TestApp, outbox, program, run};
use devstack::workspace::Release::Eight;
use mongodb::IndexModel;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::IndexOptions;
use serde_json::json;

const SUBSCRIPTIONS: &str = "rocketchat_subscription";
const MESSAGES: &str = "rocketchat_message";
const ROOMS: &str = "rocketchat_room";

/// An old unique index that the user's subscription to the general room would break under the name `fresh`.
async fn with_an_old_index(app: &TestApp) {
    let stray = doc! {"_id": "stray", "rid": "GENERAL", "t": "c", "u": {"_id": "gone", "username": "fresh"}};
    insert(app, SUBSCRIPTIONS, [stray]).await;
    let options = IndexOptions::builder().unique(true).name("rid_1_u.username_1".to_owned()).build();
    let index = IndexModel::builder().keys(doc! {"rid": 1, "u.username": 1}).options(options).build();
    app.database.collection::<Document>(SUBSCRIPTIONS).create_index(index).await.expect("created");
}

async fn count(app: &TestApp, collection: &str, filter: Document) -> u64 {
    app.database.collection::<Document>(collection).count_documents(filter).await.expect("counted")
}

fn check(app: &TestApp, arguments: &[&str]) -> String {
    let ended = run(program(arguments, &[("MONGO_URL", app.mongo_url())]));
    String::from_utf8(ended.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_under_an_old_index_holds_up_neither_the_rest_nor_the_next() {
    let app = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "30000").start(Eight).await;
    with_an_old_index(&app).await;
    let id = app.person("plain").id.clone();
    let own = doc! {"u._id": &id};
    let (written, joined) = (count(&app, MESSAGES, own.clone()).await, count(&app, SUBSCRIPTIONS, own).await);
    assert!(written > 2 && joined > 2, "{written} {joined}");
    rename(&app, "plain", json!({"username": "fresh", "name": "Fresh"})).await;
    let fresh = doc! {"u._id": &id, "u.username": "fresh"};
    assert_eq!(count(&app, MESSAGES, fresh.clone()).await, written);
    assert_eq!(count(&app, SUBSCRIPTIONS, fresh.clone()).await, joined - 1);
    let others = count(&app, SUBSCRIPTIONS, doc! {"t": "d", "name": "plain"}).await;
    assert_eq!(others, 0, "the others' direct messages are called after the user");
    // It is kept, and says which document and why.
    let kept = outbox(&app).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    let reason = kept[0].get_str("reason").expect("a reason").to_owned();
    assert_eq!(kept[0].get("parked"), Some(&Bson::Boolean(true)), "{reason}");
    let left = all(&app, SUBSCRIPTIONS, doc! {"u._id": &id, "u.username": "plain"}).await;
    let left = left[0].get_str("_id").expect("an id");
    for part in [SUBSCRIPTIONS, left, "rid_1_u.username_1"] {
        assert!(reason.contains(part), "{part} is not in {reason}");
    }
    // Neither name's lane waits for it: somebody else takes the freed one, and the user gets a further one.
    rename(&app, "admin", json!({"username": "plain"})).await;
    let admin = doc! {"u._id": &app.person("admin").id, "u.username": {"$ne": "plain"}};
    assert_eq!(count(&app, MESSAGES, admin).await, 0);
    rename(&app, "plain", json!({"username": "fresher"})).await;
    let behind = doc! {"u._id": &id, "u.username": {"$ne": "fresher"}};
    assert_eq!(
        (count(&app, MESSAGES, behind.clone()).await, count(&app, SUBSCRIPTIONS, behind).await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_told_by_the_check_and_repaired_by_it() {
    let mut app = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "30000").start(Eight).await;
    with_an_old_index(&app).await;
    let id = app.person("plain").id.clone();
    rename(&app, "plain", json!({"username": "fresh"})).await;
    app.stop().await;
    let told = check(&app, &["check"]);
    assert!(told.contains("parked: rename of user") && told.contains("rid_1_u.username_1"), "{told}");
    assert!(told.contains("check --repair"), "{told}");
    // While the index is there, a repair does what it can and says what it cannot.
    let told = check(&app, &["check", "--repair"]);
    assert!(told.contains("1 document cannot take the name"), "{told}");
    assert_eq!(outbox(&app).await.len(), 1);
    let subscriptions = app.database.collection::<Document>(SUBSCRIPTIONS);
    subscriptions.drop_index("rid_1_u.username_1").await.expect("dropped");
    let told = check(&app, &["check", "--repair"]);
    assert!(!told.contains("cannot take the name"), "{told}");
    assert!(outbox(&app).await.is_empty(), "{told}");
    assert_eq!(count(&app, SUBSCRIPTIONS, doc! {"u._id": &id, "u.username": "plain"}).await, 0);
    assert!(check(&app, &["check", "--repair"]).contains("there is nothing to repair"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_a_full_document_and_odd_shapes_hold_up_nothing() {
    let app = Options::default().start(Eight).await;
    let id = app.person("plain").id.clone();
    let author = doc! {"_id": &id, "username": "plain"};
    let mut full = doc! {"_id": "full", "rid": "GENERAL", "msg": "", "u": author.clone()};
    let room = (16 << 20) - full.to_vec().expect("BSON").len();
    full.insert("msg", "x".repeat(room));
    insert(&app, MESSAGES, [full]).await;
    insert(
        &app,
        MESSAGES,
        [
            doc! {"_id": "kept", "rid": "GENERAL", "msg": "m", "u": author.clone(), "frozen": true},
            doc! {"_id": "listed", "rid": "GENERAL", "msg": "m", "u": [author.clone()]},
            doc! {"_id": "no text", "rid": "GENERAL", "msg": ["@plain"], "u": author.clone(), "mentions": [author.clone()]},
            doc! {"_id": "$oid", "rid": "GENERAL", "msg": "@plain", "u": author.clone(),
                "mentions": [{"username": {"$oid": "no id"}}, {"username": "plain", "_id": &id}]},
            doc! {"_id": "ordinary", "rid": "GENERAL", "msg": "@plain", "u": author.clone(), "mentions": [author.clone()]},
        ],
    )
    .await;
    insert(
        &app,
        ROOMS,
        [
            doc! {"_id": "text", "t": "c", "usernames": "plain", "u": author.clone()},
            doc! {"_id": "nulls", "t": "c", "usernames": [null, "plain", 5], "muted": Bson::Null, "u": Bson::Null},
        ],
    )
    .await;
    insert(
        &app,
        "rocketchat_video_conference",
        [doc! {"_id": "listed", "createdBy": [author.clone()], "users": author.clone()}],
    )
    .await;
    let validator = doc! {"$or": [{"frozen": {"$ne": true}}, {"u.username": "plain"}]};
    let command = doc! {"collMod": MESSAGES, "validator": validator};
    app.database.run_command(command).await.expect("a validator");

    let service = Service::on(app.mongo_url(), &[("RC_ACCOUNT_RENAME_WAIT_MS", "30000")]);
    let person = app.person("plain");
    let request = Request::from(app.http.post(format!("{}{}", service.base, crate::support::ROUTE)));
    let body = json!({"data": {"username": "a-longer-name"}});
    request.sign_in(&person.id, &person.token).json(&body).send().await.user();

    let behind = all(&app, MESSAGES, doc! {"u._id": &id, "u.username": {"$ne": "a-longer-name"}}).await;
    let behind: Vec<&str> = behind.iter().map(|message| message.get_str("_id").expect("an id")).collect();
    assert_eq!(behind, ["full", "kept", "listed"]);
    for (message, text) in [("$oid", "@a-longer-name"), ("ordinary", "@a-longer-name")] {
        assert_eq!(count(&app, MESSAGES, doc! {"_id": message, "msg": text}).await, 1, "{message}");
    }
    assert_eq!(count(&app, MESSAGES, doc! {"mentions.username": "plain"}).await, 0);
    let nulls = all(&app, ROOMS, doc! {"_id": "nulls"}).await;
    assert_eq!(nulls[0].get_array("usernames").expect("a list")[1], "a-longer-name".into());
    service.says("an effect is parked", |_| true).await;
    let parked = service.logged("an effect is parked");
    assert_eq!(parked.len(), 1, "{parked:?}");
    let kept = outbox(&app).await;
    let reason = kept[0].get_str("reason").expect("a reason");
    for part in ["4 documents", "rocketchat_message full", "rocketchat_message kept", "rocketchat_room text"]
    {
        assert!(reason.contains(part), "{part} is not in {reason}");
    }
}
