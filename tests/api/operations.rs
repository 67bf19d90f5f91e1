//! Probes, and the contract of 503: nothing was done, and it is said at once.

use crate::support::{Answer, ROUTE, Service, TestApp, mongo, program, run};
use devstack::mongo::Mongo;
use devstack::workspace::{Person, Release, seed};
use mongodb::Client;
use reqwest::Method;
use serde_json::json;
use std::net::TcpListener;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const OPS: (&str, &str) = ("RC_ACCOUNT_OPS_BIND", "127.0.0.1:0");

async fn person_of(mongo_url: &str) -> Person {
    let client = Client::with_uri_str(mongo_url).await.expect("a client");
    let database = client.default_database().expect("a database");
    seed(&database, Release::Eight).await.expect("a workspace").person("plain").clone()
}

fn a_database(name: &str) -> String {
    format!("test_{}_{name}", std::process::id())
}

async fn get(url: &str) -> Answer {
    Answer::read(devstack::http::client().get(url).send().await.expect("an answer")).await
}

async fn probe(service: &Service, path: &str) -> Answer {
    get(&format!("{}{path}", service.operations.as_deref().expect("a listener"))).await
}

/// Changes the bio; the answer and how long it took.
async fn change(service: &Service, person: &Person) -> (Answer, Duration) {
    let begun = Instant::now();
    let request = devstack::http::client()
        .post(format!("{}{ROUTE}", service.base))
        .header("X-User-Id", &person.id)
        .header("X-Auth-Token", &person.token)
        .timeout(PATIENCE)
        .json(&json!({"data": {"bio": "changed"}}));
    let answer = Answer::read(request.send().await.expect("an answer")).await;
    (answer, begun.elapsed())
}

