//! The method bridge: `saveUserProfile` as web and mobile clients up to 7.x call it over REST. More of it:
//! `conformance/cases/method-call.toml`.

mod limits;

use crate::support::{Answer, Options, TestApp, codes, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::BACKUP_CODES;
use devstack::workspace::Release::{self, Six};
use mongodb::bson::{DateTime, bson};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/method.call/saveUserProfile";
/// From 8.0 on there is no such method.
const WITH_THE_METHOD: [&str; 2] = ["6.13.0", "7.13.5"];

fn message(params: &Value) -> String {
    json!({"msg": "method", "id": "17", "method": "saveUserProfile", "params": params}).to_string()
}

async fn send(app: &TestApp, handle: &str, body: &Value) -> Answer {
    let person = app.person(handle);
    app.request(Method::POST, PATH).sign_in(&person.id, &person.token).json(body).send().await
}

async fn save(app: &TestApp, handle: &str, params: &Value) -> Answer {
    send(app, handle, &json!({"message": message(params)})).await
}

const SAVED: &str = r#"200 {"message":"{\"msg\":\"result\",\"id\":\"17\",\"result\":true}","success":true}"#;

/// The whole answer to a call that fails with this error object.
fn failed(release: Release, error: &str) -> String {
    let frame = format!(r#"{{"msg":"result","id":"17","error":{error}}}"#);
    let (status, success) = if release == Six { (200, true) } else { (400, false) };
    format!("{status} {}", json!({"message": frame, "success": success}))
}

fn meteor_error(id: &str, reason: &str, details: &str) -> String {
    format!(
        r#"{{"isClientSafe":true,"error":"{id}","reason":"{reason}","details":{details},"message":"{reason} [{id}]","errorType":"Meteor.Error"}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_second_factor_confirms_as_the_last_parameter_and_in_the_headers() {
    for version in WITH_THE_METHOD {
        let app = Options::default().variable("RC_ACCOUNT_RELEASE", version).start(Six).await;
        let digest = app.person("plain").password_digest();
        codes::set_email_code(&app, "email2fa", "048213", 60, 0).await;
        let totp = codes::totp(TimeDelta::zero());
        for (handle, method, code) in [
            ("plain", "password", digest.as_str()),
            ("totp", "totp", totp.as_str()),
            ("totp", "totp", BACKUP_CODES[3]),
            ("email2fa", "email", "048-213"),
        ] {
            let new = json!({"email": format!("new-{handle}-{}@example.com", code.len())});
            let factor = json!({"twoFactorCode": code, "twoFactorMethod": method});
            assert_eq!(save(&app, handle, &json!([new, {}, factor])).await.line(), SAVED, "{method}");
            assert_eq!(
                app.stored(handle).await.get_array("emails").expect("emails")[0],
                bson!({
                    "address": new["email"].as_str(), "verified": false,
                })
            );
        }
        let person = app.person("agent");
        let request = app.request(Method::POST, PATH).sign_in(&person.id, &person.token);
        codes::set_email_code(&app, "agent", "048213", 60, 0).await;
        let body = json!({"message": message(&json!([{"email": "header@example.com"}, {}]))});
        let request = request.header("x-2fa-code", "048213").header("x-2fa-method", "email");
        assert_eq!(request.json(&body).send().await.line(), SAVED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_password_inside_the_settings_confirms_for_users_without_a_method() {
    let app = TestApp::six().await;
    for (key, address) in [("currentPassword", "a@example.com"), ("typedPassword", "b@example.com")] {
        let settings = json!({"email": address, key: app.person("plain").password_digest()});
        assert_eq!(save(&app, "plain", &json!([settings])).await.line(), SAVED, "{key}");
    }
    let settings = json!({"email": "c@example.com", "currentPassword": app.person("totp").password_digest()});
    let details = r#"{"method":"totp","codeGenerated":false,"availableMethods":["totp"]}"#;
    let challenge = failed(Six, &meteor_error("totp-required", "TOTP Required", details));
    assert_eq!(save(&app, "totp", &json!([settings])).await.line(), challenge);
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_in_a_refusal_are_of_extended_json() {
    for version in WITH_THE_METHOD {
        let app = Options::default().variable("RC_ACCOUNT_RELEASE", version).start(Six).await;
        codes::set_email_code(&app, "email2fa", "048213", 60, 0).await;
        let before = app.dump().await;
        let expire = app.stored("email2fa").await;
        let expire = expire.get_document("services").and_then(|services| services.get_document("emailCode"));
        let expire = expire.expect("a code").get_datetime("expire").expect("an end").timestamp_millis();

        let email = format!(
            r#"{{"method":"email","emailOrUsername":"email2fa@example.com","codeGenerated":false,"codeExpires":{{"$date":{expire}}},"availableMethods":["email"]}}"#
        );
        let new_email = json!([{"email": "new@example.com"}]);
        let challenge = failed(Six, &meteor_error("totp-required", "TOTP Required", &email));
        assert_eq!(save(&app, "email2fa", &new_email).await.line(), challenge);
        assert_eq!(app.dump().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_refused_clearly() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for method in ["setUserPassword", "2fa:enable", "2fa:disable", "saveuserprofile"] {
            let inner = json!({"msg": "method", "id": "17", "method": method, "params": []}).to_string();
            let reason = format!("Method '{method}' not found");
            let error = format!(
                r#"{{"isClientSafe":true,"error":404,"reason":"{reason}","message":"{reason} [404]","errorType":"Meteor.Error"}}"#
            );
            let answer = send(&app, "plain", &json!({"message": inner})).await;
            assert_eq!(answer.line(), failed(release, &error));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_calls_with_one_code_exactly_one_passes() {
    let app = TestApp::six().await;
    let calls = (0..50).map(async |n| {
        let new = json!({"email": format!("new{n}@example.com")});
        let factor = json!({"twoFactorCode": BACKUP_CODES[0], "twoFactorMethod": "totp"});
        save(&app, "totp", &json!([new, null, factor])).await
    });
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.line() == SAVED).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.body.contains("totp-invalid")).count(), 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions_here_too() {
    let app = TestApp::six().await;
    let before = DateTime::now();
    let settings = json!({"newPassword": "N3w-and-strong-enough"});
    let factor =
        json!({"twoFactorCode": app.person("plain").password_digest(), "twoFactorMethod": "password"});
    assert_eq!(save(&app, "plain", &json!([settings, {}, factor])).await.line(), SAVED);
    let stored = app.stored("plain").await;
    let tokens = stored.get_document("services").and_then(|services| services.get_document("resume"));
    assert_eq!(tokens.expect("resume").get_array("loginTokens").expect("tokens").len(), 1);
    assert!(stored.get_datetime("_updatedAt").expect("a date") >= &before);
}
