//! `rc-account check`: what it says as a whole, and that it only reads.

use crate::support::{
    Options, check, check_asked, check_with, mongo, program, resting, run, six_and_eight, standalone,
};
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::Value;
use std::net::TcpListener;

/// What has a finding where no service runs, in the order in which it is made.
const CHECKS: [&str; 17] = [
    "mongodb",
    "rights",
    "clock",
    "release",
    "announce",
    "indexes",
    "settings",
    "mail",
    "renames",
    "effects",
    "login-tokens",
    "passwords",
    "twins",
    "documents",
    "route",
    "upstream",
    "options",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_workspace_passes_every_check() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let app = resting(Options::default().mail_server(&sink), release).await;
        let checked = check(&app);
        assert_eq!(checked.code, Some(0), "{}", checked.said);
        let mut levels: Vec<usize> = Vec::new();
        for finding in &checked.findings {
            let level =
                ["error", "warning", "hint", "ok"].iter().position(|level| finding["level"] == *level);
            levels.push(level.expect("a level"));
            assert!(CHECKS.contains(&finding["check"].as_str().expect("a name")), "{finding}");
        }
        assert!(levels.is_sorted(), "the worst first: {}", checked.said);
        let report = &checked.report;
        assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(report["database"], app.database.name());
        assert!(report["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{report}");
        for (index, level) in ["error", "warning", "hint", "ok"].into_iter().enumerate() {
            let count = levels.iter().filter(|found| **found == index).count();
            assert_eq!(report["summary"][level], count, "{level}: {report}");
        }
        for check in CHECKS {
            match check {
                // So the workspace is seeded.
                "login-tokens" => checked.has(check, "warning", "many-tokens (3001)"),
                "documents" => checked.has(
                    check,
                    "warning",
                    "customFields is no document: 1 user, such as null-custom-fields",
                ),
                "announce" if release == Eight => {
                    checked.has(check, "warning", "does not watch its database")
                }
                // Only of a connection string that names some.
                "options" => continue,
                _ => {
                    checked.is_ok(check, "");
                    continue;
                }
            };
        }
        checked.is_ok("release", &format!("Rocket.Chat {0}; {0} is imitated", release.version()));
        checked.is_ok("release", "what it does, since when: ");
        checked.is_ok(
            "release",
            "6.10.1: name_characters_checked; 6.5.1: email_codes Object; all else as in 6.4.0",
        );
        checked.is_ok("route", "no rc-account runs on this database");
        checked.is_ok("mail", "takes the connection");
        assert_eq!(sink.mails().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_say_what_the_json_says() {
    let app = resting(Options::default(), Eight).await;
    let checked = check(&app);
    let ended = run(program(&["check"], &[("MONGO_URL", app.mongo_url())]));
    let said = String::from_utf8(ended.stdout).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let count = |level: &str| checked.report["summary"][level].as_u64().expect("a number");
    let counted = format!("0 errors, {} warnings, {} hints", count("warning"), count("hint"));
    assert!(count("warning") > 1 && count("hint") > 1, "{counted}");
    let mut lines = said.lines();
    for finding in &checked.findings {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let line = lines.next().expect("a line");
        assert!(line.starts_with(text("level")) && line.ends_with(text("message")), "{line}\n{finding}");
        assert!(line.contains(text("check")), "{line}");
        if finding["remedy"] != Value::Null {
            assert_eq!(lines.next().map(str::trim), Some(format!("→ {}", text("remedy")).as_str()));
        }
    }
    assert_eq!(lines.collect::<Vec<_>>(), [counted.as_str()]);
}

/// Everything in the database, with the indexes of every collection.
async fn everything(app: &crate::support::TestApp) -> (Vec<(String, Vec<Document>)>, Vec<String>) {
    let documents: Vec<(String, Vec<Document>)> = app.dump().await.into_iter().collect();
    let mut indexes = Vec::new();
    for (name, _) in &documents {
        let cursor = app.database.collection::<Document>(name).list_indexes().await.expect("indexes");
        let found: Vec<_> = cursor.try_collect().await.expect("indexes");
        indexes.extend(found.iter().map(|index| format!("{name} {:?} {:?}", index.keys, index.options)));
    }
    (documents, indexes)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_whatever_is_found() {
    let app = resting(Options::default(), Six).await;
    let effect = doc! {
        "_id": "e1", "user_id": "u", "kind": "verify-email", "parked": true, "attempts": 1, "reason": "refused",
        "created": DateTime::now(), "effect": {"token": "t0ken"},
    };
    app.database.collection("rc_account_outbox").insert_one(effect).await.expect("an effect");
    let rename = doc! {"$set": {"username": "renamed"}};
    app.users().update_one(doc! {"_id": &app.person("plain").id}, rename).await.expect("renamed");
    app.database.collection::<Document>("rocketchat_avatars").drop_indexes().await.expect("dropped");

    let before = everything(&app).await;
    let checked = check(&app);
    for check in ["effects", "renames", "indexes"] {
        checked.defect(check);
    }
    assert!(!checked.said.contains("t0ken"), "{}", checked.said);
    assert_eq!(everything(&app).await, before);
}

#[test]
fn a_configuration_that_cannot_be_used_is_an_error_like_any_other() {
    check_with(&[]).has("configuration", "error", "MONGO_URL is missing");
    let checked = check_with(&[("MONGO_URL", "mongodb://a:hunter2@localhost")]);
    checked.has("configuration", "error", "MONGO_URL cannot be used");
    assert!(!checked.said.contains("hunter2"), "{}", checked.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_usable_mongodb_the_upstream_is_looked_at_all_the_same() {
    let nowhere = "mongodb://127.0.0.1:1/rocketchat?replicaSet=rs0&serverSelectionTimeoutMS=500";
    let refusing = mongo().await.url("rocketchat").replacen("mongodb://", "mongodb://admin:hunter2@", 1);
    let (mongod, alone) = standalone().await;
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    for (url, message, remedy) in [
        (nowhere, "no MongoDB answers there within 500ms", "start MongoDB"),
        (&refusing, "MongoDB refused the connection: ", "user, password"),
        (&alone, "not a replica set", "--replSet rs0"),
    ] {
        let upstream = format!("http://{closed}");
        let checked = check_with(&[("MONGO_URL", url), ("RC_ACCOUNT_UPSTREAM_URL", &upstream)]);
        let defect = checked.has("mongodb", "error", message);
        assert!(defect["remedy"].as_str().expect("a remedy").contains(remedy), "{defect}");
        checked.has("upstream", "error", "does not answer");
        assert_eq!(checked.findings.len(), 2, "{}", checked.said);
        assert!(!checked.said.contains("hunter2"), "{}", checked.said);
    }
    mongod.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_can_be_chosen_and_left_out() {
    let app = resting(Options::default(), Six).await;
    let environment = [("MONGO_URL", app.mongo_url())];
    let made = |arguments: &[&str]| {
        let checked = check_asked(arguments, &environment);
        let mut names: Vec<String> = checked
            .findings
            .iter()
            .map(|finding| finding["check"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(made(&["--only", "clock,twins"]), ["clock", "mongodb", "twins"]);
    assert_eq!(made(&["--only", "mail", "--only", "effects", "--skip", "mail"]), ["effects", "mongodb"]);
    let most = made(&["--skip", "documents,twins"]);
    assert!(!most.iter().any(|name| name == "documents" || name == "twins"), "{most:?}");
    assert_eq!(most.len(), made(&[]).len() - 2);
    let ended = run(program(&["check", "--only", "post"], &environment));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.code() == Some(2) && said.contains("login-tokens"), "{said}");
}

#[test]
fn every_key_that_is_wrong_is_a_finding() {
    let checked = check_with(&[("PORT", "x"), ("RC_ACCOUNT_RATELIMIT", "off")]);
    assert_eq!(checked.of("configuration").len(), 3, "{}", checked.said);
    checked.is_told("configuration", "the nearest known key is RC_ACCOUNT_RATE_LIMIT");
    assert_eq!((checked.code, &checked.report["database"]), (Some(1), &Value::Null));
}
