//! What is counted, and that Prometheus and whoever reads it understand it.

use crate::support::{Answer, Options, ROUTE, Service, TestApp};
use devstack::promtool;
use devstack::workspace::Release::Eight;
use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// A stand-alone service with an operations listener, on the workspace of an application that is stopped.
async fn service(app: &mut TestApp) -> Service {
    app.stop().await;
    let environment = [("RC_ACCOUNT_OPS_BIND", "127.0.0.1:0"), ("RC_ACCOUNT_STANDALONE", "true")];
    let service = Service::on(app.mongo_url(), &environment);
    app.base.clone_from(&service.base);
    service
}

async fn page(service: &Service) -> String {
    let url = format!("{}/metrics", service.operations.as_deref().expect("a listener"));
    let answer = Answer::read(devstack::http::client().get(url).send().await.expect("an answer")).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    answer.body
}

/// The value of that series; none where it is not there.
fn value(page: &str, series: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_under_labels_that_no_client_can_choose() {
    let mut app = Options::default().start(Eight).await;
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let written = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
    for (id, kind, reason) in [("a", "verify-email", Some("no server")), ("b", "of-a-later-version", None)] {
        let parked = reason.is_some();
        let effect = doc! {"_id": id, "kind": kind, "user_id": "u", "lanes": [], "after": [], "ready": true,
        "effect": {}, "created": written, "due": written, "attempts": 1, "parked": parked, "reason": reason};
        outbox.insert_one(effect).await.expect("inserted");
    }
    let service = service(&mut app).await;
    app.post("plain", &json!({"data": {"bio": "b"}})).send().await;
    app.post("plain", &json!({"data": {"bio": {}}})).send().await;
    app.request(Method::POST, ROUTE).send().await;
    app.log_in(&json!({"user": "plain", "password": "wrong"})).await;
    app.request(Method::from_bytes(b"BREW").expect("a method"), "/chosen/by/a/client").send().await;
    let begun = Instant::now();
    let page = loop {
        let page = page(&service).await;
        if page.contains("rc_account_outbox_effects") {
            break page;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{page}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };

    let requests = "rc_account_http_requests_total";
    let series = |method: &str, route: &str, status: &str| {
        format!(r#"{requests}{{method="{method}",route="{route}",status="{status}"}}"#)
    };
    for (series, expected) in [
        (series("POST", ROUTE, "200"), 1.0),
        (series("POST", ROUTE, "400"), 1.0),
        (series("POST", ROUTE, "401"), 1.0),
        (series("POST", "/api/v1/login", "401"), 1.0),
        (series("other", "none", "404"), 1.0),
        (format!(r#"rc_account_http_request_duration_seconds_count{{route="{ROUTE}"}}"#), 3.0),
        (r#"rc_account_refusals_total{error="invalid-params"}"#.to_owned(), 1.0),
        (r#"rc_account_refusals_total{error="unauthorized"}"#.to_owned(), 1.0),
        (r#"rc_account_refusals_total{error="wrong-credentials"}"#.to_owned(), 1.0),
        ("rc_account_hashing_run_seconds_count".to_owned(), 1.0),
        ("rc_account_hashing_running".to_owned(), 0.0),
        (r#"rc_account_hashing_waiting{class="stranger"}"#.to_owned(), 0.0),
        (
            r#"rc_account_mongodb_operations_total{collection="users",operation="findAndModify"}"#.to_owned(),
            1.0,
        ),
        ("rc_account_body_bytes".to_owned(), 0.0),
        ("rc_account_ready".to_owned(), 1.0),
        ("rc_account_settings_watched".to_owned(), 1.0),
        (r#"rc_account_imitated_version{part="major"}"#.to_owned(), 8.0),
        (r#"rc_account_outbox_effects{kind="verify-email",state="parked"}"#.to_owned(), 1.0),
        (r#"rc_account_outbox_effects{kind="other",state="waiting"}"#.to_owned(), 1.0),
        (r#"rc_account_outbox_effects{kind="rename",state="waiting"}"#.to_owned(), 0.0),
    ] {
        assert_eq!(value(&page, &series), Some(expected), "{series} in\n{page}");
    }
    assert!(value(&page, "rc_account_outbox_oldest_age_seconds").is_some_and(|age| age > 3000.0), "{page}");
    for chosen in ["BREW", "chosen", "of-a-later-version"] {
        assert!(!page.contains(chosen), "{chosen} in\n{page}");
    }
    promtool::check_metrics(&page).await.expect("no fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_and_its_retries_leave_their_numbers() {
    let mut app = Options::default().start(Eight).await;
    let service = service(&mut app).await;
    app.post("plain", &json!({"data": {"username": "plain.renamed"}})).send().await.user();
    let page = page(&service).await;
    let commits = r#"rc_account_mongodb_operations_total{collection="",operation="commitTransaction"}"#;
    assert!(value(&page, commits).is_some_and(|commits| commits >= 1.0), "{page}");
    assert!(value(&page, "rc_account_mongodb_heartbeat_seconds_count").is_some(), "{page}");
    promtool::check_metrics(&page).await.expect("no fault");
}

fn read_code(folder: &Path, code: &mut String) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_code(&path, code);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("catalogue.rs") {
            code.push_str(&std::fs::read_to_string(&path).expect("code"));
        }
    }
}

/// The names between these two texts.
fn names(text: &str, before: &str, after: char) -> BTreeSet<String> {
    let candidates = text.split(before).skip(1).filter_map(|rest| rest.split(after).next());
    let names = candidates.map(|rest| format!("rc_account_{rest}"));
    names.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect()
}

#[test]
fn every_metric_is_explained_in_the_catalogue_and_in_the_document_and_there_is_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let catalogue = names(&read("src/telemetry/metrics/catalogue.rs"), "\"rc_account_", '"');
    assert!(catalogue.len() > 15, "{catalogue:?}");
    assert_eq!(names(&read("docs/OPERATIONS.md"), "| `rc_account_", '`'), catalogue);
    let mut code = String::new();
    read_code(&root.join("src"), &mut code);
    // However the lines are broken.
    let code: String = code.split_whitespace().collect();
    let used = names(&code, "!(\"rc_account_", '"');
    assert_eq!(used, catalogue);
}
