//! The log is a contract (docs/LOGGING.md): twenty kinds of requests, and what their lines say.

use crate::support::{Answer, Options, ROUTE, Request, Service, TestApp};
use devstack::mongo::Mongo;
use devstack::workspace::Release::Eight;
use devstack::workspace::seed;
use mongodb::Client;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

const SNAPSHOT: &str = "tests/api/logging/lines.jsonl";
/// Writes the snapshot anew; the difference is to be read before it is committed.
const WRITE: &str = "RC_DEV_WRITE_SNAPSHOT";
const LAST: &str = "the-last-one";

/// A stand-alone service in a process of its own, on the workspace of an application that is stopped.
async fn service(environment: &[(&str, &str)]) -> (TestApp, Service) {
    let mut app = Options::default().start(Eight).await;
    app.stop().await;
    let usual = [
        ("RC_ACCOUNT_STANDALONE", "true"),
        ("RC_ACCOUNT_LOG_FORMAT", "json"),
        ("RC_ACCOUNT_MAIL_LIMIT", "off"),
    ];
    let service = Service::on(app.mongo_url(), &[&usual, environment].concat());
    app.base.clone_from(&service.base);
    (app, service)
}

/// The lines of that target so far, once that of the request with this id is there.
async fn lines_until(service: &Service, id: &str, targets: &[&str]) -> Vec<Map<String, Value>> {
    // Its own line, the last of those that name it.
    service.says(&format!(r#""request.id":"{id}""#), |line| line.contains(r#""target":"request""#)).await;
    let log = service.log.lock().expect("the log").clone();
    let lines =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    lines.filter(|line: &Map<_, _>| targets.iter().any(|target| line["target"] == *target)).collect()
}

/// Without what differs from run to run.
fn settled(mut line: Map<String, Value>, app: &TestApp) -> String {
    for key in ["timestamp", "duration_ms"] {
        if let Some(value) = line.get_mut(key) {
            *value = json!("…");
        }
    }
    let id = line.get_mut("request.id").expect("an id");
    let made = id.as_str().expect("text");
    if made.len() == 32 && made.chars().all(|c| c.is_ascii_hexdigit()) {
        *id = json!("(made)");
    }
    if let Some(user) = line.get_mut("user.id") {
        let handle = app.workspace.people.iter().find(|(_, person)| *user == *person.id);
        *user = json!(format!("({})", handle.expect("somebody of the workspace").0));
    }
    Value::Object(line).to_string()
}

/// Twenty kinds of requests, and some more.
async fn ask(app: &TestApp) {
    let login = |body: Value| app.request(Method::POST, "/api/v1/login").json(&body).send();
    let post = |handle: &str, data: Value| app.post(handle, &json!({"data": data})).send();
    let method = |name: &str, params: Value| {
        let message = json!({"msg": "method", "id": "1", "method": name, "params": params}).to_string();
        let person = app.person("plain");
        app.request(Method::POST, &format!("/api/v1/method.call/{name}"))
            .sign_in(&person.id, &person.token)
            .json(&json!({"message": message}))
            .send()
    };
    let plain = app.person("plain");
    let password = plain.password.clone().expect("a password");

    app.request(Method::GET, "/api/info").header("X-Request-Id", "of-a-proxy:1").send().await;
    app.request(Method::GET, "/some/path?with=query")
        .header("X-Request-Id", "not \"well\" formed")
        .send()
        .await;
    app.request(Method::GET, ROUTE).send().await;
    app.request(Method::from_bytes(b"BREW").expect("a method"), ROUTE).send().await;
    app.request(Method::OPTIONS, ROUTE).send().await;
    app.request(Method::POST, ROUTE).json(&json!({"data": {}})).send().await;
    app.request(Method::POST, ROUTE).sign_in(&plain.id, "wrong").json(&json!({"data": {}})).send().await;
    post("plain", json!({"bio": "b"})).await;
    post("plain", json!({"bio": {}})).await;
    post("plain", json!({"name": "a<b"})).await;
    post("plain", json!({"username": app.person("admin").username})).await;
    post("plain", json!({"username": "plain.renamed"})).await;
    post("totp", json!({"email": "new@example.com"})).await;
    post("plain", json!({"email": "new@example.com", "currentPassword": plain.password_digest()})).await;
    app.signed_in("plain").header("Content-Type", "application/json").body("x".repeat(300_000)).send().await;
    login(json!({"user": "plain.renamed", "password": "wrong"})).await;
    login(json!({"user": "plain.renamed", "password": password})).await;
    login(json!({"user": {"username": 5}, "password": "x"})).await;
    method("2fa:enable", json!([])).await;
    method("noSuchMethod", json!([])).await;
    app.call(Method::GET, "/api/v1/me", "plain").await;
    app.call(Method::POST, "/api/v1/users.enableTotp", "admin").await;
    let admin = app.person("admin");
    app.request(Method::POST, "/api/v1/users.validateTotp")
        .sign_in(&admin.id, &admin.token)
        .json(&json!({"code": "000000"}))
        .send()
        .await;
    app.call(Method::POST, "/api/v1/users.logoutOtherClients", "plain").await;
    app.call(Method::POST, "/api/v1/logout", "plain").await;
    app.request(Method::GET, "/health").send().await;
    app.request(Method::GET, "/last").header("X-Request-Id", LAST).send().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_twenty_kinds_of_requests_are_as_they_were() {
    let (app, service) = service(&[]).await;
    ask(&app).await;
    let lines = lines_until(&service, LAST, &["request", "audit"]).await;
    let seen: Vec<String> = lines.into_iter().map(|line| settled(line, &app)).collect();
    let path = format!("{}/{SNAPSHOT}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, seen.join("\n") + "\n").expect("written");
    }
    let known = std::fs::read_to_string(&path).expect(SNAPSHOT);
    let known: Vec<&str> = known.lines().collect();
    for (seen, known) in seen.iter().zip(&known) {
        assert_eq!(seen, known, "{SNAPSHOT} says otherwise; {WRITE}=1 writes it anew");
    }
    assert_eq!(seen.len(), known.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_named_as_its_proxy_does_or_by_us_and_told_so() {
    let app = TestApp::eight().await;
    let named = async |id: &str| -> Answer {
        app.post("plain", &json!({"data": {"bio": "b"}})).header("X-Request-Id", id).send().await
    };
    assert_eq!(named("0af7651916cd43dd").await.header("x-request-id"), Some("0af7651916cd43dd"));
    let made = named("{}").await;
    let made = made.header("x-request-id").expect("an id");
    assert!(made.len() == 32 && made.chars().all(|c| c.is_ascii_hexdigit()), "{made}");
    for (method, path) in [(Method::GET, "/nowhere"), (Method::OPTIONS, ROUTE), (Method::POST, ROUTE)] {
        let answer = app.request(method, path).send().await;
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_done_is_a_warning_and_all_its_lines_name_the_request() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("logging");
    let client = Client::with_uri_str(&url).await.expect("a client");
    let workspace = seed(&client.database("logging"), Eight).await.expect("a workspace");
    let person = workspace.person("plain");
    let environment = [("RC_ACCOUNT_LOG_FORMAT", "json"), ("RC_ACCOUNT_LOG", "warn,rc_account::app=info")];
    let service = Service::on(&url, &environment);
    let http = devstack::http::client();
    let change = async |id: &str| {
        let request = Request::from(http.post(format!("{}{ROUTE}", service.base))).header("X-Request-Id", id);
        request.sign_in(&person.id, &person.token).json(&json!({"data": {"bio": "b"}})).send().await.status
    };
    assert_eq!(change("well").await, 200);
    mongo.freeze().expect("frozen");
    let health = format!("{}/health", service.base);
    let deadline = Instant::now() + Duration::from_secs(20);
    while http.get(&health).send().await.expect("an answer").status().as_u16() == 200 {
        assert!(Instant::now() < deadline, "never seen");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(change("not-done").await, 503);
    let lines = lines_until(&service, "not-done", &["request"]).await;
    let said: Vec<_> =
        lines.iter().map(|line| (&line["request.id"], &line["level"], &line["error.id"])).collect();
    assert_eq!(said, [(&json!("not-done"), &json!("WARN"), &json!("unavailable"))]);
    let reasons = service.logged("a request was given up");
    assert!(
        matches!(&reasons[..], [line] if line.contains(r#""span":{"request.id":"not-done","name":"request"}"#)),
        "{reasons:?}"
    );
    mongo.thaw().expect("thawed");
    mongo.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_said_is_lost_at_an_orderly_end() {
    let (app, service) = service(&[]).await;
    const REQUESTS: usize = 300;
    let ask = || app.request(Method::GET, "/nowhere").send();
    futures_util::future::join_all((0..REQUESTS).map(|_| ask())).await;
    service.signal("INT");
    let log = std::sync::Arc::clone(&service.log);
    assert_eq!(service.end().0, Some(0));
    let lines =
        || log.lock().expect("the log").iter().filter(|line| line.contains(r#""http.route":"none""#)).count();
    // What reads the pipe may be behind.
    let deadline = Instant::now() + Duration::from_secs(20);
    while lines() < REQUESTS && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(lines(), REQUESTS);
}
