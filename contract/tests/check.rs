//! What the check finds, and what it lets through.

use contract::{Contract, Exceptions, Exchange};
use serde_json::{Value, json};

/// A change of the profile, and the smallest user that it can be answered with.
fn saved() -> (Exchange, Value) {
    let user = json!({
        "_id": "a", "settings": {"profile": {}, "calendar": {}}, "avatarUrl": "http://localhost/avatar/a", "isOAuthUser": false,
        "services": {"password": {"exists": true}},
    });
    let exchange = Exchange {
        method: "POST".to_owned(),
        path: "/api/v1/users.updateOwnBasicInfo".to_owned(),
        content_type: "application/json".to_owned(),
        request: br#"{"data": {"bio": "b"}}"#.to_vec(),
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("X-Request-Id".to_owned(), "1".to_owned()),
        ],
        answer: json!({"user": user, "success": true}).to_string(),
        except: Exceptions::default(),
    };
    (exchange, user)
}

#[track_caller]
fn is_held(contract: &Contract, exchange: &Exchange) {
    contract.check(exchange).unwrap_or_else(|complaint| panic!("{complaint}"));
}

#[track_caller]
fn is_found(contract: &Contract, exchange: &Exchange, expected: &str) {
    let complaint = contract.check(exchange).expect_err(expected);
    assert!(complaint.contains(expected), "{complaint}");
}

#[test]
fn an_answer_is_held_against_operation_status_headers_and_shape() {
    let contract = Contract::committed();
    let (right, user) = saved();
    is_held(&contract, &right);
    let answered = |answer: Value| Exchange { answer: answer.to_string(), ..right.clone() };
    let with = |key: &str, value: Value| {
        let mut user = user.clone();
        user[key] = value;
        answered(json!({"user": user, "success": true}))
    };
    is_found(&contract, &answered(json!({"user": user, "success": true, "more": 1})), "more");
    is_found(&contract, &answered(json!({"user": user})), "success");
    is_found(&contract, &with("emails", json!([{"address": 5}])), "/user/emails/0/address");
    is_found(&contract, &with("services", json!({"totp": {"secret": "a"}})), "secret");
    is_found(&contract, &with("e2e", json!({})), "/user/e2e");
    is_found(&contract, &Exchange { status: 201, ..right.clone() }, "no such status");
    is_found(&contract, &Exchange { headers: right.headers[..1].to_vec(), ..right.clone() }, "X-Request-Id");
    is_found(&contract, &Exchange { answer: "{".to_owned(), ..right.clone() }, "no JSON");
    let html = vec![("content-type".to_owned(), "text/html".to_owned()), right.headers[1].clone()];
    is_found(&contract, &Exchange { headers: html, ..right.clone() }, "text/html");
    assert_eq!(contract.tally().total(), 1);
}

#[test]
fn nothing_is_answered_that_is_not_documented() {
    let contract = Contract::committed();
    let (right, _) = saved();
    let elsewhere = |path: &str| Exchange { path: path.to_owned(), ..right.clone() };
    is_held(&contract, &elsewhere("/chat/api/v1/users.updateOwnBasicInfo"));
    is_found(&contract, &elsewhere("/api/v1/users.update"), "no such operation");
    is_found(&contract, &Exchange { method: "PUT".to_owned(), ..right.clone() }, "no such operation");
    let not_found = Exchange {
        status: 404,
        headers: vec![("content-type".to_owned(), "text/plain; charset=UTF-8".to_owned())],
        answer: "404 Not Found".to_owned(),
        ..elsewhere("/api/v1/users.update")
    };
    is_held(&contract, &not_found);
    is_found(&contract, &Exchange { answer: "gone".to_owned(), ..not_found }, "no such operation");
}

#[test]
fn what_was_sent_with_success_is_what_may_be_sent() {
    let contract = Contract::committed();
    let (right, _) = saved();
    let sent = |body: Value| Exchange { request: body.to_string().into_bytes(), ..right.clone() };
    is_held(&contract, &sent(json!({"data": {"bio": 5}})));
    is_held(&contract, &sent(json!({"payload": r#"{"data": {}}"#})));
    let wrong = sent(json!({"data": {"biography": "b"}}));
    is_found(&contract, &wrong, "biography");
    is_held(&contract, &Exchange { except: Exceptions { request: true, success: false }, ..wrong });
}

#[test]
fn the_same_comes_out_of_what_went_over_the_wire() {
    let contract = Contract::committed();
    let (right, _) = saved();
    let request = "POST /api/v1/users.updateOwnBasicInfo?a=b HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"data\": {}}";
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: 1\r\n\r\n{}",
        right.answer
    );
    let read = Exchange::of_bytes(request.as_bytes(), answer.as_bytes()).expect("whole HTTP");
    is_held(&contract, &read);
    assert!(Exchange::of_bytes(request.as_bytes(), b"HTTP/1.1 200").is_none());
}
