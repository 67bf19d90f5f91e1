//! The second factor at a login.

use crate::support::{Answer, Options, TestApp, six_and_eight};
use chrono::Utc;
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use devstack::workspace::{BACKUP_CODES, TOTP_SECRET};
use mongodb::bson::{DateTime, doc};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

const ABOUT_TOTP: &str = r#"{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}"#;

fn totp_code() -> String {
    let secret = Secret::try_from_base32(TOTP_SECRET).expect("base32");
    let now = Utc::now().timestamp().unsigned_abs();
    Builder::new().with_secret(secret).build_noncompliant().generate(now).to_string()
}

fn body(handle: &str, code: Option<&str>) -> Value {
    let mut body = json!({"user": handle, "password": format!("Secret-1-of-{handle}")});
    if let Some(code) = code {
        body["code"] = code.into();
    }
    body
}

async fn log_in(app: &TestApp, handle: &str, code: Option<&str>) -> Answer {
    app.log_in(&body(handle, code)).await
}

/// The error, the message and the details of a refusal in release 8.
fn refused(id: &str, text: &str, details: &str) -> String {
    format!(
        r#"401 {{"success":false,"error":"{id}","status":"error","details":{details},"message":"{text}"}}"#
    )
}

async fn set_email_code(app: &TestApp, code: &str) {
    let hash = bcrypt::hash(code, 4).expect("a hash");
    let expire = DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000);
    let update = doc! {"$set": {"services.emailCode": {"code": hash, "expire": expire, "attempts": 0}}};
    app.users().update_one(doc! {"_id": &app.person("email2fa").id}, update).await.expect("updated");
}