/// How long it took until that was so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "never {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_rocket_chats_own_path_and_answer() {
    let app = TestApp::eight().await;
    let answer = app.request(Method::GET, "/health").send().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    let head = app.request(Method::HEAD, "/health").send().await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for (method, path) in [(Method::POST, "/health"), (Method::GET, "/healthy"), (Method::GET, "/readyz")] {
        assert_eq!(app.request(method, path).send().await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operations_listener_names_each_reason() {
    let name = a_database("probes");
    let url = mongo().await.url(&name);
    person_of(&url).await;
    let service = Service::on(&url, &[OPS]);
    let live = probe(&service, "/livez").await;
    assert_eq!((live.status, live.body.as_str()), (200, "ok"));
    until("looked into the outbox", async || probe(&service, "/readyz").await.json()["outbox"]["ok"] == true)
        .await;
    let ready = probe(&service, "/readyz").await;
    let said = ready.json();
    assert_eq!((ready.status, ready.header("content-type")), (200, Some("application/json")));
    assert_eq!((&said["ready"], &said["draining"]), (&json!(true), &json!(false)), "{said}");
    assert_eq!((&said["mongodb"]["ok"], &said["settings"]["ok"]), (&json!(true), &json!(true)), "{said}");
    assert_eq!((&said["outbox"]["waiting"], &said["outbox"]["parked"]), (&json!(0), &json!(0)), "{said}");
    assert_eq!(probe(&service, ROUTE).await.status, 404, "what clients call is not there");
    let client = Client::with_uri_str(&url).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_mongodb_is_told_within_five_seconds_and_a_thawed_one_too() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("contract");
    let person = person_of(&url).await;
    let service = Service::on(&url, &[OPS]);
    let health = format!("{}/health", service.base);
    assert_eq!((get(&health).await.status, change(&service, &person).await.0.status), (200, 200));

    mongo.freeze().expect("frozen");
    let told = until("not ready", async || get(&health).await.status == 503).await;
    // Five seconds, and what a busy machine takes.
    assert!(told < Duration::from_secs(10), "{told:?}");
    let answer = get(&health).await;
    assert_eq!((answer.body.as_str(), answer.header("retry-after")), ("not ready", Some("5")));
    let ready = probe(&service, "/readyz").await;
    assert_eq!((ready.status, ready.header("retry-after")), (503, Some("5")));
    let said = ready.json();
    assert_eq!((&said["ready"], &said["mongodb"]["ok"]), (&json!(false), &json!(false)), "{said}");
    assert_eq!(probe(&service, "/livez").await.status, 200, "a restart would help nobody");

    let (refused, took) = change(&service, &person).await;
    assert_eq!(
        (refused.status, refused.body.as_str(), refused.header("retry-after")),
        (503, r#"{"success":false,"error":"The service is temporarily unavailable"}"#, Some("5"))
    );
    assert!(took < Duration::from_secs(1), "{took:?}");

    mongo.thaw().expect("thawed");
    let back = until("ready again", async || get(&health).await.status == 200).await;
    assert!(back < Duration::from_secs(10), "{back:?}");
    assert_eq!(change(&service, &person).await.0.status, 200);
    println!("not ready after {told:?}, refused in {took:?}, ready again after {back:?}");
    mongo.stop().await.expect("stopped");
}

/// Whoever comes all the same is served: a proxy that cannot hand over would show them the 503.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_service_ends_probes_say_so_and_requests_are_answered() {
    let name = a_database("ends");
    let url = mongo().await.url(&name);
    let person = person_of(&url).await;
    let service = Service::on(&url, &[OPS, ("RC_ACCOUNT_DRAIN_MS", "5000")]);
    service.signal("TERM");
    let health = format!("{}/health", service.base);
    until("draining", async || get(&health).await.status == 503).await;
    let ready = probe(&service, "/readyz").await;
    assert_eq!((ready.status, &ready.json()["draining"]), (503, &json!(true)));
    assert_eq!(probe(&service, "/livez").await.status, 200);
    let (answer, _) = change(&service, &person).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(service.end(), (Some(0), String::new()));
    let client = Client::with_uri_str(&url).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_was_named_must_be_free_and_that_of_the_default_need_not() {
    let name = a_database("ports");
    let url = mongo().await.url(&name);
    person_of(&url).await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let named = run(program(&["serve"], &[("MONGO_URL", &url), ("RC_ACCOUNT_OPS_BIND", &address)]));
    let said = String::from_utf8_lossy(&named.stderr);
    assert_eq!(named.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("RC_ACCOUNT_OPS_BIND: cannot listen on {address}: ")), "{said}");

    // Whoever has it: us, or another service on this machine.
    let _taken = TcpListener::bind("127.0.0.1:9459");
    let mut command = program(&["serve"], &[("MONGO_URL", &url), ("PORT", "0"), ("BIND_IP", "127.0.0.1")]);
    command.env_remove("RC_ACCOUNT_OPS_BIND");
    let service = Service::run(command);
    assert_eq!(
        (service.operations.as_deref(), get(&format!("{}/health", service.base)).await.status),
        (None, 200)
    );
    let said: Vec<_> =
        service.beginning.iter().filter(|line| line.contains("no probes and metrics")).collect();
    assert!(matches!(said[..], [line] if line.contains("RC_ACCOUNT_OPS_BIND")), "{:?}", service.beginning);
    drop(service);
    let client = Client::with_uri_str(&url).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_healthcheck_ends_well_only_where_the_service_is_ready() {
    let name = a_database("healthcheck");
    let url = mongo().await.url(&name);
    person_of(&url).await;
    let service = Service::on(&url, &[OPS, ("RC_ACCOUNT_DRAIN_MS", "5000")]);
    let ops = service.operations.as_deref().expect("a listener").trim_start_matches("http://").to_owned();
    let ask =
        |bind: &str| run(program(&["healthcheck"], &[("MONGO_URL", &url), ("RC_ACCOUNT_OPS_BIND", bind)]));
    let well = ask(&ops);
    let said = String::from_utf8_lossy(&well.stdout).into_owned();
    assert_eq!(well.status.code(), Some(0), "{said}");
    assert!(said.contains(r#""ready":true"#), "{said}");
    service.signal("TERM");
    until("draining", async || probe(&service, "/readyz").await.status == 503).await;
    let ends = ask(&ops);
    let said = String::from_utf8_lossy(&ends.stderr).into_owned();
    assert_eq!(ends.status.code(), Some(1), "{said}");
    assert!(said.contains(r#""draining":true"#), "{said}");
    service.kill();
    for (bind, reason) in [(ops.as_str(), "does not answer"), ("", "RC_ACCOUNT_OPS_BIND is empty")] {
        let nobody = ask(bind);
        let said = String::from_utf8_lossy(&nobody.stderr).into_owned();
        assert_eq!(nobody.status.code(), Some(1), "{said}");
        assert!(said.contains(reason), "{said}");
    }
    let client = Client::with_uri_str(&url).await.expect("a client");
    client.database(&name).drop().await.expect("dropped");
}
