//! The body: its content type and its encoding. Its schema and coercion are in `conformance/cases/body.toml`.

use crate::support::{Answer, Options, TestApp, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};

const NO_DATA: &str = "must have required property 'data'";
const NO_OBJECT: &str = "must be object";
pub(crate) const UNKNOWN_KEY: &str = "must NOT have additional properties";

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
