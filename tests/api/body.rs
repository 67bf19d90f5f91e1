//! The body: its content type, its encoding, the schema's messages and its coercion.

use crate::support::{Answer, Options, TestApp, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Bson, Document, doc};

pub(crate) const NO_DATA: &str = "must have required property 'data'";
pub(crate) const NO_OBJECT: &str = "must be object";
pub(crate) const UNKNOWN_KEY: &str = "must NOT have additional properties";
pub(crate) const NO_TEXT: &str = "must be string";

const VALID: &str = r#"{"data":{"bio":"Engineer"}}"#;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=x";

/// `{"data":{}}`, compressed.
const GZIP: [u8; 31] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 73, 44, 73, 84, 178, 170, 174, 173, 5, 0, 214, 6, 123, 243,
    11, 0, 0, 0,
];

/// The schema has refused the body with this message.
#[track_caller]
pub(crate) fn breaks_the_schema(answer: &Answer, release: Release, message: &str, case: &str) {
    let body = match release {
        Six => format!(
            r#"{{"success":false,"error":"{message} [invalid-params]","errorType":"invalid-params"}}"#
        ),
        Eight => format!(r#"{{"success":false,"errorType":"invalid-params","error":"{message}"}}"#),
    };
    assert_eq!(answer.line(), format!("400 {body}"), "{release:?}: {case}");
    assert_eq!(answer.header("content-type"), Some(JSON), "{release:?}: {case}");
    // 6.13 forbids caches everywhere, 8.6 and newer only what an action says.
    let cache_control = (release == Six).then_some("no-store");
    assert_eq!(answer.header("cache-control"), cache_control, "{release:?}: {case}");
}

/// Sends a body of JSON's content type as it is.
pub(crate) async fn send_json(app: &TestApp, body: impl Into<reqwest::Body>) -> Answer {
    app.signed_in("plain").header("Content-Type", JSON).body(body).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_outside_the_schema_gets_the_first_message_of_ajv() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let before = app.dump().await;
        let by_release = match release {
            // The old documentation shows custom fields there.
            Six => [
                (r#"{"data":{"customFields":[]}}"#, NO_OBJECT),
                (r#"{"data":{"customFields":"x"}}"#, NO_OBJECT),
            ],
            Eight => [
                (r#"{"data":{"customFields":{}}}"#, UNKNOWN_KEY),
                (r#"{"data":{"customFields":null}}"#, UNKNOWN_KEY),
            ],
        };
        for (body, message) in [
            ("", NO_DATA),
            (" ", NO_DATA),
            ("not json", NO_DATA),
            (r#"'"data" :{"name":"x"}'"#, NO_DATA),
            (r#"{"data":{}"#, NO_DATA),
            (r#"{"data":{}}}"#, NO_DATA),
            (r#"{"data":{},}"#, NO_DATA),
            (r#"{"data":{"name":01}}"#, NO_DATA),
            (r#"{"data":{"name":NaN}}"#, NO_DATA),
            ("{\"data\":{\"name\":\"a\nb\"}}", NO_DATA),
            ("{}", NO_DATA),
            ("null", NO_DATA),
            ("true", NO_DATA),
            ("5", NO_DATA),
            (r#""data""#, NO_DATA),
            (r#"{"foo":1}"#, NO_DATA),
            (r#"{"Data":{}}"#, NO_DATA),
            ("[]", NO_OBJECT),
            (r#"[{"data":{}}]"#, NO_OBJECT),
            (r#"{"data":{},"foo":1}"#, UNKNOWN_KEY),
            (r#"{"data":null,"foo":1}"#, UNKNOWN_KEY),
            (r#"{"data":{},"":1}"#, UNKNOWN_KEY),
            (r#"{"data":null}"#, NO_OBJECT),
            (r#"{"data":"x"}"#, NO_OBJECT),
            (r#"{"data":""}"#, NO_OBJECT),
            (r#"{"data":[]}"#, NO_OBJECT),
            (r#"{"data":0}"#, NO_OBJECT),
            (r#"{"data":1}"#, NO_OBJECT),
            (r#"{"data":false}"#, NO_OBJECT),
            (r#"{"data":{"foo":1}}"#, UNKNOWN_KEY),
            (r#"{"data":{"foo":1,"name":{}}}"#, UNKNOWN_KEY),
            (r#"{"data":{"realname":"x"}}"#, UNKNOWN_KEY),
            (r#"{"data":{"foo":1},"customFields":"x"}"#, UNKNOWN_KEY),
            (r#"{"data":{"email":{}}}"#, NO_TEXT),
            (r#"{"data":{"name":{}}}"#, NO_TEXT),
            (r#"{"data":{"username":[]}}"#, NO_TEXT),
            (r#"{"data":{"nickname":["a"]}}"#, NO_TEXT),
            (r#"{"data":{"bio":{"a":1}}}"#, NO_TEXT),
            (r#"{"data":{"statusType":[1]}}"#, NO_TEXT),
            (r#"{"data":{"statusText":{}}}"#, NO_TEXT),
            (r#"{"data":{"currentPassword":[]}}"#, NO_TEXT),
            (r#"{"data":{"newPassword":{}}}"#, NO_TEXT),
            (r#"{"data":{"name":{}},"customFields":"x"}"#, NO_TEXT),
            (r#"{"data":{},"customFields":"x"}"#, NO_OBJECT),
            (r#"{"data":{},"customFields":[]}"#, NO_OBJECT),
            (r#"{"data":{},"customFields":1}"#, NO_OBJECT),
            (r#"{"data":{},"customFields":true}"#, NO_OBJECT),
        ]
        .into_iter()
        .chain(by_release)
        {
            breaks_the_schema(&send_json(&app, body).await, release, message, body);
        }
        assert_eq!(app.dump().await, before, "{release:?}");
        send_json(&app, VALID).await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_type_decides_how_the_body_is_read() {
    let form_data = "--x\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{}\r\n--x--\r\n";
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let before = app.dump().await;
        for (content_type, body, message) in [
            (None, VALID, NO_DATA),
            (Some(""), VALID, NO_DATA),
            (Some("text/plain"), VALID, NO_DATA),
            (Some("application/problem+json"), VALID, NO_DATA),
            (Some("text/json"), VALID, NO_DATA),
            (None, "", NO_DATA),
            (Some(MULTIPART), form_data, NO_DATA),
            (Some(MULTIPART), VALID, NO_DATA),
            (Some(FORM), "", NO_DATA),
            (Some(FORM), VALID, NO_DATA),
            (Some(FORM), "foo=1", NO_DATA),
            (Some(FORM), "data=x&foo=1", UNKNOWN_KEY),
            (Some(FORM), "data=%7B%7D", NO_OBJECT),
            (Some(FORM), "data=x&data=y&customFields=", NO_OBJECT),
        ] {
            let request = match content_type {
                Some(content_type) => app.signed_in("plain").header("Content-Type", content_type),
                None => app.signed_in("plain"),
            };
            let case = format!("{content_type:?} {body}");
            breaks_the_schema(&request.body(body).send().await, release, message, &case);
        }
        assert_eq!(app.dump().await, before, "{release:?}");
        for content_type in
            ["application/json; charset=utf-8", "application/json;charset=latin1", "x, application/json"]
        {
            app.signed_in("plain").header("Content-Type", content_type).body(VALID).send().await.user();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_utf_8_and_what_is_not_becomes_the_replacement_character() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let before = app.dump().await;
        let utf_16: Vec<u8> = VALID.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (case, body) in [
            ("UTF-16", utf_16),
            ("broken bytes between the values", b"{\"data\":\xff{}}".to_vec()),
            ("two byte order marks", b"\xEF\xBB\xBF\xEF\xBB\xBF{\"data\":{}}".to_vec()),
        ] {
            breaks_the_schema(&send_json(&app, body).await, release, NO_DATA, case);
        }
        let gzip = app.signed_in("plain").header("Content-Type", JSON).header("Content-Encoding", "gzip");
        let answer = gzip.body(GZIP.to_vec()).send().await;
        breaks_the_schema(&answer, release, NO_DATA, "compressed");
        assert_eq!(app.dump().await, before, "{release:?}");

        let (broken, marked) =
            (b"{\"data\":{\"bio\":\"a\xffb\xc3\"}}", b"\xEF\xBB\xBF{\"data\":{\"bio\":\"marked\"}}");
        for (body, bio) in [(broken.to_vec(), "a\u{FFFD}b\u{FFFD}"), (marked.to_vec(), "marked")] {
            assert_eq!(send_json(&app, body).await.user()["bio"], bio, "{release:?}");
            assert_eq!(app.stored("plain").await.get_str("bio").ok(), Some(bio), "{release:?}");
        }
    })
    .await;
}

/// What is stored of these fields of the person `plain`.
async fn stored_fields(app: &TestApp, fields: &Document) -> Document {
    let stored = app.stored("plain").await;
    fields.keys().map(|key| (key.clone(), stored.get(key).cloned().unwrap_or(Bson::Null))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_booleans_become_texts_and_null_changes_nothing() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for (data, stored) in [
            (r#""name":5,"username":7"#, doc! {"name": "5", "username": "7"}),
            (r#""nickname":1.50,"bio":1e21"#, doc! {"nickname": "1.5", "bio": "1e+21"}),
            (r#""nickname":-0,"bio":1e-7"#, doc! {"nickname": "0", "bio": "1e-7"}),
            (r#""nickname":true,"bio":false"#, doc! {"nickname": "true", "bio": "false"}),
            (
                r#""nickname":12345678901234567890,"bio":1e999"#,
                doc! {"nickname": "12345678901234567000", "bio": "Infinity"},
            ),
            (r#""statusText":true,"statusType":3"#, doc! {"statusText": "true", "statusDefault": "3"}),
            (
                r#""name":null,"username":null,"nickname":null,"statusText":null,"statusType":null"#,
                doc! {"name": "5", "username": "7", "nickname": "12345678901234567000", "statusText": "true"},
            ),
            (r#""email":null,"newPassword":null,"currentPassword":null"#, doc! {"name": "5"}),
        ] {
            send_json(&app, format!(r#"{{"data":{{{data}}}}}"#)).await.user();
            assert_eq!(stored_fields(&app, &stored).await, stored, "{release:?}: {data}");
        }
        for nothing in ["null", r#""""#, "0", "-0.0", "false", "{}"] {
            send_json(&app, format!(r#"{{"data":{{}},"customFields":{nothing}}}"#)).await.user();
            assert_eq!(app.stored("plain").await.get("customFields"), None, "{release:?}: {nothing}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_key_that_comes_twice_the_last_value_counts() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let body = r#"{"data":{"foo":1},"customFields":1,"data":{"bio":{},"name":"a","bio":"last","n\u0061me":"b"},"customFields":{}}"#;
        let user = send_json(&app, body).await.user();
        assert_eq!((user["name"].as_str(), user["bio"].as_str()), (Some("b"), Some("last")), "{release:?}");
    })
    .await;
}
