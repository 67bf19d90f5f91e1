//! TOTP, backup codes and codes by e-mail: which are taken, what they spend, what a client is told.

mod by_email;

use crate::support::codes::{set_email_code, totp};
use crate::support::{Answer, Options, TestApp, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::BACKUP_CODES;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use serde_json::{Value, json};

fn new_email() -> Value {
    json!({"data": {"email": "new@example.com"}})
}

async fn post(app: &TestApp, handle: &str, body: &Value, method: &str, code: &str) -> Answer {
    app.post(handle, body).header("x-2fa-method", method).header("x-2fa-code", code).send().await
}

fn refused(id: &str, text: &str, details: &str) -> String {
    format!(r#"400 {{"success":false,"error":"{text} [{id}]","errorType":"{id}","details":{details}}}"#)
}

fn required(details: &str) -> String {
    refused("totp-required", "TOTP Required", details)
}

fn invalid(details: &str) -> String {
    refused("totp-invalid", "TOTP Invalid", details)
}

const ABOUT_TOTP: &str = r#"{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_totp_code_confirms_within_its_window_and_only_once() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let challenge = app.post("totp", &new_email()).send().await;
        assert_eq!(challenge.line(), required(ABOUT_TOTP));

        let too_old = post(&app, "totp", &new_email(), "totp", &totp(TimeDelta::seconds(-90))).await;
        assert_eq!(too_old.line(), invalid(ABOUT_TOTP));
        let code = totp(TimeDelta::zero());
        post(&app, "totp", &new_email(), "totp", &code).await.user();

        let again = post(&app, "totp", &json!({"data": {"email": "other@example.com"}}), "totp", &code).await;
        assert_eq!(again.line(), invalid(ABOUT_TOTP));
        let emails = app.stored("totp").await.get_array("emails").expect("emails").clone();
        assert_eq!(emails, vec![bson!({"address": "new@example.com", "verified": false})]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_totp_code_is_taken_again_where_that_is_allowed() {
    let app = Options::default().variable("RC_ACCOUNT_TOTP_REPLAY", "allow").start(Six).await;
    let code = totp(TimeDelta::zero());
    for address in ["a@example.com", "b@example.com"] {
        post(&app, "totp", &json!({"data": {"email": address}}), "totp", &code).await.user();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_spends_no_code() {
    let app = TestApp::eight().await;
    let code = totp(TimeDelta::zero());
    let bad = json!({"data": {"email": "new@example.com", "bio": "b".repeat(261)}});
    post(&app, "totp", &bad, "totp", &code).await.is_refused_with("error-bio-size-exceeded");
    post(&app, "totp", &bad, "totp", BACKUP_CODES[0]).await.is_refused_with("error-bio-size-exceeded");
    post(&app, "totp", &new_email(), "totp", BACKUP_CODES[0]).await.user();
    post(&app, "totp", &json!({"data": {"email": "c@example.com"}}), "totp", &code).await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_requests_with_one_code_exactly_one_passes() {
    // Whoever comes late guesses at the next code: that must not exhaust it here.
    let attempts = "Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts";
    let app = Options::default().setting(attempts, 1000).start(Six).await;
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    let totp = totp(TimeDelta::zero());
    for (handle, method, code) in
        [("totp", "totp", totp.as_str()), ("totp", "totp", BACKUP_CODES[1]), ("email2fa", "email", "048-213")]
    {
        let requests = (0..50).map(async |n| {
            let body = json!({"data": {"email": format!("{handle}{n}{}@example.com", code.len())}});
            post(&app, handle, &body, method, code).await
        });
        let answers = futures_util::future::join_all(requests).await;
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 1, "{method} {code}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.is_refused_with("totp-invalid");
            if method == "email" {
                let told = &answer.json()["details"]["emailOrUsername"];
                assert_eq!(told, "email2fa@example.com", "{}", answer.body);
            }
        }
    }
    let totp = services(&app, "totp").await.get_document("totp").expect("totp").clone();
    assert_eq!(totp.get_array("hashedBackup").expect("backup codes").len(), 11);
    let left = services(&app, "email2fa").await;
    let spent = |code: &Document| {
        !bcrypt::verify("048213", code.get_str("code").expect("a hash")).expect("a comparison")
    };
    assert!(left.get_document("emailCode").map_or(true, spent), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_backup_codes_at_once_are_both_spent() {
    let app = TestApp::six().await;
    let change = async |n: usize| {
        let body = json!({"data": {"email": format!("new{n}@example.com")}});
        post(&app, "totp", &body, "totp", BACKUP_CODES[n]).await
    };
    let (first, second) = futures_util::future::join(change(0), change(1)).await;
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.body, second.body);
    let totp = services(&app, "totp").await.get_document("totp").expect("totp").clone();
    assert_eq!(totp.get_array("hashedBackup").expect("backup codes").len(), 10);
}

async fn services(app: &TestApp, handle: &str) -> Document {
    app.stored(handle).await.get_document("services").expect("services").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switches_of_the_workspace_decide_which_methods_there_are() {
    let id = |switch: &str| format!("Accounts_TwoFactorAuthentication_{switch}_Enabled");
    let on = doc! {"$set": {"services.email2fa": {"enabled": true}}};
    for (all, by_totp, by_email) in (0..8).map(|bits| (bits & 4 > 0, bits & 2 > 0, bits & 1 > 0)) {
        let app = Options::default()
            .setting("Accounts_TwoFactorAuthentication_Enabled", all)
            .setting(&id("By_TOTP"), by_totp)
            .setting(&id("By_Email"), by_email)
            .user("totp", on.clone())
            .start(Six)
            .await;
        let answer = app.post("totp", &new_email()).send().await;
        let available: Vec<_> = [(by_totp, "totp"), (by_email, "email")]
            .into_iter()
            .filter_map(|(on, name)| on.then_some(name))
            .collect();
        if all {
            let details = &answer.json()["details"];
            assert_eq!(details["availableMethods"], json!(available));
            assert_eq!(details["method"], *available.first().unwrap_or(&"password"));
        } else {
            answer.user();
        }
    }
}
