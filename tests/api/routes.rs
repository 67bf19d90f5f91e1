//! Paths, methods, CORS, and the headers of the answers.

use crate::support::{Answer, Options, ROUTE, TestApp, exchange, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use reqwest::Method;
use serde_json::json;

/// What browsers may send: it has grown from release to release.
fn allowed_headers(release: Release) -> String {
    let more = if release == Eight { ", x-visitor-token, Authorization, MCP-Protocol-Version" } else { "" };
    format!("Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token{more}")
}

const ALLOWED_METHODS: &str = "GET, POST, PUT, DELETE, HEAD, PATCH";

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
async fn other_paths_and_methods_are_not_found() {
    let app = TestApp::eight().await;
    let person = app.person("plain");
    let before = app.dump().await;
    let method = |name: &str| Method::from_bytes(name.as_bytes()).expect("a method");
    for (method, path) in [
        (Method::GET, ROUTE),
        (Method::PUT, ROUTE),
        (Method::PATCH, ROUTE),
        (Method::DELETE, ROUTE),
        (method("PROPFIND"), ROUTE),
        (method("post"), ROUTE),
        (Method::POST, "/"),
        (Method::POST, "/api/v1/"),
        (Method::POST, "/api/v1/users.update"),
        (Method::POST, "/api/v1/users.updateOwnBasicInfo/"),
        (Method::POST, "/api/v1/users.updateOwnBasicInfo/x"),
        (Method::POST, "/api/v1//users.updateOwnBasicInfo"),
        (Method::POST, "//api/v1/users.updateOwnBasicInfo"),
        (Method::POST, "/api/v1/users.updateownbasicinfo"),
        (Method::POST, "/API/v1/users.updateOwnBasicInfo"),
        (Method::POST, "/api/v1%2Fusers.updateOwnBasicInfo"),
        (Method::POST, "/api/v1/users%252EupdateOwnBasicInfo"),
        (Method::POST, "/api/v1/users.updateOwnBasicInfo%"),
        (Method::POST, "/api/v1/users.updateOwnBasicInfo%00"),
        (Method::POST, "/api/v1/users.updateOwnBasicInfo%20"),
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
async fn escapes_of_plain_characters_are_undone_and_a_query_is_ignored() {
    let app = TestApp::eight().await;
    let person = app.person("plain");
    for path in [
        "/api/v1/users%2EupdateOwnBasicInfo",
        "/api/v1/users%2eupdateOwnBasicInfo",
        "/%61pi/v1/users.updateOwnBasicInf%6F",
        "/api/v1/users.updateOwnBasicInfo?",
        "/api/v1/users.updateOwnBasicInfo?data=1&data[name]=x&x-auth-token=y",
        "/api/v1/users.updateOwnBasicInfo?%zz=%",
    ] {
        let request = app.request(Method::POST, path).sign_in(&person.id, &person.token);
        let user = request.json(&json!({"data": {"bio": path}})).send().await.user();
        assert_eq!(user["bio"], path);
    }
}

/// Sends OPTIONS with `Origin` and `Access-Control-Request-Method`, where given.
async fn options(app: &TestApp, origin: Option<&str>, method: Option<&str>) -> Answer {
    let mut request = app.request(Method::OPTIONS, ROUTE);
    for (name, value) in [("Origin", origin), ("Access-Control-Request-Method", method)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request.send().await
}

/// Without these headers it is no pre-flight, and none of the settings matters.
async fn is_ok_without_a_pre_flight(app: &TestApp) {
    let answer = options(app, None, None).await;
    assert_eq!(answer.line(), "200 OK");
    assert_eq!(answer.header("content-type"), Some("text/plain;charset=UTF-8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_flight_is_refused_unless_cors_is_enabled() {
    let app = TestApp::eight().await;
    is_ok_without_a_pre_flight(&app).await;
    for (origin, method) in
        [(Some("https://a.example"), Some("POST")), (Some("null"), None), (None, Some("POST"))]
    {
        let answer = options(&app, origin, method).await;
        let text = "405 CORS not enabled. Go to \"Admin > General > REST Api\" to enable it.";
        assert_eq!(answer.line(), text, "{origin:?} {method:?}");
        assert_eq!(answer.header("access-control-allow-methods"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_flight_from_anywhere_passes_where_any_origin_is_allowed() {
    let app = Options::default().setting("API_Enable_CORS", true).start(Eight).await;
    is_ok_without_a_pre_flight(&app).await;
    for (origin, method) in
        [(Some("https://a.example"), Some("POST")), (Some("null"), None), (None, Some("POST"))]
    {
        let answer = options(&app, origin, method).await;
        assert_eq!(answer.line(), "200 OK", "{origin:?} {method:?}");
        has_the_headers_of_every_answer(&answer, Eight, "OPTIONS");
        assert_eq!(answer.header("access-control-allow-methods"), Some(ALLOWED_METHODS));
        assert_eq!(answer.header("vary"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_flight_passes_from_the_listed_origins_only() {
    let list = "https://a.example , HTTPS://B.example,https://c.example:8443";
    let settings = Options::default().setting("API_Enable_CORS", true);
    let app = settings.setting("API_CORS_Origin", list).start(Six).await;
    is_ok_without_a_pre_flight(&app).await;
    for origin in ["https://a.example", "https://b.example", "https://c.example:8443"] {
        let answer = options(&app, Some(origin), Some("POST")).await;
        assert_eq!(answer.line(), "200 OK", "{origin}");
        for (name, value) in [
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", ALLOWED_METHODS),
            ("access-control-allow-headers", &allowed_headers(Six)),
            ("vary", "Origin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{origin}: {name}");
        }
    }
    // The list is lower-cased, the origin is not.
    for origin in
        [Some("https://d.example"), Some("https://A.example"), Some("https://c.example"), Some(""), None]
    {
        let answer = options(&app, origin, Some("POST")).await;
        assert_eq!(answer.line(), "403 Invalid origin", "{origin:?}");
        for name in ["access-control-allow-origin", "access-control-allow-methods"] {
            assert_eq!(answer.header(name), None, "{origin:?}: {name}");
        }
    }
    let answer =
        app.signed_in("plain").header("Origin", "https://d.example").json(&json!({"data": {}})).send().await;
    answer.user();
    has_the_headers_of_every_answer(&answer, Six, "a listed origin matters for OPTIONS only");
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
