//! What a request costs: commands to MongoDB, as the driver reports them, and bcrypt runs. With all limits that are on by
//! default, for a limit may cost something, too.

use crate::support::{Options, TestApp, outbox, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::Release::{self, Eight, Six};
use devstack::workspace::password_digest;
use mongodb::bson::{Document, doc};
use rc_account::effects::RetryPolicy;
use serde_json::{Value, json};
use std::time::Instant;

/// The commands and the bcrypt runs of one accepted request.
async fn cost(app: &TestApp, handle: &str, body: &Value) -> (Vec<String>, u64) {
    // No call is one too many.
    app.advance_clock(TimeDelta::minutes(2));
    app.take_commands();
    let runs = app.hashing.runs();
    let answer = app.post(handle, body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (app.take_commands(), app.hashing.runs() - runs)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bio_costs_two_round_trips_and_no_hashing() {
    six_and_eight(async |release| {
        let app = Options::default().with_default_limits().start(release).await;
        for handle in ["plain", "many-tokens"] {
            let (commands, runs) = cost(&app, handle, &json!({"data": {"bio": "Engineer"}})).await;
            assert_eq!((commands, runs), (vec!["find".to_owned(), "findAndModify".to_owned()], 0));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_unchanged_names_and_addresses_cost_no_more() {
    let app = Options::default()
        .with_default_limits()
        .setting("Accounts_TwoFactorAuthentication_Enabled", false)
        .start(Eight)
        .await;
    let body = json!({"data": {
        "name": app.person("plain").name, "nickname": "n", "bio": "b", "username": "plain", "email": app.person("plain").email,
    }});
    let (commands, _) = cost(&app, "plain", &body).await;
    assert_eq!(commands, ["find", "findAndModify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_costs_one_read_more() {
    six_and_eight(async |release| {
        let app = Options::default().with_default_limits().start(release).await;
        let (commands, _) = cost(&app, "plain", &json!({"data": {"statusType": "away"}})).await;
        assert_eq!(commands, ["find", "find", "findAndModify"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_confirmed_by_the_present_one_costs_two_bcrypt_runs_and_one_write() {
    six_and_eight(async |release| {
        let app = Options::default().with_default_limits().start(release).await;
        let passwords = ["N3w-and-strong-enough", "An0ther-one-as-strong"];
        let body =
            |present: &str, new: &str| json!({"data": {"newPassword": new, "currentPassword": present}});
        // The wrong guesses of the account are looked at, and whether a session that ends has a device.
        let small = "find find find findAndModify";
        let first = body(&app.person("plain").password_digest(), passwords[0]);
        let (commands, runs) = cost(&app, "plain", &first).await;
        assert_eq!((commands.join(" "), runs), (small.to_owned(), 2));

        let id = &app.person("plain").id;
        let device = doc! {"_id": "phone", "userId": id, "authToken": "y", "token": {"gcm": "x"}};
        app.database.collection("_raix_push_app_tokens").insert_one(device).await.expect("inserted");
        let second = body(&password_digest(passwords[0]), passwords[1]);
        let (commands, runs) = cost(&app, "plain", &second).await;
        assert_eq!((commands.join(" "), runs), (format!("{small} delete commitTransaction"), 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_of_thousands_of_messages_costs_a_few_commands_more_than_one_of_few() {
    let app = Options::default()
        .with_default_limits()
        .variable("RC_ACCOUNT_RENAME_WAIT_MS", "60000")
        .start(Eight)
        .await;
    let rename = async |username: &str| {
        cost(&app, "plain", &json!({"data": {"username": username, "name": username}})).await.0.len()
    };
    let of_few = rename("few").await;
    let id = &app.person("plain").id;
    let message = |number: usize| {
        let mentions =
            if number.is_multiple_of(4) { vec![doc! {"_id": id, "username": "few"}] } else { vec![] };
        doc! {"u": {"_id": id, "username": "few"}, "msg": "@few", "mentions": mentions, "rid": "GENERAL"}
    };
    app.database
        .collection("rocketchat_message")
        .insert_many((0..4000).map(message))
        .await
        .expect("inserted");
    let of_many = rename("many").await;
    println!("commands: {of_few} for few messages, {of_many} for 4,000, 1,000 of them mentions");
    assert!(of_many < of_few + 20, "{of_few} {of_many}");
    let left = doc! {"$or": [{"u._id": id, "u.username": {"$ne": "many"}}, {"mentions.username": "few"}]};
    let messages = app.database.collection::<Document>("rocketchat_message");
    assert_eq!(messages.count_documents(left).await.expect("counted"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_needs_no_facts_reads_the_caller_only() {
    let app = Options::default().with_default_limits().start(Eight).await;
    app.take_commands();
    let body = json!({"data": {"bio": "b".repeat(261), "statusType": "away", "email": "x@example.com"}});
    let answer = app.post("no-email", &body).send().await;
    answer.is_refused_with("error-bio-size-exceeded");
    assert_eq!(app.take_commands(), ["find", "find"], "caller and connections; no look-up of the address");
}

/// In a channel, a private group and two direct messages, one of which they began; with a picture, a message and mentions.
const ORDINARY: &str = "agent";

/// The service as it is by default, but for limits of calls, beside a workspace with an ordinary user.
async fn with_an_ordinary_user(release: Release, rate_limit: &str) -> TestApp {
    let fields = json!({"twitter": {"type": "text", "required": false, "maxLength": 30}});
    let app = Options::default()
        .setting("Accounts_CustomFields", fields.to_string())
        .with_default_limits()
        .variable("RC_ACCOUNT_RATE_LIMIT", rate_limit)
        .retry_policy(RetryPolicy::default())
        .start(release)
        .await;
    let (rooms, subscriptions) = ("rocketchat_room", "rocketchat_subscription");
    let collection = |name| app.database.collection::<Document>(name);
    let of_more = doc! {"t": "d", "usersCount": {"$gt": 2}};
    let groups = collection(rooms).distinct("_id", of_more.clone()).await.expect("ids");
    collection(rooms).delete_many(of_more).await.expect("deleted");
    collection(subscriptions).delete_many(doc! {"rid": {"$in": groups}}).await.expect("deleted");
    let id = &app.person(ORDINARY).id;
    let direct = doc! {"u._id": id, "t": "d"};
    assert_eq!(collection(subscriptions).count_documents(direct).await.expect("counted"), 2);
    let picture = doc! {"_id": "picture", "name": ORDINARY, "userId": id, "etag": "abc"};
    collection("rocketchat_avatars").insert_one(picture).await.expect("inserted");
    app
}

/// What users change of their names, so many times, and the most commands that it may cost.
fn changes_of_names(number: usize) -> [(&'static str, Value, usize); 4] {
    let (text, username) = (format!("Text {number}"), format!("agent{number}"));
    let profile = json!({
        "data": {"name": format!("Name {number}"), "statusType": "away", "statusText": text, "bio": text},
        "customFields": {"twitter": text},
    });
    let data = |data: Value| json!({"data": data});
    [
        ("name", data(json!({"name": format!("Agent {number}")})), 5),
        ("name, status, bio, custom fields", profile, 8),
        ("username", data(json!({"username": username})), 24),
        ("username, name", data(json!({"username": format!("{username}.b"), "name": username})), 24),
    ]
}

/// `RC_DEV_ROUNDS=200` repeats the changes so often and prints how long their answers took.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_of_an_ordinary_users_names_cost_is_bounded() {
    let mut too_dear = Vec::new();
    for release in [Six, Eight] {
        // As by default.
        let app = with_an_ordinary_user(release, "auto").await;
        for (change, body, most) in changes_of_names(0) {
            let (commands, _) = cost(&app, ORDINARY, &body).await;
            println!("{release:?}, {change}: {} commands: {}", commands.len(), commands.join(" "));
            assert!(outbox(&app).await.is_empty(), "the answer came after the end");
            if commands.len() > most {
                too_dear.push(format!("{release:?}, {change}: {} commands", commands.len()));
            }
        }
        let id = &app.person(ORDINARY).id;
        let (picture, old) =
            (doc! {"name": "agent0.b"}, doc! {"mentions.username": {"$in": ["agent", "agent0"]}});
        for (collection, filter, count) in [
            ("rocketchat_avatars", picture, 1),
            ("rocketchat_message", old, 0),
            ("rocketchat_message", doc! {"u._id": id, "u.username": "agent0.b"}, 1),
            ("rocketchat_room", doc! {"usernames": "agent0.b"}, 2),
            ("rocketchat_subscription", doc! {"t": "d", "name": "agent0.b", "fname": "agent0"}, 2),
        ] {
            let found = app.database.collection::<Document>(collection).count_documents(filter.clone()).await;
            assert_eq!(found.expect("counted"), count, "{collection}: {filter}");
        }
    }
    let rounds = std::env::var("RC_DEV_ROUNDS").map_or(0, |text| text.parse().expect("a number"));
    if rounds > 0 {
        let app = with_an_ordinary_user(Eight, "off").await;
        let mut took = vec![Vec::new(); changes_of_names(0).len()];
        for number in 0..rounds {
            for ((_, body, _), took) in changes_of_names(number).iter().zip(&mut took) {
                let began = Instant::now();
                assert_eq!(app.post(ORDINARY, body).send().await.status, 200);
                took.push(began.elapsed());
            }
        }
        for ((change, ..), mut took) in changes_of_names(0).into_iter().zip(took) {
            took.sort_unstable();
            println!("{change}: median of {rounds}: {:?}", took[rounds / 2]);
        }
    }
    assert!(too_dear.is_empty(), "{too_dear:?}");
}
