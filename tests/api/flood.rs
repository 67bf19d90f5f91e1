//! The real program under clients who want to use up its memory or fill its log.

use crate::support::{Options, ROUTE, Service, TestApp, Wire, head};
use devstack::workspace::Release::{self, Eight, Six};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const LOGIN: &str = "/api/v1/login";
const SEND_CODE: &str = "/api/v1/users.2fa.sendEmailCode";
const MIB: u64 = 1024 * 1024;

/// The program on a workspace in which `notes` and `twitter` are defined.
async fn start(release: Release, environment: &[(&str, &str)]) -> (TestApp, Service) {
    let definition = json!({"notes": {"type": "text"}, "twitter": {"type": "text"}});
    let mut app =
        Options::default().setting("Accounts_CustomFields", definition.to_string()).start(release).await;
    app.stop().await;
    let url = app.mongo_url().to_owned();
    let mut all = vec![
        ("MONGO_URL", url.as_str()),
        ("BIND_IP", "127.0.0.1"),
        ("PORT", "0"),
        ("RC_ACCOUNT_STANDALONE", "true"),
    ];
    all.extend(environment);
    let service = Service::start(&all);
    app.base.clone_from(&service.base);
    app.post("plain", &json!({"data": {"bio": "warm"}})).send().await.user();
    (app, service)
}

