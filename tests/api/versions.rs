//! What differs between the versions of Rocket.Chat: each row of the table at the version before each of its
//! thresholds and at the threshold itself.
//!
//! Begin with `rows`, which says what is seen at which version; `seen` asks the service.

mod account;
mod by_version;
mod compatibility;
mod declared;
mod rows;
mod seen;

use crate::support::{Options, TestApp, check_with, resting};
use chrono::TimeDelta;
use devstack::workspace::Release::Six;
use rc_account::release::{ROWS, Version};
use rows::{LIMITS, RULES, Row, SETTINGS};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Held by `announce::whole_rocket_chats_hear_each_event_in_the_form_of_their_version`, and by a test below.
const HELD_ELSEWHERE: [&str; 2] = ["instance_events", "save_is_announced"];

fn version(text: &str) -> Version {
    Version::parse(text).expect("a version")
}

/// Checks all rows on one workspace, one version after the other.
async fn check(options: Options, rows: &[Row], seen: impl AsyncFn(&TestApp, &str) -> String) {
    let mut app = options.start(Six).await;
    let mut versions: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.seen)
        .map(|(version, _)| *version)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    versions.sort_by_key(|text| version(text));
    let mut wrong = Vec::new();
    for at in versions {
        app.imitate(at).await;
        // No limit of an hour or less reaches from one version into the next.
        app.advance_clock(TimeDelta::hours(2));
        for row in rows {
            for (_, expected) in row.seen.iter().filter(|(version, _)| *version == at) {
                let found = seen(&app, row.name).await;
                if found != *expected {
                    wrong.push(format!("{at} {}: {found}\n   instead of {expected}", row.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_replies_and_rules_change_at_their_versions() {
    check(seen::options(), RULES, seen::rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_routes_of_the_account_change_at_their_versions() {
    check(account::options(), account::ACCOUNT, account::seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_change_at_their_versions() {
    check(Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "auto"), LIMITS, seen::limits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_settings_mean_changes_at_its_versions() {
    check(seen::restricted(), SETTINGS, seen::settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn touching_is_doubted_where_a_save_announces_nothing() {
    let app = resting(Options::default(), Six).await;
    for (version, level) in [("7.8.0", "warning"), ("7.8.1", "ok")] {
        let checked = check_with(&[
            ("MONGO_URL", app.mongo_url()),
            ("RC_ACCOUNT_RELEASE", version),
            ("RC_ACCOUNT_ANNOUNCE", "touch"),
            ("RC_ACCOUNT_UPSTREAM_URL", "http://127.0.0.1:9"),
        ]);
        let levels: Vec<&str> = checked.of("announce").into_iter().map(|(level, _)| level).collect();
        assert_eq!(levels, [level], "{version}: {}", checked.said);
    }
}

/// So that no row is added, and no threshold moved, without a test of it.
#[test]
fn every_row_of_the_table_is_looked_at_around_each_of_its_thresholds() {
    let tested: Vec<&Row> = RULES.iter().chain(LIMITS).chain(SETTINGS).chain(account::ACCOUNT).collect();
    for name in HELD_ELSEWHERE {
        assert!(ROWS.iter().any(|row| row.name == name), "the table has no row {name}");
        assert!(tested.iter().all(|row| row.name != name), "{name} is tested here");
    }
    for row in RULES.iter().chain(LIMITS).chain(account::ACCOUNT) {
        assert!(ROWS.iter().any(|known| known.name == row.name), "the table has no row {}", row.name);
    }
    for row in ROWS.iter().filter(|row| !HELD_ELSEWHERE.contains(&row.name)) {
        let name = row.name;
        let tested = tested.iter().find(|tested| tested.name == name);
        let tested = tested.unwrap_or_else(|| panic!("no test looks at the row {name}"));
        for (threshold, _) in row.changes {
            let at = tested.seen.iter().position(|(text, _)| version(text) == *threshold);
            let at = at.unwrap_or_else(|| panic!("no test looks at {name} at {threshold}"));
            let (before, seen_before) = tested.seen[at.checked_sub(1).expect("a version before")];
            assert!(version(before) < *threshold, "{name}: {before}");
            assert_ne!(seen_before, tested.seen[at].1, "{name}: {before} and {threshold} look alike");
            let skipped = row.changes.iter().any(|(other, _)| version(before) < *other && other < threshold);
            assert!(!skipped, "{name}: nothing is seen between the thresholds before {threshold}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_under_a_running_service_takes_effect() {
    let app = TestApp::six().await;
    app.upgrade("7.13.0").await;
    let body_error = async || app.post("plain", &json!({})).send().await.json()["error"].to_string();
    let within = async |text: &str| {
        let start = Instant::now();
        while body_error().await != text {
            assert!(start.elapsed() < Duration::from_secs(2), "{}", body_error().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let suffixed = r#""must have required property 'data' [invalid-params]""#;
    let reply = async || app.post("plain", &json!({"data": {}})).send().await.user();
    let start = Instant::now();
    while reply().await.get("avatarUrl").is_none() {
        assert!(start.elapsed() < Duration::from_secs(2), "still 6.13.0");
    }
    within(suffixed).await;
    app.upgrade("8.6.1").await;
    within(r#""must have required property 'data'""#).await;
    app.change("plain", &json!({"statusType": "busy"})).await.user();
    assert_eq!(app.stored("plain").await.get_str("statusSource").ok(), Some("manual"));
    // Statistics that name no version are those of the documented one.
    app.upgrade("unknown").await;
    within(suffixed).await;
}
