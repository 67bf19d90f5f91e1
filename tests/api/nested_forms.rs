//! Forms as the routers of 6.x read them: nested keys, and the field `payload`.

use crate::support::{Answer, Options, Request, TestApp, at};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, doc};
use reqwest::Method;

const FORM: &str = "application/x-www-form-urlencoded";
const NOTE: &str = r#"{"note": {"type": "text", "required": false}}"#;

fn options() -> Options {
    Options::standalone().setting("Accounts_CustomFields", NOTE)
}

async fn send(request: Request, content_type: &str, body: &str) -> Answer {
    request.header("Content-Type", content_type).body(body.to_owned()).send().await
}

async fn form(app: &TestApp, body: &str) -> Answer {
    send(app.signed_in("plain"), FORM, body).await
}

fn breaks(answer: &Answer, message: &str) {
    let expected = format!(
        r#"400 {{"success":false,"error":"{message} [invalid-params]","errorType":"invalid-params"}}"#
    );
    assert_eq!(answer.line(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_keys_are_saved_as_the_json_that_says_the_same() {
    let app = options().start(Six).await;
    let body = "data[name]=New+Name&data%5Bbio%5D=a+%26+b&data[statusText]=&customFields[note]=n";
    let user = form(&app, body).await.user();
    assert_eq!((user["name"].as_str(), user["bio"].as_str()), (Some("New Name"), Some("a & b")));
    let stored = app.stored("plain").await;
    assert_eq!(stored.get_str("name").ok(), Some("New Name"));
    assert_eq!(at(&stored, "customFields"), Some(&doc! {"note": "n"}.into()));

    for (body, message) in [
        ("", "must have required property 'data'"),
        ("data=x", "must be object"),
        ("data[]=x", "must be object"),
        ("data[name][first]=x", "must be string"),
        ("data[name]=x&data[name]=y", "must be string"),
        ("data[realname]=x", "must NOT have additional properties"),
        ("data[name]=x&other=y", "must NOT have additional properties"),
        ("data[name]=x&customFields=y", "must be object"),
    ] {
        breaks(&form(&app, body).await, message);
    }
    assert_eq!(app.stored("plain").await, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_is_the_whole_body_in_a_form_and_in_json() {
    let app = options().start(Six).await;
    let first = form(&app, r#"payload={"data":{"bio":"first"}}"#).await;
    assert_eq!(first.user()["bio"], "first");
    // Whatever else there is.
    let second = form(&app, r#"data[bio]=x&payload=%7B%22data%22%3A%7B%22bio%22%3A%22second%22%7D%7D"#).await;
    assert_eq!(second.user()["bio"], "second");
    let json = r#"{"payload":"{\"data\":{\"bio\":\"third\"}}"}"#;
    assert_eq!(send(app.signed_in("plain"), "application/json", json).await.user()["bio"], "third");
    breaks(&form(&app, "payload={}").await, "must have required property 'data'");
    breaks(&form(&app, "payload=").await, "must have required property 'data'");

    let before = app.stored("plain").await;
    for (content_type, broken) in [
        (FORM, "payload={"),
        (FORM, "payload=x&data[bio]=x"),
        ("application/json", r#"{"payload":"{"}"#),
        ("application/json", r#"{"payload":{"data":{"bio":"x"}}}"#),
    ] {
        let answer = send(app.signed_in("plain"), content_type, broken).await;
        assert_eq!(answer.line(), "500 Server error.", "{broken}");
        assert_eq!(answer.header("content-type"), Some("text/html"), "{broken}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{broken}");
    }
    // The original looks at it before the credentials; whoever has none learns nothing here.
    let stranger = send(app.request(Method::POST, crate::support::ROUTE), FORM, "payload={").await;
    assert_eq!(stranger.status, 401);
    assert_eq!(app.stored("plain").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_and_a_payload_have_the_bounds_of_a_json_body() {
    let app = options().start(Six).await;
    let deep = |levels: usize| format!("data[bio]=b&customFields[unknown]{}=x", "[a]".repeat(levels));
    assert_eq!(form(&app, &deep(98)).await.status, 200);
    breaks(&form(&app, &deep(99)).await, "must NOT be nested deeper than 100 levels");
    let wide: String = (0..700).map(|n| format!("customFields[f{n}]=x&")).collect();
    breaks(&form(&app, &wide).await, "must NOT have more than 2048 names and values");
    let nested = format!("payload={}{}", "[".repeat(101), "]".repeat(101));
    breaks(&form(&app, &nested).await, "must NOT be nested deeper than 100 levels");
    let huge = format!("data[bio]={}", "b".repeat(300_000));
    assert_eq!(form(&app, &huge).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_routes_read_such_forms_too_and_newer_versions_none() {
    let app = options().start(Six).await;
    let password = "Secret-1-of-plain";
    let login = app.request(Method::POST, "/api/v1/login");
    let nested = format!("user[username]=plain&password={password}");
    // Not the usual form of a login: it goes to Meteor's handler as it is, which knows it.
    assert_eq!(send(login, FORM, &nested).await.status, 200);

    let app = options().start(Eight).await;
    for body in ["data[bio]=x", r#"payload={"data":{"bio":"x"}}"#, "payload={"] {
        let answer = form(&app, body).await;
        let expected = r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'data'"}"#;
        assert_eq!(answer.line(), expected, "{body}");
    }
    assert_eq!(at(&app.stored("plain").await, "bio"), Some(&Bson::from("Reads more than writes")));
}
