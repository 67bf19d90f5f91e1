//! `rc-conformance compare` with instances of `rc-account` as both sides: those of one version are equal, those of two versions
//! differ by the rows of the version table and by nothing else, and what is changed behind a server's back is seen. The
//! comparer is run as its own program, with nothing but addresses.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

use crate::rows;
use crate::support::{self, Service};

/// Three instances, each on a database of its own that was filled alike.
struct Three(Vec<Service>);

impl Three {
    async fn start(name: &str, versions: [&str; 3]) -> Three {
        let source = support::seeded(&format!("{name}_dump"), versions[0]).await;
        let mut services = Vec::new();
        for (n, version) in versions.into_iter().enumerate() {
            let clone = support::cloned(&source, &format!("{name}_compare_{n}")).await;
            services.push(Service::on(clone, version, &[]).await);
        }
        source.drop().await.expect("dropped");
        Three(services)
    }

    /// Runs the comparer; its report is read from its file.
    async fn compare(&self, name: &str, more: &[&str]) -> (Output, Value) {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compare-{name}.json"));
        let _ = std::fs::remove_file(&file);
        let mut command = Command::new(env!("CARGO_BIN_EXE_rc-conformance"));
        command
            .args(["compare", "--may-change-databases", "--own", "rc_account_", "--json"])
            .arg(&file)
            .args(more);
        for (side, service) in ["original", "repeat", "candidate"].into_iter().zip(&self.0) {
            command.args([&format!("--{side}-url"), &service.base]);
            command.args([&format!("--{side}-mongo-url"), &service.mongo_url]);
        }
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
        let report = std::fs::read_to_string(&file).unwrap_or_default();
        (output.expect("the comparer"), serde_json::from_str(&report).unwrap_or_default())
    }

    async fn end(self) {
        for service in self.0 {
            service.end().await;
        }
    }
}

fn told(output: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// All cases, where the developer asks for them; otherwise these.
fn only(cases: &[&'static str]) -> Vec<&'static str> {
    if std::env::var_os("RC_DEV_COMPARE").is_some() {
        return Vec::new();
    }
    cases.iter().flat_map(|case| ["--only", *case]).collect()
}

/// Also: what the first run leaves is refused by a second one, since nobody could say whose differences they are.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_version_is_equal_and_unequal_databases_are_refused() {
    let three = Three::start("equal", ["8.6.0"; 3]).await;
    let cases = only(&["email/", "password/", "reply/", "rename/", "codes-by-email/"]);
    let (output, report) = three.compare("equal", &cases).await;
    println!("{}", told(&output));
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(report["noise"].as_object().is_some_and(|noise| noise.len() > 12), "noise is learnt: {report}");
    let (output, _) = three.compare("again", &cases).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("not equal before the first request"), "{}", told(&output));
    three.end().await;
}

/// Changes a document of the candidate as soon as requests reach it.
async fn change_behind_its_back(database: mongodb::Database) {
    let users = database.collection::<Document>("users");
    let of_a_case = doc! {"name": "Case User"};
    while users.find_one(of_a_case.clone()).await.expect("find").is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let rooms = database.collection::<Document>("rocketchat_room");
    let update = doc! {"$set": {"topic": "changed"}};
    rooms.update_one(doc! {"_id": "GENERAL"}, update).await.expect("changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_differ_by_the_rows_of_the_table_and_what_was_changed_is_seen() {
    let three = Three::start("rows", [rows::ORIGINAL, rows::ORIGINAL, rows::CANDIDATE]).await;
    let changing = tokio::spawn(change_behind_its_back(three.0[2].database.clone()));
    let (output, report) = three.compare("rows", &only(rows::ONLY)).await;
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    changing.await.expect("changed");
    let differences = report["differences"].as_array().cloned().unwrap_or_default();
    let (changed, differences): (Vec<Value>, Vec<Value>) =
        differences.into_iter().partition(|found| found["path"] == "documents.rocketchat_room.GENERAL.topic");
    assert_eq!((changed.len(), &changed[0]["case"]), (1, &"elsewhere".into()), "{changed:?}");

    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for difference in &differences {
        let rows = rows::of(difference);
        if rows.is_empty() {
            unexplained.push(difference);
        }
        for row in rows {
            *counts.entry(row).or_default() += 1;
        }
    }
    println!("{} differences; by row: {counts:?}", differences.len());
    assert!(unexplained.is_empty(), "by no row: {unexplained:#?}");
    let seen: Vec<&str> = rows::differing().into_iter().filter(|row| counts.contains_key(row)).collect();
    let unseen: Vec<&str> = rows::differing().into_iter().filter(|row| !counts.contains_key(row)).collect();
    assert_eq!(seen.len(), counts.len(), "only rows that differ explain anything: {counts:?}");
    let mut known: Vec<&str> = rows::UNSEEN.iter().map(|(row, _)| *row).collect();
    let mut unseen_sorted = unseen.clone();
    known.sort_unstable();
    unseen_sorted.sort_unstable();
    assert_eq!(unseen_sorted, known, "rows that differ and are not reported");
    three.end().await;
}

/// What an operator would have to keep on disk goes to a program of its own: secrets stay out of its report.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_sent_and_compared() {
    let three = Three::start("recorded", [rows::ORIGINAL, rows::ORIGINAL, rows::CANDIDATE]).await;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded.jsonl");
    let plain = devstack::workspace::people().person("plain").id.clone();
    let lines = [
        json!({"user": plain, "headers": {}, "body": {"data": {"bio": "Xkcd abc", "statusType": "away"}}}),
        json!({"user": plain, "headers": {"x-2fa-method": "password", "x-2fa-code": "${current-password}"},
            "body": {"data": {"email": "${address:7}", "newPassword": "${new-password}"}}}),
        json!({"user": "nobodyAtAll", "headers": {}, "body": {"data": {}}}),
    ];
    std::fs::write(&file, lines.map(|line| format!("{line}\n")).concat()).expect("written");
    let (output, report) = three.compare("recorded", &["--recorded", file.to_str().expect("a path")]).await;
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let differences = report["differences"].as_array().cloned().unwrap_or_default();
    let places: Vec<&str> = differences.iter().filter_map(|found| found["place"].as_str()).collect();
    assert!(places.contains(&"answers.*.body.user.avatarUrl"), "{places:?}");
    assert!(places.contains(&"documents.users.*.statusSource"), "{places:?}");
    assert!(!places.contains(&"answers.*.status") && !places.contains(&"mails"), "{places:?}");
    assert_eq!(report["leftOut"][0]["case"], "user/nobodyAtAll");
    let user = three.0[2].database.collection::<Document>("users").find_one(doc! {"_id": &plain}).await;
    let stored = format!("{:?}", user.expect("find"));
    assert!(
        stored.contains("recorded-7@example.com") && stored.contains("Xkcd abc"),
        "it was sent: {stored}"
    );
    three.end().await;
}
