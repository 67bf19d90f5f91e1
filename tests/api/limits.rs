//! How large, how manifold and how deep a body may be, and that the refusal reaches whoever sends more.

use crate::body::{breaks_the_schema, send_json};
use crate::hostile::custom_fields;
use crate::support::{Answer, Options, ROUTE, TestApp, Wire, head, six_and_eight};
use devstack::workspace::Person;
use devstack::workspace::Release::{self, Eight};
use reqwest::Method;
use serde_json::json;

pub(crate) const TOO_LARGE: &str = r#"{"success":false,"error":"The request body is too large"}"#;
pub(crate) const TOO_MANY: &str = "must NOT have more than 2048 names and values";
pub(crate) const TOO_DEEP: &str = "must NOT be nested deeper than 100 levels";

const SIGNED_IN: usize = 256 * 1024;
const ANONYMOUS: usize = 64 * 1024;
const LOGIN: &str = "/api/v1/login";
const SEND_CODE: &str = "/api/v1/users.2fa.sendEmailCode";
const METHOD: &str = "/api/v1/method.call/2fa:checkCodesRemaining";

/// The text, followed by blanks up to that size.
fn padded(text: &str, size: usize) -> String {
    format!("{text}{}", " ".repeat(size - text.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_takes_bodies_up_to_its_limit_and_not_one_byte_more() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let plain = app.person("plain");
        let call = json!({"msg": "method", "id": "1", "method": "2fa:checkCodesRemaining", "params": []})
            .to_string();
        for (path, person, limit, body) in [
            (ROUTE, Some(plain), SIGNED_IN, r#"{"data":{}}"#.to_owned()),
            (METHOD, Some(app.person("totp")), SIGNED_IN, json!({"message": call}).to_string()),
            (SEND_CODE, Some(plain), SIGNED_IN, r#"{"emailOrUsername":"x"}"#.to_owned()),
            (SEND_CODE, None, ANONYMOUS, r#"{"emailOrUsername":"x"}"#.to_owned()),
            (LOGIN, None, ANONYMOUS, json!({"resume": plain.token}).to_string()),
        ] {
            for (size, is_taken) in [(limit, true), (limit + 1, false)] {
                for chunked in [false, true] {
                    let body = padded(&body, size);
                    let answer = send_as(&app, path, person, &body, chunked).await;
                    let expected = if is_taken { 200 } else { 413 };
                    assert_eq!(answer.status, expected, "{release:?} {path} {size} {}", answer.body);
                    if !is_taken {
                        assert_eq!(answer.body, TOO_LARGE, "{release:?} {path}");
                    }
                }
            }
        }
    })
    .await;
}

async fn send_as(app: &TestApp, path: &str, person: Option<&Person>, body: &str, chunked: bool) -> Answer {
    let request = app.request(Method::POST, path).header("Content-Type", "application/json");
    let request = match person {
        Some(person) => request.sign_in(&person.id, &person.token),
        None => request,
    };
    let pieces = body.as_bytes().chunks(10_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
    let body = if chunked {
        reqwest::Body::wrap_stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()))
    } else {
        body.to_owned().into()
    };
    request.body(body).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_that_it_is_too_large_is_refused_before_any_of_it_is_there() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        for (path, person, length) in [
            (ROUTE, Some(app.person("plain")), SIGNED_IN + 1),
            (METHOD, Some(app.person("plain")), 15_000_000),
            (LOGIN, None, ANONYMOUS + 1),
            (SEND_CODE, None, usize::MAX),
        ] {
            let mut wire = Wire::connect(&app.base).await;
            wire.write(head(path, person, &format!("Content-Length: {length}\r\n"))).await;
            let answer = wire.answer().await;
            assert_eq!((answer.status, answer.body.as_str()), (413, TOO_LARGE), "{release:?} {path}");
            assert!(answer.closes(), "{}", answer.head);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_writes_all_of_its_body_before_it_reads_gets_its_answer() {
    const BODY: usize = 15_000_000;
    let body = vec![b'x'; BODY];
    let chunked = [format!("{BODY:x}\r\n").as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        for (path, person, status) in [
            (ROUTE, Some(app.person("plain")), 413),
            (METHOD, Some(app.person("plain")), 413),
            (ROUTE, None, 401),
            (LOGIN, None, 413),
            ("/nowhere", None, 404),
        ] {
            let sized = format!("Content-Length: {BODY}\r\n");
            for (lines, body) in [(sized.as_str(), &body), ("Transfer-Encoding: chunked\r\n", &chunked)] {
                let mut wire = Wire::connect(&app.base).await;
                wire.write(head(path, person, lines)).await;
                wire.write(body).await;
                assert_eq!(wire.answer().await.status, status, "{release:?} {path} {lines}");
            }
        }
    })
    .await;
}

/// A body with that many names and values, one of which is `inner`.
fn list(items: usize) -> String {
    format!("[{}]", vec!["{}"; items].join(","))
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[tokio::test(flavor = "multi_thread")]
async fn names_values_and_levels_are_counted_wherever_json_comes_in() {
    six_and_eight(async |release| {
        let app = custom_fields().variable("RC_ACCOUNT_STANDALONE", "true").start(release).await;
        let field = |value: &str| format!(r#"{{"data":{{}},"customFields":{{"notes":{value}}}}}"#);
        // The body, data, its object, customFields, its object, notes and the list itself are seven.
        send_json(&app, field(&list(2048 - 7))).await.user();
        send_json(&app, field(&nested(98))).await.user();
        let before = app.dump().await;
        let refused = [
            (field(&list(2048 - 6)), TOO_MANY),
            (field(&list(80_000)), TOO_MANY),
            (field(&nested(99)), TOO_DEEP),
            (field(&nested(100_000)), TOO_DEEP),
            (field(&format!(r#"{{"a":{}"#, "[".repeat(100))), TOO_DEEP),
        ];
        for (body, message) in &refused {
            breaks_the_schema(&send_json(&app, body.clone()).await, release, message, &body[..50]);
        }
        let fields: Vec<String> = (0..1500).map(|number| format!(r#""{number}":1"#)).collect();
        let fields = format!(r#"{{"data":{{}},"customFields":{{{}}}}}"#, fields.join(","));
        breaks_the_schema(&send_json(&app, fields).await, release, TOO_MANY, "custom fields");
        inside_other_routes(&app, release).await;
        assert_eq!(app.dump().await, before, "{release:?}");
    })
    .await;
}

async fn inside_other_routes(app: &TestApp, release: Release) {
    let plain = app.person("plain");
    let call = |params: &str| {
        let message = format!(r#"{{"msg":"method","method":"saveUserProfile","params":[{{}},{params}]}}"#);
        json!({"message": message}).to_string()
    };
    for (path, person, body, message) in [
        (METHOD, Some(plain), call(&list(3000)), TOO_MANY),
        (METHOD, Some(plain), call(&nested(100)), TOO_DEEP),
        (METHOD, Some(plain), format!(r#"{{"message":{}}}"#, list(3000)), TOO_MANY),
        ("/api/v1/users.disableTotp", Some(plain), format!(r#"{{"code":{}}}"#, list(3000)), TOO_MANY),
        (SEND_CODE, None, format!(r#"{{"emailOrUsername":{}}}"#, nested(100)), TOO_DEEP),
        (LOGIN, None, format!(r#"{{"user":{},"password":"x"}}"#, nested(100)), TOO_DEEP),
    ] {
        let answer = send_as(app, path, person, &body, false).await;
        breaks_the_schema(&answer, release, message, path);
    }
    let form = app.signed_in("plain").header("Content-Type", "application/x-www-form-urlencoded");
    let answer = form.body(vec!["data=x"; 1025].join("&")).send().await;
    breaks_the_schema(&answer, release, TOO_MANY, "a form");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_without_a_call_left_is_refused_before_the_body_is_there() {
    let app = Options::standalone().variable("RC_ACCOUNT_RATE_LIMIT", "1/60000").start(Eight).await;
    let call = || send_as(&app, SEND_CODE, None, r#"{"emailOrUsername":"x"}"#, false);
    assert_eq!([call().await.status, call().await.status], [200, 429]);
    let mut wire = Wire::connect(&app.base).await;
    wire.write(head(SEND_CODE, None, "Content-Length: 1000\r\n")).await;
    assert_eq!(wire.answer().await.status, 429);
}
