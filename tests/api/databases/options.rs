//! Every row of the tables of options and forms, on a real MongoDB.

use super::document::{code, option, rows};
use super::{PATIENCE, is_taken};
use crate::support::{Service, check_with, mongo, program, run};
use mongodb::Client;
use mongodb::bson::{Document, doc};

const FORMS: &str = "databases::options::every_form_is_taken_or_refused_as_the_table_says";

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_taken_or_refused_as_the_table_says() {
    let place = place().await;
    let mut tried = 0;
    for cells in rows("Forms").iter().filter(|cells| cells[3].contains(FORMS)) {
        let url = code(&cells[0]).replace("HOST", &place).replace('⏎', "\n").replace('␠', " ");
        tried += 1;
        match cells[1].as_str() {
            "taken" => is_taken(&[("MONGO_URL", &url)]),
            "refused" => {
                let checked = check_with(&[("MONGO_URL", &url)]);
                checked.has("configuration", "error", code(&cells[2]));
                assert!(!checked.said.contains("p@ss") && !checked.said.contains("p/ss"), "{}", checked.said);
            }
            other => panic!("{other}"),
        }
    }
    assert!(tried >= 15, "{tried}");
}

/// Host and port of the tests' MongoDB; its replica set is `rs0`.
async fn place() -> String {
    let url = mongo().await.url("databases");
    assert!(url.contains("replicaSet=rs0"), "{url}");
    let rest = url.split("//").nth(1).expect("a place");
    rest.split('/').next().expect("a place").to_owned()
}

/// The examples of those rows, in a connection string and as an object.
fn examples(heading: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut query, mut object, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for cells in rows(heading) {
        let (example, name) = option(&cells[0]);
        match example.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(member) => object.push(member.to_owned()),
            None => query.push(example),
        }
        names.push(name);
    }
    (query, object, names)
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_are_ignored_are_named_in_a_line_each_and_keep_nobody_from_starting() {
    let (query, object, names) = examples("Ignored");
    let url = format!("{}&{}", mongo().await.url("test_databases_ignored"), query.join("&"));
    let options = format!("{{{}}}", object.join(","));
    let environment = [("MONGO_URL", url.as_str()), ("MONGO_OPTIONS", options.as_str())];
    let service = Service::on(&url, &environment[1..]);
    for name in &names {
        let line = format!(": {name} is ignored: ");
        let said: Vec<_> = service.beginning.iter().filter(|said| said.contains(&line)).collect();
        assert!(said.len() == 1 && said[0].contains("MONGO_"), "{name}: {said:?}");
    }
    let ignored = service.beginning.iter().filter(|said| said.contains(" is ignored: "));
    assert_eq!(ignored.count(), names.len());
    let checked = check_with(&environment);
    assert_eq!(checked.of("options").len(), names.len());
    checked.is_ok("options", "useUnifiedTopology is ignored: it is of an old version");
    service.kill();
}

#[test]
fn options_that_are_refused_are_named_with_their_key() {
    let (query, object, names) = examples("Refused");
    let url = |query: &str| format!("mongodb://127.0.0.1:1/rocketchat?{PATIENCE}{query}");
    let in_url = query.iter().map(|example| (url(&format!("&{example}")), String::new(), "MONGO_URL"));
    let in_object = object.iter().map(|example| (url(""), format!("{{{example}}}"), "MONGO_OPTIONS"));
    let tried: Vec<_> = in_url.chain(in_object).collect();
    assert_eq!(tried.len(), names.len());
    for (url, options, key) in tried {
        let ended = run(program(&["serve"], &[("MONGO_URL", &url), ("MONGO_OPTIONS", &options)]));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), said.lines().count()), (Some(1), 1), "{url} {options}: {said}");
        let named = names.iter().any(|name| said.contains(&format!("{key}: {name} is refused: ")));
        assert!(named && !said.contains("hunter2"), "{url} {options}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_are_taken_are_taken_without_a_word() {
    let (query, object, _) = examples("Taken");
    // These belong to other servers than this one, and have tests of their own.
    let elsewhere = ["tls", "ssl", "srv", "auth", "directConnection=", "replicaSet="];
    let here = |example: &&String| !elsewhere.iter().any(|name| example.trim_matches('"').starts_with(name));
    let query: Vec<&str> = query.iter().filter(here).map(String::as_str).collect();
    let object: Vec<&str> = object
        .iter()
        .filter(here)
        .filter(|member| !member.contains("rejectUnauthorized"))
        .map(String::as_str)
        .collect();
    assert!(query.len() >= 12 && object.len() == 1, "{query:?} {object:?}");
    let url = format!("{}&{}", mongo().await.url("test_databases_path"), query.join("&"));
    let options = format!("{{{}}}", object.join(","));
    let service = Service::on(&url, &[("MONGO_OPTIONS", &options)]);
    let said: Vec<_> = service.beginning.iter().filter(|line| line.contains("MONGO_")).collect();
    assert!(said.is_empty(), "{said:?}");
    // `appName` and `dbName`, as MongoDB sees them.
    let client = Client::with_uri_str(mongo().await.url("admin")).await.expect("a client");
    let pipeline = [doc! {"$currentOp": {"idleConnections": true}}, doc! {"$match": {"appName": "chat"}}];
    let mut found = client.database("admin").aggregate(pipeline).await.expect("currentOp");
    assert!(found.advance().await.expect("an answer"), "nobody is called chat");
    let instances = client.database("test_chat").collection::<Document>("rc_account_instances");
    assert_eq!(instances.count_documents(doc! {}).await.expect("a number"), 1);
    service.kill();
    client.database("test_chat").drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_break_behind_any_value_changes_nothing() {
    let url = format!("{}\n", mongo().await.url("test_databases_break"));
    let service = Service::on(
        &url,
        &[
            ("BIND_IP", "127.0.0.1\r\n"),
            ("PORT", "0\n"),
            ("HTTP_FORWARDED_COUNT", "\n"),
            ("MONGO_OPTIONS", "{\"appName\": \"broken\"}\n"),
            ("RC_ACCOUNT_STANDALONE", "true\n"),
            ("RC_ACCOUNT_RELEASE", "8\n"),
        ],
    );
    assert!(
        service.ready.contains("HTTP_FORWARDED_COUNT=1") && service.ready.contains("release=8.8.1"),
        "{}",
        service.ready
    );
    service.kill();
}
