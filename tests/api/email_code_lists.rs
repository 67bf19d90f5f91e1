//! Codes by e-mail as 6.5.0 and older have them: a list of up to five, none of which counts attempts.

use crate::support::{Answer, Options, TestApp};
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::Release::Six;
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/api/v1/users.2fa.sendEmailCode";
const HANDLE: &str = "email2fa";

fn options() -> Options {
    Options::standalone().variable("RC_ACCOUNT_RELEASE", "6.5.0")
}

fn new_email() -> Value {
    json!({"data": {"email": "new@example.com"}})
}

async fn with_code(app: &TestApp, body: &Value, code: &str) -> Answer {
    app.post(HANDLE, body).header("x-2fa-method", "email").header("x-2fa-code", code).send().await
}

fn listed(code: &str, ends_in_seconds: i64) -> Document {
    let expire = DateTime::from_millis(DateTime::now().timestamp_millis() + ends_in_seconds * 1000);
    doc! {"code": bcrypt::hash(code, 4).expect("a hash"), "expire": expire}
}

async fn store(app: &TestApp, codes: impl Into<Bson>) {
    let update = doc! {"$set": {"services.emailCode": codes.into()}};
    app.users().update_one(doc! {"_id": &app.person(HANDLE).id}, update).await.expect("updated");
}

async fn list(app: &TestApp) -> Vec<Document> {
    let stored = app.stored(HANDLE).await;
    let services = stored.get_document("services").expect("services");
    let codes = services.get_array("emailCode").unwrap_or_else(|_| panic!("no list: {services}"));
    codes.iter().filter_map(|code| code.as_document().cloned()).collect()
}

