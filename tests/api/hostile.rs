//! Input that is meant to break something by its depth or size. The answer is the original's own, never a 5xx; a
//! refused body changes nothing, and the service lives on.

use crate::body::{NO_DATA, NO_OBJECT, NO_TEXT, UNKNOWN_KEY, breaks_the_schema, send_json};
use crate::support::{Answer, Options, ROUTE, connect, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;
use serde_json::json;
use std::io::{Read, Write};
use std::net::Shutdown;

const DEPTH: usize = 100_000;
const MEGABYTE: usize = 1_000_000;

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
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH), "}".repeat(DEPTH));
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let before = app.dump().await;
        for (case, body, message) in [
            ("an open array", open.clone(), NO_DATA),
            ("an array", arrays.clone(), NO_OBJECT),
            ("an object", objects.clone(), NO_DATA),
            ("an unknown key", format!(r#"{{"data":{{}},"a":{arrays}}}"#), UNKNOWN_KEY),
            ("data is an array", format!(r#"{{"data":{arrays}}}"#), NO_OBJECT),
            ("data is an object", format!(r#"{{"data":{objects}}}"#), UNKNOWN_KEY),
            ("a name", format!(r#"{{"data":{{"name":{arrays}}}}}"#), NO_TEXT),
            ("a bio", format!(r#"{{"data":{{"bio":{objects}}}}}"#), NO_TEXT),
            ("custom fields", format!(r#"{{"data":{{}},"customFields":{arrays}}}"#), NO_OBJECT),
        ] {
            breaks_the_schema(&send_json(&app, body).await, release, message, case);
        }
        let custom =
            |field: &str, value: &str| format!(r#"{{"data":{{}},"customFields":{{"{field}":{value}}}}}"#);
        for value in [&arrays, &objects, &format!("{}{}", "[".repeat(250), "]".repeat(250))] {
            let answer = send_json(&app, custom("notes", value)).await;
            is_refused_plainly(
                &answer,
                "A custom field holds a value that cannot be stored",
                "a defined field",
            );
        }
        assert_eq!(app.dump().await, before, "{release:?}");
        let answer = send_json(&app, custom("undefined", &objects)).await;
        match release {
            Six => assert_eq!(answer.user().get("customFields"), None),
            Eight => is_refused_plainly(&answer, "No changes to update", "an undefined field"),
        }
        send_json(&app, custom("notes", &format!("{}{}", "[".repeat(100), "]".repeat(100)))).await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn megabytes_are_refused_by_the_rule_that_they_break() {
    let (text, shorter) = ("x".repeat(10 * MEGABYTE), "x".repeat(MEGABYTE));
    six_and_eight(async |release| {
        let app = custom_fields().start(release).await;
        let before = app.dump().await;
        for body in [json!({"data": {(&text): 1}}), json!({"data": {}, (&shorter): 1})] {
            breaks_the_schema(&send_json(&app, body.to_string()).await, release, UNKNOWN_KEY, "a long key");
        }
        for (body, error_type) in [
            (json!({"data": {"bio": text}}), "error-bio-size-exceeded"),
            (json!({"data": {"nickname": shorter}}), "error-nickname-size-exceeded"),
            (json!({"data": {"email": shorter, "currentPassword": "x"}}), "totp-invalid"),
            (json!({"data": {"email": "new@example.com", "currentPassword": shorter}}), "totp-invalid"),
            (json!({"data": {}, "customFields": {"twitter": text}}), "error-user-registration-custom-field"),
        ] {
            app.post("plain", &body).send().await.is_refused_with(error_type);
        }
        // Too long for a pattern of the database, and more than a document holds.
        for data in [json!({"username": shorter}), json!({"statusType": text})] {
            let answer = app.post("plain", &json!({"data": data})).send().await;
            assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{}", answer.body);
        }
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
    let large = "x".repeat(9 * MEGABYTE);
    let options = custom_fields().user("plain", doc! {"$set": {"customFields.notes": &large}});
    let app = options.start(Eight).await;
    let before = app.dump().await;
    let larger = json!({"data": {"bio": "new"}, "customFields": {"more": large}});
    let answer = app.post("plain", &larger).send().await;
    assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{}", answer.body);
    assert_eq!(app.dump().await, before);
}

/// A value that serde_json would read as what its text holds: a way around any limit of depth.
fn reserved_key(inner: &str) -> String {
    let text = serde_json::Value::from(inner).to_string();
    format!(r#"{}{{"$serde_json::private::RawValue":{text}}}{}"#, "[".repeat(100), "]".repeat(100))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_json_library_reserves_is_a_key_like_any_other() {
    let app = custom_fields().start(Six).await;
    let body = |value: &str| format!(r#"{{"data":{{}},"customFields":{{"notes":{value}}}}}"#);
    let reserved = r#"{"$serde_json::private::RawValue":"[1]"}"#;
    let answer = send_json(&app, body(reserved)).await;
    assert!(answer.body.contains(&format!(r#""customFields":{{"notes":{reserved}}}"#)), "{}", answer.line());
    let deepest = (0..19).fold("1".to_owned(), |inner, _| reserved_key(&inner));
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