/// The four shapes: a list of empty objects, a list of small numbers, one long text, and many fields.
fn shapes(size: usize) -> [String; 4] {
    let field = |value: &str| format!(r#"{{"data":{{}},"customFields":{{"twitter":{value}}}}}"#);
    let fields: Vec<String> = (0..size / 10).map(|number| format!(r#""{number:06}":1"#)).collect();
    [
        field(&format!("[{}]", vec!["{}"; size / 3].join(","))),
        field(&format!("[{}]", vec!["1"; size / 2].join(","))),
        field(&format!("\"{}\"", "x".repeat(size))),
        format!(r#"{{"data":{{}},"customFields":{{{}}}}}"#, fields.join(",")),
    ]
}

/// Twenty clients at once send this body, each before it reads; how often each status came.
async fn twenty(app: &TestApp, body: &str) -> BTreeMap<u16, u32> {
    let client = async || {
        let mut wire = Wire::connect(&app.base).await;
        wire.write(head(ROUTE, Some(app.person("plain")), &format!("Content-Length: {}\r\n", body.len())))
            .await;
        wire.write(body).await;
        wire.answer().await.status
    };
    let mut statuses = BTreeMap::new();
    for status in join_all((0..20).map(|_| client())).await {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_clients_with_the_worst_bodies_take_little_memory_and_get_no_500() {
    for release in [Six, Eight] {
        let (app, service) = start(release, &[("RC_ACCOUNT_RATE_LIMIT", "off")]).await;
        let idle = service.memory().peak;
        for size in [15_000_000, 255_000, 60_000] {
            for body in shapes(size) {
                let statuses = twenty(&app, &body).await;
                let is_fine = |status: &u16| (400..500).contains(status) || *status == 503 || size < 256_000;
                assert!(statuses.keys().all(is_fine), "{release:?} {size} {}: {statuses:?}", &body[..50]);
                assert!(!statuses.contains_key(&500), "{release:?} {size} {}: {statuses:?}", &body[..50]);
            }
        }
        let grown = (service.memory().peak - idle) / MIB;
        println!("{release:?}: idle {} MiB, grown by {grown} MiB", idle / MIB);
        assert!(grown <= 120, "{release:?}: {grown} MiB");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_bodies_that_never_end_are_ended_and_keep_nobody_out() {
    tokio::join!(stalled(Six), stalled(Eight));
}

async fn stalled(release: Release) {
    let (app, service) = start(release, &[("RC_ACCOUNT_RATE_LIMIT", "off")]).await;
    let idle = service.memory().peak;
    let begun = Instant::now();
    let stall = async |number: usize| {
        let (path, person, sent) = match number % 4 {
            0 | 1 => (ROUTE, Some(app.person("plain")), 250_000),
            2 => (LOGIN, None, 60_000),
            _ => (SEND_CODE, None, 60_000),
        };
        let mut wire = Wire::connect(&app.base).await;
        wire.write(head(path, person, &format!("Content-Length: {}\r\n", sent + 1))).await;
        wire.write(vec![b' '; sent]).await;
        let answer = wire.answer().await;
        if answer.status == 503 {
            assert!(answer.head.contains("retry-after: "), "{}", answer.head);
            assert!(answer.body.starts_with(r#"{"success":false,"error":""#), "{}", answer.body);
        }
        wire.rest().await;
        answer.status
    };
    let others = async || {
        let mut served = 0;
        while begun.elapsed() < Duration::from_secs(8) {
            let change = app.post("admin", &json!({"data": {"bio": "meanwhile"}}));
            timeout(Duration::from_secs(30), change.send()).await.expect("served meanwhile").user();
            served += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        served
    };
    let (statuses, served) = tokio::join!(join_all((0..200).map(stall)), others());
    let lasted = begun.elapsed();
    assert!(statuses.iter().all(|status| [408, 503].contains(status)), "{release:?}: {statuses:?}");
    assert!(statuses.contains(&408) && served > 3, "{release:?}: {served}, {statuses:?}");
    assert!(lasted < Duration::from_secs(30), "{release:?}: {lasted:?}");
    let grown = (service.memory().peak - idle) / MIB;
    println!("{release:?}: {lasted:?}, {served} served meanwhile, grown by {grown} MiB");
    assert!(grown <= 120, "{release:?}: {grown} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_invented_addresses_leave_nothing_behind() {
    let (app, service) = start(Six, &[]).await;
    let long = "9".repeat(60_000);
    let call = async |number: usize| {
        let header = if number.is_multiple_of(2) { "X-Real-IP" } else { "X-Forwarded-For" };
        let request = app.request(Method::POST, SEND_CODE).header(header, &format!("{number}.{long}"));
        request.json(&json!({"emailOrUsername": "nobody"})).send().await.status
    };
    let round = async |from: usize, to: usize| {
        for begin in (from..to).step_by(8) {
            for status in join_all((begin..begin + 8).map(call)).await {
                assert!([200, 429].contains(&status), "{status}");
            }
        }
    };
    round(0, 800).await;
    let begun = service.memory().peak;
    round(800, 10_000).await;
    let grown = (service.memory().peak - begun) / MIB;
    println!("grown by {grown} MiB");
    assert!(grown <= 16, "{grown} MiB");
    assert_eq!(call(0).await, 429, "all of them are the peer");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_that_is_none_is_stored() {
    let app = Options::standalone().start(Eight).await;
    let guess = json!({"user": "plain", "password": "wrong"});
    for address in ["9".repeat(60_000), "unknown".to_owned(), "192.0.2.1, 192.0.2.2".to_owned()] {
        app.request(Method::POST, LOGIN).header("X-Real-IP", &address).json(&guess).send().await;
    }
    let right = "2001:db8:0000:0000:0000:ffff:255.255.255.255";
    app.request(Method::POST, LOGIN).header("X-Real-IP", right).json(&guess).send().await;
    let events = app.dump().await.remove("rocketchat_server_events").expect("events");
    let mut addresses: Vec<&str> = events.iter().map(|event| event.get_str("ip").expect("text")).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["127.0.0.1", "127.0.0.1", "127.0.0.1", right]);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_write_neither_errors_nor_warnings() {
    let (app, service) = start(Eight, &[]).await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(200));
    let malformed = [
        "\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        &long,
        &many,
    ];
    for number in 0..200 {
        let mut wire = Wire::connect(&app.base).await;
        // The service may close while a long one is still being sent.
        let _ = wire.try_write(malformed[number % malformed.len()]).await;
        wire.rest().await;
    }
    let answer: Value = app.post("plain", &json!({"data": {"bio": "x".repeat(261)}})).send().await.json();
    assert_eq!(answer["success"], false);
    // The last line of all.
    service.says("/api/v1/users.updateOwnBasicInfo", |line| line.contains("http.status=429")).await;
    let log = service.log.lock().expect("the log").clone();
    let noise: Vec<_> = log.iter().filter(|line| line.contains("ERROR") || line.contains("WARN")).collect();
    assert!(noise.is_empty(), "{} lines: {:?}", noise.len(), noise.first());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_of_proxies_is_said_once() {
    let (app, service) = start(Six, &[("HTTP_FORWARDED_COUNT", "2")]).await;
    for list in ["192.0.2.1, 192.0.2.2", "192.0.2.1", "192.0.2.1, 192.0.2.2, 192.0.2.3", "192.0.2.1"] {
        let request = app.post("plain", &json!({"data": {}})).header("X-Forwarded-For", list);
        request.send().await.user();
    }
    // The line of the last request comes behind all that it causes.
    let deadline = Instant::now() + Duration::from_secs(10);
    let is_request = |line: &&String| line.contains("/api/v1/users.updateOwnBasicInfo");
    while service.log.lock().expect("the log").iter().filter(is_request).count() < 4 {
        assert!(Instant::now() < deadline, "a request has no line");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let log = service.log.lock().expect("the log").clone();
    let said: Vec<_> = log.iter().filter(|line| line.contains("X-Forwarded-For has ")).collect();
    assert!(said.len() == 2 && said[0].contains("fewer") && said[0].contains("entries=1"), "{said:?}");
    assert!(said[1].contains("more") && said[1].contains("entries=3"), "{said:?}");
}