fn expiry(code: &Document) -> String {
    let expire = code.get_datetime("expire").expect("an end").to_chrono();
    expire.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The line of a refusal with these details behind the method.
fn refused(id: &str, text: &str, details: &str) -> String {
    format!(
        r#"400 {{"success":false,"error":"{text} [{id}]","errorType":"{id}","details":{{"method":"email",{details}}}}}"#
    )
}

/// What is told of the codes that are there.
fn there(codes: &[Document]) -> String {
    let ends: Vec<String> = codes.iter().map(expiry).collect();
    let (count, ends) = (codes.len(), json!(ends));
    format!(
        r#""emailOrUsername":"email2fa@example.com","codeGenerated":false,"codeCount":{count},"codeExpires":{ends}"#
    )
}

const GENERATED: &str = r#""codeGenerated":true,"emailOrUsername":"email2fa@example.com""#;

fn invalid(details: &str) -> String {
    refused("totp-invalid", "TOTP Invalid", details)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_made_in_a_list_and_then_counted_in_the_answer() {
    let app = options().start(Six).await;
    let challenge = |details: &str| {
        let details = format!(r#"{details},"availableMethods":["email"]"#);
        refused("totp-required", "TOTP Required", &details)
    };
    let first = app.post(HANDLE, &new_email()).send().await;
    assert_eq!(first.line(), challenge(GENERATED));
    let codes = list(&app).await;
    assert_eq!(codes.len(), 1);
    assert_eq!(codes[0].keys().collect::<Vec<_>>(), ["code", "expire"]);
    assert!(codes[0].get_str("code").expect("a hash").starts_with("$2b$10$"));
    let life = codes[0].get_datetime("expire").expect("an end").timestamp_millis()
        - DateTime::now().timestamp_millis();
    assert!((3_500_000..=3_600_000).contains(&life), "{life}");
    let second = app.post(HANDLE, &new_email()).send().await;
    assert_eq!(second.line(), challenge(&there(&codes)));
    assert_eq!(list(&app).await, codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_of_a_list_confirms_once_and_only_it_is_spent() {
    let app = options().without_remembering().start(Six).await;
    store(&app, vec![listed("111111", 60), listed("222222", 60)]).await;
    let codes = list(&app).await;
    with_code(&app, &new_email(), "222-222").await.user();
    assert_eq!(list(&app).await, codes[..1]);
    let body = json!({"data": {"email": "other@example.com"}});
    // The new address is not verified: the codes went to nobody any more.
    let verified = doc! {"$set": {"emails.0.verified": true, "emails.0.address": "email2fa@example.com"}};
    app.users().update_one(doc! {"_id": &app.person(HANDLE).id}, verified).await.expect("updated");
    assert_eq!(with_code(&app, &body, "222222").await.line(), invalid(&there(&codes[..1])));
    with_code(&app, &body, "111111").await.user();
    assert_eq!(list(&app).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_requests_with_one_code_of_a_list_exactly_one_passes() {
    let app = options().start(Six).await;
    store(&app, vec![listed("111111", 60), listed("222222", 60)]).await;
    let requests = (0..50).map(async |n| {
        let body = json!({"data": {"email": format!("new{n}@example.com")}});
        with_code(&app, &body, "111111").await
    });
    let answers = futures_util::future::join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.is_refused_with("totp-invalid");
    }
    let left: Vec<bool> = list(&app)
        .await
        .iter()
        .map(|code| bcrypt::verify("222222", code.get_str("code").expect("a hash")).expect("a comparison"))
        .collect();
    assert_eq!(left, [true], "the other code is untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_spends_no_code_of_a_list_and_no_number_of_guesses_uses_one_up() {
    let app = options().start(Six).await;
    store(&app, vec![listed("111111", 60)]).await;
    let codes = list(&app).await;
    for _ in 0..7 {
        assert_eq!(with_code(&app, &new_email(), "333333").await.line(), invalid(&there(&codes)));
    }
    let bad = json!({"data": {"email": "new@example.com", "bio": "b".repeat(261)}});
    with_code(&app, &bad, "111111").await.is_refused_with("error-bio-size-exceeded");
    assert_eq!(list(&app).await, codes);
    with_code(&app, &new_email(), "111111").await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_have_ended_leave_the_list_and_what_is_no_list_gives_way_to_one() {
    let app = options().start(Six).await;
    store(&app, vec![listed("111111", -600), listed("222222", 60)]).await;
    let usable = list(&app).await[1..].to_vec();
    assert_eq!(with_code(&app, &new_email(), "111111").await.line(), invalid(&there(&usable)));
    assert_eq!(list(&app).await, usable);
    let mut object = listed("111111", 60);
    object.insert("attempts", 0);
    for stored in [
        object.into(),
        Bson::Null,
        bson!([]),
        bson!([null, 5, {"code": 5}, {"expire": null}]),
        Bson::Array(vec![listed("111111", -600).into()]),
    ] {
        store(&app, stored.clone()).await;
        let answer = with_code(&app, &new_email(), "111111").await;
        assert_eq!(answer.line(), invalid(GENERATED), "{stored}");
        let newest = list(&app).await.pop().expect("a new code");
        assert!(newest.get_str("code").expect("a hash").starts_with("$2b$10$"), "{stored}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_the_five_newest_codes_and_each_of_them_confirms() {
    let app = options().start(Six).await;
    store(&app, (1..=6).map(|n| listed(&format!("{n}{n}{n}{n}{n}{n}"), 60).into()).collect::<Vec<Bson>>())
        .await;
    with_code(&app, &new_email(), "111111").await.is_refused_with("totp-invalid");
    let before = list(&app).await;
    let person = app.person(HANDLE);
    let own = app.request(Method::POST, SEND).sign_in(&person.id, &person.token);
    let answer = own.json(&json!({"emailOrUsername": HANDLE})).send().await;
    assert_eq!(answer.line(), r#"200 {"success":true}"#);
    let after = list(&app).await;
    assert_eq!((after.len(), &after[..4]), (5, &before[2..]));
    // Whoever is not signed in adds none beside those that can be used.
    app.request(Method::POST, SEND).json(&json!({"emailOrUsername": HANDLE})).send().await;
    assert_eq!(list(&app).await, after);
    with_code(&app, &new_email(), "333333").await.user();
    assert_eq!(list(&app).await, after[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_code_that_reached_no_one_is_taken_off_the_list() {
    let sink = Sink::start().await;
    let app = options().mail_server(&sink).start(Six).await;
    sink.behave(Behaviour::Recipient(550));
    for _ in 0..2 {
        let challenge = app.post(HANDLE, &new_email()).send().await;
        assert_eq!(challenge.json()["details"]["codeGenerated"], true, "{}", challenge.body);
        assert_eq!(list(&app).await, []);
    }
    sink.behave(Behaviour::Accept);
    app.post(HANDLE, &new_email()).send().await;
    let mail = sink.wait_for(|mail| mail.to == "email2fa@example.com").await;
    assert_eq!(list(&app).await.len(), 1);
    drop(mail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_takes_a_code_of_the_list_as_well() {
    let app = options().start(Six).await;
    store(&app, vec![listed("111111", 60), listed("222222", 60)]).await;
    let log_in = async |code: &str| {
        let password = format!("Secret-1-of-{HANDLE}");
        app.log_in(&json!({"user": HANDLE, "password": password, "code": code})).await
    };
    let answer = log_in("222222").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(list(&app).await.len(), 1);
    assert_eq!(log_in("222222").await.status, 401);
}
