//! Paths, and the headers of the answers. More of it, and CORS: `conformance/cases/routes.toml`.

use crate::support::{Answer, Options, ROUTE, TestApp, exchange, six_and_eight};
use devstack::workspace::Release::{self, Eight};
use reqwest::Method;
use serde_json::json;

/// What browsers may send: it has grown from release to release.
fn allowed_headers(release: Release) -> String {
    let more = if release == Eight { ", x-visitor-token, Authorization, MCP-Protocol-Version" } else { "" };
    format!("Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token{more}")
}

#[track_caller]
fn has_the_headers_of_every_answer(answer: &Answer, release: Release, case: &str) {
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-headers", &allowed_headers(release)),
        ("x-xss-protection", "1"),
        ("x-content-type-options", "nosniff"),
    ] {
        let values: Vec<_> = answer.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{case}: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rocket_chats_is_not_found_here() {
    let app = TestApp::eight().await;
    let person = app.person("plain");
    let before = app.dump().await;
    for (method, path) in [
        (Method::POST, "/"),
        (Method::POST, "/api/v1/"),
        (Method::POST, "/api/v1/users.update"),
        (Method::POST, "/API/v1/users.updateOwnBasicInfo"),
        (Method::GET, "/api/v1/%ff"),
    ] {
        let case = format!("{method} {path}");
        let request = app.request(method, path).sign_in(&person.id, &person.token);
        let answer = request.json(&json!({"data": {"bio": "Engineer"}})).send().await;
        assert_eq!(answer.line(), "404 404 Not Found", "{case}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"), "{case}");
        has_the_headers_of_every_answer(&answer, Eight, &case);
    }
    assert_eq!(app.dump().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_gets_the_404_without_its_body() {
    let app = TestApp::six().await;
    for path in [ROUTE, "/api/v1/unknown"] {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = exchange(&app.base, &request);
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        assert!(answer.contains("\r\ncontent-type: text/plain; charset=UTF-8\r\n"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer_has_the_same_common_headers() {
    six_and_eight(async |release| {
        let app = Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "3/60000").start(release).await;
        let post = async |handle: &str, data| app.post(handle, &json!({"data": data})).send().await;
        let answers = [
            (200, post("plain", json!({})).await),
            (400, post("plain", json!({"name": "a<b"})).await),
            (400, post("plain", json!({"bio": "b".repeat(261)})).await),
            (400, post("admin", json!({"foo": 1})).await),
            (401, app.request(Method::POST, ROUTE).send().await),
            (404, app.request(Method::GET, ROUTE).send().await),
            (413, app.signed_in("admin").body("x".repeat(17 * 1024 * 1024)).send().await),
            (429, post("plain", json!({})).await),
        ];
        for (status, answer) in answers {
            assert_eq!(answer.status, status, "{release:?}: {}", answer.body);
            has_the_headers_of_every_answer(&answer, release, &format!("{release:?}: {status}"));
            if status != 404 {
                assert_eq!(answer.header("content-type"), Some("application/json"), "{release:?}: {status}");
                assert_eq!(answer.header("content-encoding"), None, "{release:?}: {status}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_action_answers_is_never_cached() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for (status, data) in [
            (200, json!({"bio": "Engineer"})),
            (400, json!({"name": "a<b"})),
            (400, json!({"bio": "b".repeat(261)})),
            (400, json!({"email": "new@example.com"})),
        ] {
            let answer = app.post("plain", &json!({"data": data})).send().await;
            assert_eq!(answer.status, status, "{release:?}: {}", answer.body);
            for (name, value) in
                [("content-type", "application/json"), ("cache-control", "no-store"), ("pragma", "no-cache")]
            {
                let values: Vec<_> = answer.headers.get_all(name).iter().collect();
                assert_eq!(values, [value], "{release:?}: {data}: {name}");
            }
        }
    })
    .await;
}
