//! `rc-account check`: release, indexes, settings and the outbox.

use crate::mail_failures::parked;
use crate::support::{
    HASTE, Options, TestApp, arguments, check, check_with, is_delivered, mongo, program, resting, run,
};
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::Release::{Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use rc_account::effects::RetryPolicy;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_forced_against_the_version_is_a_warning() {
    let app = resting(Options::default(), Six).await;
    let forced = |release| check_with(&[("MONGO_URL", app.mongo_url()), ("RC_ACCOUNT_RELEASE", release)]);
    forced("8").has(
        "release",
        "warning",
        "8.8.1 is imitated, as RC_ACCOUNT_RELEASE says; by the version it would be 6.13.0",
    );
    forced("6").is_ok("release", "Rocket.Chat 6.13.0; 6.13.0 is imitated, as RC_ACCOUNT_RELEASE says");
    app.database.collection::<Document>("rocketchat_statistics").drop().await.expect("dropped");
    check(&app).has("release", "warning", "no version of Rocket.Chat in the database; 6.13.0 is");
    forced("6").is_ok("release", "no version of Rocket.Chat in the database; 6.13.0 is");
    app.upgrade("99.1.0").await;
    check(&app).has(
        "release",
        "warning",
        "99.1.0 is imitated, as 9.1.0 is, the newest version that is known",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_workspace_is_told_to_be_none() {
    let url = mongo().await.url("test_check_empty");
    check_with(&[("MONGO_URL", &url)]).has(
        "settings",
        "error",
        "test_check_empty holds none of Rocket.Chat's",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_a_warning_and_a_missing_unique_one_an_error() {
    let app = resting(Options::default(), Eight).await;
    check(&app).is_ok("indexes", "those of Rocket.Chat are there");
    let drop_index = async |collection: &str, index: &str| {
        app.database.collection::<Document>(collection).drop_index(index).await.expect("dropped");
    };
    drop_index("rocketchat_subscription", "name_1_t_1").await;
    let checked = check(&app);
    let defect = checked.has("indexes", "warning", "rocketchat_subscription name+t has no index");
    let command = r#"db.rocketchat_subscription.createIndex({"name": 1, "t": 1})"#;
    assert!(defect["remedy"].as_str().expect("a remedy").ends_with(command), "{defect}");
    // One that begins with the same paths serves as well.
    let users = app.users();
    let keys = doc! {"name": 1, "t": 1, "open": 1};
    let command =
        doc! {"createIndexes": "rocketchat_subscription", "indexes": [{"key": keys, "name": "own"}]};
    app.database.run_command(command).await.expect("an index");
    check(&app).is_ok("indexes", "those of Rocket.Chat are there");

    // The index without letter case, which release 8 has as well, keeps nobody out.
    drop_index("users", "username_1").await;
    check(&app).has("indexes", "error", "users username has no unique index");
    users.drop().await.expect("dropped");
    check(&app).is_ok("indexes", "as far as they are needed");
}

/// The indexes of the collection by their names, without the numbers of their formats.
async fn indexes(app: &TestApp, collection: &str) -> BTreeMap<String, Document> {
    let listed = app.database.run_cursor_command(doc! {"listIndexes": collection}).await.expect("listed");
    let listed: Vec<Document> = listed.try_collect().await.expect("indexes");
    let by_name = listed.into_iter().map(|mut index| {
        index.remove("v");
        (index.get_str("name").expect("a name").to_owned(), index)
    });
    by_name.collect()
}

/// Runs every `createIndex` in that text, which the shell gives the drivers' name where it has none.
async fn create_indexes(app: &TestApp, collection: &str, said: &str) {
    for definition in arguments(said, "createIndex") {
        let keys = &definition[0];
        let parts: Vec<String> = keys.iter().map(|(path, order)| format!("{path}_{order}")).collect();
        let mut index = doc! {"key": keys, "name": parts.join("_")};
        index.extend(definition.get(1).cloned().unwrap_or_default());
        let command = doc! {"createIndexes": collection, "indexes": [index]};
        app.database.run_command(command).await.expect("an index");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_shown_make_the_indexes_that_rocket_chat_makes() {
    for (collection, gone, path) in [
        ("users", &["username_1"][..], "users username"),
        ("users", &["services.resume.loginTokens.hashedToken_1"], "users services.resume.loginTokens.hashed"),
        ("rocketchat_message", &["editedBy._id_1"], "rocketchat_message editedBy._id"),
        ("rocketchat_room", &["muted_1"], "rocketchat_room muted"),
        ("rocketchat_subscription", &["u._id_1_name_1_t_1"], "rocketchat_subscription u._id"),
        ("rocketchat_server_events", &["t_1_ip_1_ts_-1"], "rocketchat_server_events t+ip+ts"),
    ] {
        let app = resting(Options::default(), Eight).await;
        let before = indexes(&app, collection).await;
        for name in gone {
            app.database.collection::<Document>(collection).drop_index(*name).await.expect("dropped");
        }
        let checked = check(&app);
        let defect = checked.defect("indexes");
        assert!(defect["message"].as_str().expect("a message").starts_with(path), "{defect}");
        create_indexes(&app, collection, defect["remedy"].as_str().expect("a remedy")).await;
        assert_eq!(indexes(&app, collection).await, before);
        check(&app).is_ok("indexes", "those of Rocket.Chat are there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_shown_make_the_indexes_without_letter_case_of_release_8() {
    let app = resting(Options::default(), Six).await;
    let checked = check(&app);
    let hint = checked.findings.iter().find(|finding| {
        finding["message"].as_str().is_some_and(|message| message.contains("without letter case"))
    });
    let remedy = hint.expect("the hint")["remedy"].as_str().expect("a remedy");
    create_indexes(&app, "users", remedy).await;
    assert!(!check(&app).said.contains("without letter case on"));

    let (own, eight) = (indexes(&app, "users").await, resting(Options::default(), Eight).await);
    let eight = indexes(&eight, "users").await;
    for name in ["username_insensitive", "emails.address_insensitive"] {
        assert_eq!(own[name], eight[name]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_no_rocket_chat_has_are_a_hint() {
    let app = resting(Options::default(), Six).await;
    app.database.create_collection("rocketchat_call_history").await.expect("made");
    let checked = check(&app);
    checked.is_ok(
        "indexes",
        "no index on rocketchat_room usernames, rocketchat_call_history contactId: a rename",
    );
    checked.is_ok("indexes", "no index without letter case on username and emails.address");
    assert!(checked.said.contains("RC_ACCOUNT_CREATE_INDEXES=true"), "{}", checked.said);
    for (collection, path) in [("rocketchat_room", "usernames"), ("rocketchat_call_history", "contactId")] {
        let command = doc! {"createIndexes": collection, "indexes": [{"key": {path: 1}, "name": path}]};
        app.database.run_command(command).await.expect("an index");
    }
    assert!(!check(&app).said.contains("RC_ACCOUNT_CREATE_INDEXES"));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_settings_are_counted_and_those_of_a_wrong_type_named() {
    let app = resting(Options::default().without_setting("Accounts_RequireNameForSignUp"), Eight).await;
    let settings = || {
        let checked = check_with(&[("MONGO_URL", app.mongo_url()), ("SMTP_Port", "25")]);
        let findings = checked.findings.iter().filter(|finding| finding["check"] == "settings");
        findings.cloned().collect::<Vec<_>>()
    };
    let missing = |findings: &[serde_json::Value]| {
        findings[0]["details"]["missing"].as_array().expect("a list").clone()
    };
    let before = settings();
    assert!(missing(&before).contains(&json!("Accounts_RequireNameForSignUp")), "{before:?}");
    let documents = app.database.collection::<Document>("rocketchat_settings");
    documents.delete_one(doc! {"_id": "SMTP_Port"}).await.expect("deleted");
    let after = settings();
    assert_eq!(missing(&after).len(), missing(&before).len() + 1);
    assert!(after[0]["message"].as_str().expect("a message").ends_with("for 1 the environment"), "{after:?}");

    app.set("SMTP_Password", doc! {"hunter2": "hunter2"}).await;
    let checked = check(&app);
    checked.has("settings", "warning", "SMTP_Password is of type object, not text");
    assert!(!checked.said.contains("hunter2"), "{}", checked.said);
    app.set("SMTP_Password", "").await;
    app.set("Accounts_AllowEmailChange", "false").await;
    check(&app).has("settings", "warning", "Accounts_AllowEmailChange is of type text, not boolean");
}

/// An effect in the outbox, written so many minutes ago.
async fn plant(app: &TestApp, id: &str, minutes: i64, parked: bool) {
    let created = DateTime::from_millis(DateTime::now().timestamp_millis() - minutes * 60_000);
    let reason = parked.then_some("the mail server refused the mail with code 550");
    let effect = doc! {
        "_id": id, "user_id": "someone", "kind": "verify-email", "order": 1_i64, "attempts": 7, "parked": parked,
        "reason": reason, "created": created, "due": created, "lease_until": created,
        "effect": {"address": "a@b.example", "token": "t0ken"},
    };
    app.database.collection("rc_account_outbox").insert_one(effect).await.expect("an effect");
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_that_wait_long_or_are_parked_are_told_without_what_they_say() {
    let app = resting(Options::default(), Six).await;
    check(&app).is_ok("effects", "nothing is waiting");
    plant(&app, "waiting", 5, false).await;
    check(&app).is_ok("effects", "1 waiting, the oldest for 5 min");
    plant(&app, "parked", 1000, true).await;
    let checked = check(&app);
    let defect = checked.has(
        "effects",
        "warning",
        "parked: verify-email of user someone, 7 attempts: the mail server refused the mail with code 550",
    );
    assert!(
        defect["remedy"].as_str().expect("a remedy").contains("rc-account outbox retry parked"),
        "{defect}"
    );
    checked.of("effects").iter().find(|(level, _)| *level == "ok").expect("the waiting one");
    assert!(!checked.said.contains("t0ken") && !checked.said.contains("b.example"), "{}", checked.said);

    let outbox = app.database.collection::<Document>("rc_account_outbox");
    outbox.delete_one(doc! {"_id": "parked"}).await.expect("deleted");
    plant(&app, "forgotten", 180, false).await;
    check(&app).has("effects", "warning", "2 waiting, the oldest for 3 h");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_effects_are_told_with_their_size() {
    let app = resting(Options::default(), Six).await;
    plant(&app, "large", 1, false).await;
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let update = doc! {"$set": {"effect.name": "n".repeat(300_000)}};
    outbox.update_one(doc! {"_id": "large"}, update).await.expect("updated");
    check(&app).has("effects", "warning", "verify-email of user someone takes 300 kB");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shown_has_a_parked_effect_tried_again_at_once() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Absent);
    // Nothing but the command can wake the worker again.
    let retry_policy = RetryPolicy { attempts: 1, longest_delay: Duration::from_mins(10), ..HASTE };
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    let app = options.mail_server(&sink).retry_policy(retry_policy).start(Six).await;
    app.change("no-email", &json!({"email": "first@example.com"})).await.user();
    let effect = parked(&app).await;
    assert_eq!(effect.get_i32("attempts").ok(), Some(1));

    let checked = check(&app);
    let remedy = checked.defect("effects")["remedy"].as_str().expect("a remedy");
    let command =
        remedy.trim_start_matches("to try again: rc-account ").split(';').next().expect("a command");
    let command: Vec<&str> = command.split(' ').collect();
    assert_eq!(command[..2], ["outbox", "retry"], "{remedy}");
    sink.behave(Behaviour::Accept);
    let ended = run(program(&command, &[("MONGO_URL", app.mongo_url())]));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    is_delivered(&app).await;
    assert_eq!(sink.mails().len(), 1);
}
