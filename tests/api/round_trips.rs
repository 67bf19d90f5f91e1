//! What a request costs: commands to MongoDB, as the driver reports them, and bcrypt runs. With all limits that are on by
//! default, for a limit may cost something, too.

use crate::support::{Options, TestApp, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

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
async fn a_password_confirmed_by_the_present_one_costs_two_bcrypt_runs_and_a_small_transaction() {
    six_and_eight(async |release| {
        let app = Options::default().with_default_limits().start(release).await;
        let digest = app.person("plain").password_digest();
        let body = json!({"data": {"newPassword": "N3w-and-strong-enough", "currentPassword": digest}});
        let (commands, runs) = cost(&app, "plain", &body).await;
        // The wrong guesses of the account are looked at, and the devices of the sessions that it ends are removed with it.
        let expected = "find find findAndModify delete commitTransaction";
        assert_eq!((commands.join(" "), runs), (expected.to_owned(), 2));
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
