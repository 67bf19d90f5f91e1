//! The document of the routes, `docs/openapi.json`: it has every route and no other, and clients can fetch it.

use crate::support::{Options, ROUTE, TestApp};
use contract::{Operation, Standing, committed};
use devstack::workspace::Release::{Eight, Six};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = "/api/docs/openapi.json";
/// HEAD and OPTIONS are answered everywhere.
const METHODS: [Method; 5] = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];

/// The paths that the code of the rooms names. No path is put together, so these are all that can be registered.
fn paths_in_the_code() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/api")), &mut paths);
    paths
}

fn collect(folder: &Path, paths: &mut BTreeSet<String>) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("code");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let names_routes = |line: &&str| line.contains("const ") || line.contains(".route(");
            for line in lines.filter(names_routes) {
                let literals = line.split('"').skip(1).step_by(2);
                // What every route begins with is none, and what the page is made of is for the page alone.
                let is_path =
                    |text: &&str| text.starts_with('/') && *text != "/api/" && !text.starts_with("/page/");
                paths.extend(literals.filter(is_path).map(str::to_owned));
            }
        }
    }
}

#[test]
fn the_document_has_the_paths_of_the_code_and_no_other() {
    let documented: BTreeSet<String> = Operation::all(&committed()).into_iter().map(|one| one.path).collect();
    assert_eq!(paths_in_the_code(), documented);
}

/// Which methods each path of the document is answered for.
async fn answered(app: &TestApp) -> BTreeSet<(String, Method)> {
    let person = app.person("plain");
    let mut answered = BTreeSet::new();
    for path in paths_in_the_code() {
        for method in METHODS {
            let filled = path.replace("{method}", "unknown").replace("{token}", "unknown");
            let request = app.request(method.clone(), &filled).sign_in(&person.id, "unknown");
            if request.send().await.line() != "404 404 Not Found" {
                answered.insert((path.clone(), method));
            }
        }
    }
    answered
}

fn documented(standing: &[Standing]) -> BTreeSet<(String, Method)> {
    let all = Operation::all(&committed()).into_iter().filter(|one| standing.contains(&one.standing));
    let method =
        |one: &Operation| Method::from_bytes(one.method.to_uppercase().as_bytes()).expect("a method");
    all.map(|one| (one.path.clone(), method(&one))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_is_answered_for_the_documented_methods_and_no_other() {
    let alone = Options::standalone().start(Eight).await;
    assert_eq!(answered(&alone).await, documented(&[Standing::Always, Standing::StandAlone]));
    let beside = TestApp::eight().await;
    assert_eq!(answered(&beside).await, documented(&[Standing::Always]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_alone_and_only_when_it_is_not_known() {
    let app = Options::standalone().start(Six).await;
    let whole = app.request(Method::GET, DOCUMENT).send().await;
    assert_eq!(whole.header("content-type"), Some("application/json"));
    assert_eq!(whole.json(), committed());
    let tag = whole.header("etag").expect("a tag");
    for known in [tag, "*", &format!("\"other\", W/{tag}")] {
        let answer = app.request(Method::GET, DOCUMENT).header("If-None-Match", known).send().await;
        assert_eq!((answer.line().as_str(), answer.header("etag")), ("304 ", Some(tag)), "{known}");
    }
    let other = app.request(Method::GET, DOCUMENT).header("If-None-Match", "\"other\"").send().await;
    assert_eq!(other.status, 200);
    let head = app.request(Method::HEAD, DOCUMENT).send().await;
    assert_eq!((head.line().as_str(), head.header("etag")), ("200 ", Some(tag)));
    let beside = TestApp::six().await;
    assert_eq!(beside.request(Method::GET, DOCUMENT).send().await.line(), "404 404 Not Found");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_server_is_below_the_path_of_the_workspace() {
    let app = Options::standalone().variable("ROOT_URL", "https://chat.example.org/chat/").start(Eight).await;
    let below = app.request(Method::GET, &format!("/chat{DOCUMENT}")).send().await.json();
    assert_eq!(below["servers"], json!([{"url": "/chat"}]));
    let server = below["servers"][0]["url"].as_str().expect("a path");
    let person = app.person("plain");
    let tried = app.request(Method::POST, &format!("{server}{ROUTE}")).sign_in(&person.id, &person.token);
    tried.json(&json!({"data": {"bio": "Engineer"}})).send().await.user();
    assert_eq!(
        app.request(Method::GET, DOCUMENT).send().await.json(),
        below,
        "a proxy may take the path away"
    );
}
