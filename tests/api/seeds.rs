//! The two documentation pages that started this: their examples hold.

use crate::support::{Options, ROUTE, TestApp};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const USER_ID: &str = "rbAXPnMktTFbNpwtJ";
const TOKEN: &str = "RScctEHSmLGZGywfIhWyRpyofhKOiMoUIpimhvheU3f";
const HASHED_TOKEN: &str = "mKvHbpuMqYlkjo15nA68sXqlJ4hvDUDKrQL+ffChrE8=";
/// The SHA-256 digest that the pages show.
const DIGEST: &str = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";

/// The user of the first page, as far as the page shows a document.
fn documented_user() -> Document {
    let date = |text: &str| DateTime::parse_rfc3339_str(text).expect("a date");
    doc! {
        "_id": USER_ID,
        "createdAt": date("2023-02-20T13:42:07.119Z"),
        "services": {
            "password": {"bcrypt": bcrypt::hash(DIGEST, 4).expect("a hash")},
            "email2fa": {"enabled": false, "changedAt": date("2023-02-20T13:42:07.118Z")},
            "resume": {"loginTokens": [{"when": date("2023-09-16T09:27:10.959Z"), "hashedToken": HASHED_TOKEN}]},
            "email": {"verificationTokens": [
                {"token": "lHq_4L8Orgxu2p5NhfVb0V9kA7kO1VaBXA5GmaJiuX3", "address": "user@example.com",
                 "when": date("2023-05-23T18:47:07.142Z")},
            ]},
            "totp": {"enabled": false, "secret": "NEVERSHOWN", "hashedBackup": ["NEVERSHOWN"]},
            "passwordHistory": ["$2b$10$n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S"],
        },
        "username": "roxie",
        "emails": [{"address": "user@example.com", "verified": true}],
        "type": "user",
        "status": "offline",
        "active": true,
        "_updatedAt": date("2023-09-19T16:10:58.873Z"),
        "__rooms": ["GENERAL", "siyr2oWQJBjQjhLwr"],
        "roles": ["user", "admin"],
        "name": "test test",
        "settings": {"preferences": {"themeAppearence": "light"}, "profile": {}},
        "lastLogin": date("2023-09-19T16:00:19.657Z"),
        "statusConnection": "away",
        "utcOffset": 1,
        "banners": {"versionUpdate-6_0_0": {
            "id": "versionUpdate-6_0_0", "priority": 10, "modifiers": [], "read": true,
        }},
        "statusDefault": "offline",
        "livechat": {"maxNumberSimultaneousChat": ""},
        "nickname": "",
        "e2e": {"private_key": "NEVERSHOWN", "public_key": "x"},
        "importIds": ["NEVERSHOWN"],
    }
}

async fn app_with_documented_user(release: Release) -> TestApp {
    let app = Options::default().setting("Accounts_Password_Policy_Enabled", false).start(release).await;
    app.users().insert_one(documented_user()).await.expect("inserted");
    app
}

/// The body of the first page: everything that it documents.
fn documented_body() -> Value {
    json!({"data": {
        "newPassword": "passw0rd", "currentPassword": DIGEST, "nickname": "cake", "bio": "Engineer",
        "username": "example", "name": "Example User", "statusType": "offline", "statusText": "On a vacation",
    }})
}

