//! Input that is meant to break something by its depth or size. The answer is the original's own, never a 5xx; a
//! refused body changes nothing, and the service lives on.

use crate::body::{UNKNOWN_KEY, breaks_the_schema, send_json};
use crate::limits::TOO_DEEP;
use crate::support::{Answer, Options, ROUTE, connect, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;
use serde_json::json;
use std::io::{Read, Write};
use std::net::Shutdown;

const DEPTH: usize = 100_000;
/// Nearly as much as a body holds.
const LONG: usize = 240_000;

/// `$cost`, the empty name and `a.b` are names that only an administrator can define.
pub(crate) fn custom_fields() -> Options {
    let definition = json!({
        "twitter": {"type": "text", "maxLength": 30}, "notes": {"type": "text"}, "more": {"type": "text"},
        "$cost": {"type": "text"}, "": {"type": "text"}, "a.b": {"type": "text"},
    });
    Options::default().setting("Accounts_CustomFields", definition.to_string())
}

/// A refusal without an id, such as the database's own words.
#[track_caller]
pub(crate) fn is_refused_plainly(answer: &Answer, text: &str, case: &str) {
    assert_eq!(answer.line(), format!("400 {}", json!({"success": false, "error": text})), "{case}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_of_any_depth_is_judged_without_reading_it() {
    let (open, arrays) = ("[".repeat(DEPTH), format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH / 8), "}".repeat(DEPTH / 8));
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let before = app.dump().await;
        let custom =
            |field: &str, value: &str| format!(r#"{{"data":{{}},"customFields":{{"{field}":{value}}}}}"#);
        for (case, body) in [
            ("an open array", open.clone()),
            ("an array", arrays.clone()),
            ("an object", objects.clone()),
            ("an unknown key", format!(r#"{{"data":{{}},"a":{arrays}}}"#)),
            ("data", format!(r#"{{"data":{arrays}}}"#)),
            ("a name", format!(r#"{{"data":{{"name":{arrays}}}}}"#)),
            ("a bio", format!(r#"{{"data":{{"bio":{objects}}}}}"#)),
            ("custom fields", format!(r#"{{"data":{{}},"customFields":{arrays}}}"#)),
            ("a defined field", custom("notes", &arrays)),
            ("a defined field", custom("notes", &objects)),
            ("an undefined field", custom("undefined", &objects)),
        ] {
            let answer = send_json(&app, body).await;
            breaks_the_schema(&answer, release, TOO_DEEP, case);
        }
        assert_eq!(app.dump().await, before, "{release:?}");
        send_json(&app, custom("notes", &format!("{}{}", "[".repeat(98), "]".repeat(98)))).await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_are_refused_by_the_rule_that_they_break() {
    let text = "x".repeat(LONG);
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let before = app.dump().await;
        for body in [json!({"data": {(&text): 1}}), json!({"data": {}, (&text): 1})] {
            breaks_the_schema(&send_json(&app, body.to_string()).await, release, UNKNOWN_KEY, "a long key");
        }
        for (body, error_type) in [
            (json!({"data": {"bio": text}}), "error-bio-size-exceeded"),
            (json!({"data": {"nickname": text}}), "error-nickname-size-exceeded"),
            (json!({"data": {"email": text, "currentPassword": "x"}}), "totp-invalid"),
            (json!({"data": {"email": "new@example.com", "currentPassword": text}}), "totp-invalid"),
            (json!({"data": {}, "customFields": {"twitter": text}}), "error-user-registration-custom-field"),
        ] {
            app.post("plain", &body).send().await.is_refused_with(error_type);
        }
        // Too long for a pattern of the database.
        let answer = app.post("plain", &json!({"data": {"username": text}})).send().await;
        assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{}", answer.body);
        let answer = send_json(&app, "x".repeat(17 * 1024 * 1024)).await;
        assert_eq!(answer.line(), r#"413 {"success":false,"error":"The request body is too large"}"#);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(app.dump().await, before, "{release:?}");
        app.post("plain", &json!({"data": {"bio": "Engineer"}})).send().await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_cannot_grow_beyond_what_the_database_holds() {
    let large = "x".repeat(16_600_000);
    let options = custom_fields().user("plain", doc! {"$set": {"customFields.notes": &large}});
    let app = options.start(Eight).await;
    let before = app.dump().await;
    let larger = json!({"data": {"bio": "new"}, "customFields": {"more": "x".repeat(LONG)}});
    let answer = app.post("plain", &larger).send().await;
    assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{}", answer.body);
    assert_eq!(app.dump().await, before);
}

/// A value that serde_json would read as what its text holds: a way around any limit of depth.
fn reserved_key(inner: &str) -> String {
    let text = serde_json::Value::from(inner).to_string();
    format!(r#"{}{{"$serde_json::private::RawValue":{text}}}{}"#, "[".repeat(90), "]".repeat(90))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_json_library_reserves_is_a_key_like_any_other() {
    let app = custom_fields().start(Six).await;
    let body = |value: &str| format!(r#"{{"data":{{}},"customFields":{{"notes":{value}}}}}"#);
    let reserved = r#"{"$serde_json::private::RawValue":"[1]"}"#;
    let answer = send_json(&app, body(reserved)).await;
    assert!(answer.body.contains(&format!(r#""customFields":{{"notes":{reserved}}}"#)), "{}", answer.line());
    let deepest = (0..8).fold("1".to_owned(), |inner, _| reserved_key(&inner));
    send_json(&app, body(&deepest)).await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_in_the_middle_of_its_body_changes_nothing() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let person = app.person("plain");
        let before = app.dump().await;
        let mut stream = connect(&app.base);
        let request = format!(
            "POST {ROUTE} HTTP/1.1\r\nHost: localhost\r\nX-User-Id: {}\r\nX-Auth-Token: {}\r\n\
             Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"data\":{{\"bio\":\"half\"}}}}",
            person.id, person.token,
        );
        stream.write_all(request.as_bytes()).expect("sent");
        stream.shutdown(Shutdown::Write).expect("no more");
        // Whether there is an answer does not matter, only that the service has done with the request.
        let _ = stream.read_to_end(&mut Vec::new());
        assert_eq!(app.dump().await, before, "{release:?}");
        app.post("plain", &json!({"data": {}})).send().await.user();
    })
    .await;
}