#[tokio::test(flavor = "multi_thread")]
async fn totp_is_asked_for_and_taken_once() {
    let app = Options::standalone().start(Eight).await;
    let asked = log_in(&app, "totp", None).await;
    assert_eq!(asked.line(), refused("totp-required", "TOTP Required", ABOUT_TOTP));
    let wrong = log_in(&app, "totp", Some("000000")).await;
    assert_eq!(wrong.line(), refused("totp-invalid", "TOTP Invalid", ABOUT_TOTP));
    assert_eq!(app.login_tokens("totp").await.len(), 1);

    let code = totp_code();
    // The password comes first: a code for a wrong one is not even looked at.
    let mut wrong_password = body("totp", Some(&code));
    wrong_password["password"] = "wrong".into();
    assert_eq!(app.log_in(&wrong_password).await.json()["error"], "Unauthorized");
    assert_eq!(log_in(&app, "totp", Some(&code)).await.status, 200);
    let again = log_in(&app, "totp", Some(&code)).await;
    assert_eq!(again.line(), refused("totp-invalid", "TOTP Invalid", ABOUT_TOTP));
    assert_eq!(app.login_tokens("totp").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_says_the_same_in_its_own_order() {
    let app = Options::standalone().start(Six).await;
    let asked = log_in(&app, "totp", None).await;
    let expected = format!(
        r#"401 {{"status":"error","error":"totp-required","details":{ABOUT_TOTP},"message":"TOTP Required"}}"#
    );
    assert_eq!(asked.line(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_may_come_in_the_header_without_a_method() {
    let app = Options::standalone().start(Eight).await;
    let request = app.request(reqwest::Method::POST, "/api/v1/login").header("x-2fa-code", &totp_code());
    let answer = request.json(&body("totp", None)).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_spent_by_a_login_confirms_no_change() {
    let app = Options::standalone().start(Eight).await;
    let code = totp_code();
    assert_eq!(log_in(&app, "totp", Some(&code)).await.status, 200);
    let change = app.post("totp", &json!({"data": {"email": "new@example.com"}}));
    let change = change.header("x-2fa-code", &code).header("x-2fa-method", "totp").send().await;
    change.is_refused_with("totp-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_email_is_made_when_it_is_asked_for() {
    let app = Options::standalone().start(Eight).await;
    let asked = log_in(&app, "email2fa", None).await;
    // Here the username is told, where other routes tell the address.
    let about = r#"{"method":"email","codeGenerated":true,"emailOrUsername":"email2fa","availableMethods":["email"]}"#;
    assert_eq!(asked.line(), refused("totp-required", "TOTP Required", about));
    let again = log_in(&app, "email2fa", None).await;
    assert_eq!(again.json()["details"]["codeGenerated"], false, "{}", again.body);
    assert!(again.json()["details"]["codeExpires"].is_string(), "{}", again.body);

    set_email_code(&app, "048213").await;
    assert_eq!(log_in(&app, "email2fa", Some("048-213")).await.status, 200);
    let stored = app.stored("email2fa").await;
    assert!(!stored.get_document("services").expect("services").contains_key("emailCode"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_was_mailed_signs_in() {
    six_and_eight(async |release| {
        let sink = Sink::start().await;
        let app = Options::standalone().mail_server(&sink).start(release).await;
        assert_eq!(log_in(&app, "email2fa", None).await.json()["error"], "totp-required");
        let mail = sink.wait_for(|mail| mail.to == "email2fa@example.com").await;
        let is_code = |word: &&str| word.len() == 7 && word.replace('-', "").parse::<u32>().is_ok();
        let code = mail.text.split_whitespace().find(is_code).expect("a code");
        assert_eq!(log_in(&app, "email2fa", Some(code)).await.status, 200);
        assert_eq!(log_in(&app, "email2fa", Some(code)).await.json()["error"], "totp-invalid");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_wrong_codes_by_email_are_told_apart() {
    let id = "Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts";
    let app = Options::standalone().setting(id, 2).start(Eight).await;
    set_email_code(&app, "048213").await;
    let error = async || log_in(&app, "email2fa", Some("111111")).await.json()["error"].clone();
    assert_eq!(error().await, "totp-invalid");
    assert_eq!(error().await, "totp-max-attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_logins_with_one_code_exactly_one_passes() {
    // So many failed ones would block the user.
    let blocks = "Block_Multiple_Failed_Logins_Enabled";
    let app = Options::standalone().setting(blocks, false).start(Six).await;
    set_email_code(&app, "048213").await;
    // Cheap to compare: many of these at a time take longer than a request may on a busy machine. Not so for codes by e-mail:
    // whoever comes when the code is spent is one more wrong guess.
    let person = app.person("totp");
    let hash = bcrypt::hash(person.password_digest(), 4).expect("a hash");
    let set = doc! {"$set": {"services.password.bcrypt": hash}};
    app.users().update_one(doc! {"_id": &person.id}, set).await.expect("updated");
    let totp = totp_code();
    for (handle, code) in [("totp", totp.as_str()), ("totp", BACKUP_CODES[3]), ("email2fa", "048213")] {
        let before = app.login_tokens(handle).await.len();
        let logins = (0..50).map(|_| log_in(&app, handle, Some(code)));
        let answers = futures_util::future::join_all(logins).await;
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 1, "{handle}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!((answer.status, answer.json()["error"].clone()), (401, "totp-invalid".into()));
            if handle == "email2fa" {
                assert_eq!(answer.json()["details"]["emailOrUsername"], "email2fa", "{}", answer.body);
            }
        }
        assert_eq!(app.login_tokens(handle).await.len(), before + 1);
    }
    let stored = app.stored("totp").await;
    let totp = stored.get_document("services").and_then(|services| services.get_document("totp"));
    assert_eq!(totp.expect("totp").get_array("hashedBackup").expect("backup codes").len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_spends_no_code() {
    let app = Options::standalone().start(Eight).await;
    let activate = async |active: bool| {
        let set = doc! {"$set": {"active": active}};
        app.users().update_one(doc! {"_id": &app.person("totp").id}, set).await.expect("updated");
    };
    activate(false).await;
    let refused = log_in(&app, "totp", Some(BACKUP_CODES[0])).await;
    assert_eq!(refused.json()["error"], "error-user-is-not-activated");
    activate(true).await;
    assert_eq!(log_in(&app, "totp", Some(BACKUP_CODES[0])).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_use_up_the_budget_of_guesses() {
    six_and_eight(async |release| {
        let app = Options::standalone().variable("RC_ACCOUNT_GUESS_BUDGET", "2/60000").start(release).await;
        for _ in 0..2 {
            assert_eq!(log_in(&app, "totp", Some("000000")).await.json()["error"], "totp-invalid");
        }
        let refused = log_in(&app, "totp", Some(&totp_code())).await;
        assert_eq!(refused.status, 429, "{}", refused.body);
        assert!(refused.body.starts_with(r#"{"success":false,"error":"Error, too many requests."#));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_method_or_where_it_is_switched_off_passes_without_a_code() {
    let off = "Accounts_TwoFactorAuthentication_Enabled";
    let app = Options::standalone().setting(off, false).start(Eight).await;
    assert_eq!(log_in(&app, "totp", None).await.status, 200);
    let by_totp = "Accounts_TwoFactorAuthentication_By_TOTP_Enabled";
    let app = Options::standalone().setting(by_totp, false).start(Eight).await;
    assert_eq!(log_in(&app, "totp", None).await.status, 200);
    assert_eq!(log_in(&app, "plain", Some("000000")).await.status, 200, "a code that nobody asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_turned_on_while_somebody_signs_in_is_asked_for() {
    let totp = doc! {"services.totp": {"enabled": true, "secret": devstack::workspace::TOTP_SECRET}};
    for (method, fields) in [("totp", totp), ("email", doc! {"services.email2fa": {"enabled": true}})] {
        let app = Options::standalone().start(Six).await;
        let before = app.login_tokens("plain").await;
        app.intrude("plain", Some(doc! {"$set": fields}));
        let password = &app.person("plain").password;
        let answer = app.log_in(&json!({"user": "plain", "password": password})).await.json();
        assert_eq!(
            (&answer["error"], &answer["details"]["method"]),
            (&json!("totp-required"), &json!(method))
        );
        assert_eq!(app.login_tokens("plain").await, before);
    }
}