async fn post(app: &TestApp, body: &Value) -> crate::support::Answer {
    let request = app.request(Method::POST, ROUTE).sign_in(USER_ID, TOKEN).json(body);
    request.header("x-2fa-code", "148750").header("x-2fa-method", "password").send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_answers_the_first_page_with_the_stored_document() {
    let app = app_with_documented_user(Six).await;
    // The page's digest is that of another password than its newPassword.
    let answer = post(&app, &documented_body()).await;
    assert!(
        answer
            .body
            .starts_with(r#"{"user":{"_id":"rbAXPnMktTFbNpwtJ","createdAt":"2023-02-20T13:42:07.119Z","#)
    );
    assert!(answer.body.ends_with(r#"},"success":true}"#));
    let user = answer.user();
    let expected = json!({
        "email2fa": {"enabled": false, "changedAt": "2023-02-20T13:42:07.118Z"},
        "email": {"verificationTokens": [{
            // The page shows it; but with it, anybody could verify the address.
            "token": "[masked]", "address": "user@example.com", "when": "2023-05-23T18:47:07.142Z",
        }]},
        "totp": {"enabled": false},
    });
    for (service, value) in expected.as_object().expect("an object") {
        assert_eq!(&user["services"][service], value);
    }
    let token = &user["services"]["resume"]["loginTokens"][0];
    assert_eq!(
        (&token["when"], &token["hashedToken"]),
        (&json!("2023-09-16T09:27:10.959Z"), &json!(HASHED_TOKEN))
    );
    assert_eq!(token["twoFactorAuthorizedHash"].as_str().expect("a fingerprint").len(), 32);
    assert!(token["twoFactorAuthorizedUntil"].as_str().expect("a date").ends_with('Z'));
    assert!(user["services"]["password"]["bcrypt"].as_str().expect("a hash").starts_with("$2b$10$"));
    assert_eq!(user["services"]["passwordHistory"].as_array().expect("a list").len(), 2);
    for (key, value) in [
        ("username", json!("example")),
        ("name", json!("Example User")),
        ("nickname", json!("cake")),
        ("bio", json!("Engineer")),
        ("statusText", json!("On a vacation")),
        ("statusDefault", json!("offline")),
        ("__rooms", json!(["GENERAL", "siyr2oWQJBjQjhLwr"])),
        ("settings", json!({"preferences": {"themeAppearence": "light"}, "profile": {}})),
        ("utcOffset", json!(1)),
        ("livechat", json!({"maxNumberSimultaneousChat": ""})),
    ] {
        assert_eq!(user[key], value, "{key}");
    }
    assert!(user["banners"]["versionUpdate-6_0_0"]["read"].as_bool().expect("a flag"));
    assert!(!answer.body.contains("NEVERSHOWN"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_works_as_a_key_leaves_in_any_mode() {
    const SECRET: &str = "NEVERSHOWN";
    let secrets = doc! {
        "services.totp.tempSecret": SECRET, "services.emailCode": {"code": SECRET},
        "services.password.reset": {"token": SECRET}, "services.password.enroll": {"token": SECRET},
        "services.password.argon2": SECRET, "services.resume.loginTokensToDelete": [{"token": SECRET}],
        "services.email.verificationTokens.0.token": SECRET,
        "services.google": {"accessToken": SECRET}, "services.github": {"id": 1, "accessToken": SECRET},
        "services.cloud": {"refreshToken": SECRET}, "services.iframe": {"token": SECRET},
        "services.acme": {"whatever": [SECRET]}, "statusVisibilityDeniedByAdmin": [SECRET],
    };
    for (release, mode) in [(Six, "full"), (Six, "masked"), (Eight, "full"), (Eight, "masked")] {
        let app = Options::standalone().variable("RC_ACCOUNT_REPLY", mode).start(release).await;
        app.users().insert_one(documented_user()).await.expect("inserted");
        let mut legacy =
            doc! {"$push": {"services.resume.loginTokens": {"token": SECRET, "when": DateTime::now()}}};
        legacy.insert("$set", secrets.clone());
        app.users().update_one(doc! {"_id": USER_ID}, legacy).await.expect("updated");
        let saved = post(&app, &json!({"data": {"bio": "Engineer"}})).await;
        let own = app.request(Method::GET, "/api/v1/me").sign_in(USER_ID, TOKEN).send().await;
        for answer in [saved, own] {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(!answer.body.contains(SECRET), "{mode}: {}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_answers_the_first_page_with_the_reshaped_document() {
    let app = app_with_documented_user(Eight).await;
    let user = post(&app, &documented_body()).await.user();
    assert_eq!(user["services"], json!({"password": {"exists": true}}));
    assert_eq!(user["settings"], json!({"profile": {}, "calendar": {}}));
    assert_eq!(user["banners"], json!({}));
    assert_eq!(user["email"], "user@example.com");
    assert_eq!(user["avatarUrl"], "http://localhost:3000/avatar/example");
    assert_eq!(user["isOAuthUser"], false);
    assert_eq!(user["bio"], "Engineer");
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_replies_keep_their_shape_and_hide_hashes_under_release_6() {
    let app = Options::default().variable("RC_ACCOUNT_REPLY", "masked").start(Six).await;
    app.users().insert_one(documented_user()).await.expect("inserted");
    let user = post(&app, &json!({"data": {"bio": "Engineer"}})).await.user();
    let services = json!({
        "password": {"bcrypt": "[masked]"},
        "email2fa": {"enabled": false, "changedAt": "2023-02-20T13:42:07.118Z"},
        "resume": {"loginTokens": [{"when": "2023-09-16T09:27:10.959Z", "hashedToken": "[masked]"}]},
        "email": {"verificationTokens": [
            {"token": "[masked]", "address": "user@example.com", "when": "2023-05-23T18:47:07.142Z"},
        ]},
        "totp": {"enabled": false},
        "passwordHistory": ["[masked]"],
    });
    assert_eq!(user["services"], services);
    assert_eq!(user["settings"]["preferences"]["themeAppearence"], "light");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_pages_malformed_curl_is_told_that_data_is_missing() {
    let body = "\"data\" :{\"email\": \"rocket.cat@rocket.chat\", \"newPassword\": \"passw0rd\",\n     \
                \"currentPassword\": \"5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5\",\n      \
                \"username\": \"rocket.cat\", name\": \"Example user\" }";
    for (release, expected) in [
        (
            Six,
            r#"400 {"success":false,"error":"must have required property 'data' [invalid-params]","errorType":"invalid-params"}"#,
        ),
        (
            Eight,
            r#"400 {"success":false,"errorType":"invalid-params","error":"must have required property 'data'"}"#,
        ),
    ] {
        let app = app_with_documented_user(release).await;
        let before = app.dump().await;
        let request = app.request(Method::POST, ROUTE).sign_in(USER_ID, TOKEN);
        let answer = request.header("Content-type", "application/json").body(body).send().await;
        assert_eq!(answer.line(), expected);
        assert_eq!(app.dump().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_pages_call_works_once_its_json_is_whole() {
    let app = app_with_documented_user(Six).await;
    let body = json!({"data": {
        "email": "new.address@example.com", "newPassword": "passw0rd", "currentPassword": DIGEST,
        "username": "roxie", "name": "Example user",
    }});
    let user = post(&app, &body).await.user();
    assert_eq!(user["emails"], json!([{"address": "new.address@example.com", "verified": false}]));
    let stored = app.users().find_one(doc! {"_id": USER_ID}).await.expect("find").expect("a document");
    let token = &user["services"]["email"]["verificationTokens"][1];
    assert_eq!(token["address"], "new.address@example.com");
    assert_eq!(
        stored.get_array("emails").expect("emails")[0],
        bson!({"address": "new.address@example.com", "verified": false})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_both_pages_answer_401() {
    let text = "You must be logged in to do this.";
    for (release, expected) in [
        (Six, format!(r#"401 {{"status":"error","message":"{text}"}}"#)),
        (Eight, format!(r#"401 {{"success":false,"error":"{text}","status":"error","message":"{text}"}}"#)),
    ] {
        let app = app_with_documented_user(release).await;
        let answer = app.request(Method::POST, ROUTE).json(&documented_body()).send().await;
        assert_eq!(answer.line(), expected);
    }
}
