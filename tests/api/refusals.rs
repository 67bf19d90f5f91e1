//! What the workspace forbids, what the database forbids, and which refusal comes first.

use crate::support::{Options, ROUTE, plain_refusal, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const PERMISSIONS: [&str; 5] = [
    "Accounts_AllowUsernameChange",
    "Accounts_AllowUserStatusMessageChange",
    "Accounts_AllowRealNameChange",
    "Accounts_AllowEmailChange",
    "Accounts_AllowPasswordChange",
];

/// No proof is asked, and any password but a blank one is good enough.
fn lenient() -> Options {
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    options.setting("Accounts_Password_Policy_Enabled", false)
}

fn edit(what: &str) -> Result<Document, String> {
    let details = json!({"method": "insertOrUpdateUser", "action": "Update_user"});
    Err(refusal(&format!("Edit {what} is not allowed"), "error-action-not-allowed", &details))
}

fn not_allowed(method: &str) -> Result<Document, String> {
    Err(refusal("Not allowed", "error-not-allowed", &json!({"method": method})))
}

fn changing_email() -> Result<Document, String> {
    let details = json!({"method": "setEmail", "action": "Changing_email"});
    Err(refusal("Changing email is not allowed", "error-action-not-allowed", &details))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_where_profiles_are_fixed() {
    for (release, off) in [(Six, Bson::Null), (Eight, Bson::Boolean(false))] {
        let app = lenient().setting("Accounts_AllowUserProfileChange", off).start(release).await;
        let sent = [json!({}), json!({"bio": "b"}), json!({"bio": "b".repeat(261), "name": null})];
        app.check("plain", sent.map(|data| (data, not_allowed("saveUserProfile")))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_can_be_fixed_and_null_counts_as_an_edit() {
    for (release, off) in [(Six, Bson::Boolean(false)), (Eight, Bson::Null)] {
        let fixed = PERMISSIONS.iter().fold(lenient(), |options, id| options.setting(id, off.clone()));
        let forced_without_password = doc! {"$set": {"requirePasswordChange": true}};
        let app = fixed.user("oauth", forced_without_password).start(release).await;
        app.check(
            "plain",
            [
                (json!({"username": "free"}), edit("username")),
                (json!({"username": "PLAIN"}), edit("username")),
                (json!({"username": " plain"}), edit("username")),
                (json!({"username": ""}), edit("username")),
                (json!({"username": null}), edit("username")),
                (json!({"username": "plain"}), Ok(doc! {})),
                (json!({"statusText": "x"}), edit("user status")),
                (json!({"statusText": null}), edit("user status")),
                // Unchanged, it is no edit; that the setting forbids it is found later.
                (json!({"statusText": ""}), not_allowed("setUserStatus")),
                (json!({"name": "New Name"}), edit("user real name")),
                (json!({"name": ""}), edit("user real name")),
                (json!({"name": null}), edit("user real name")),
                (json!({"name": "Plain User"}), Ok(doc! {})),
                (json!({"email": "new@example.com"}), edit("user email")),
                (json!({"email": "PLAIN@example.com"}), edit("user email")),
                (json!({"email": ""}), edit("user email")),
                (json!({"email": null}), edit("user email")),
                (json!({"email": "plain@example.com"}), changing_email()),
                (json!({"newPassword": "x"}), edit("user password")),
                (json!({"newPassword": ""}), Ok(doc! {})),
                (json!({"newPassword": null}), Ok(doc! {})),
                (json!({"bio": "b", "nickname": "n"}), Ok(doc! {"bio": "b", "nickname": "n"})),
                (json!({"statusType": "online"}), Ok(doc! {})),
            ],
        )
        .await;
        app.check(
            "no-email",
            [(json!({"email": null}), Ok(doc! {})), (json!({"email": "x@example.com"}), changing_email())],
        )
        .await;
        app.check("legacy", [(json!({"statusText": ""}), edit("user status"))]).await;
        app.check("forced", [(json!({"newPassword": "x"}), edit("user password"))]).await;
        // Release 8 lets through a first username, and a password that somebody must choose and lacks.
        let (username, password) = match release {
            Six => (edit("username"), edit("user password")),
            Eight => (Ok(doc! {"username": "first"}), Ok(doc! {})),
        };
        app.check("no-username", [(json!({"username": "first"}), username)]).await;
        app.check("oauth", [(json!({"newPassword": "x"}), password)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_fixed_fields_the_first_in_the_originals_order_is_named() {
    six_and_eight(async |release| {
        let fixed = PERMISSIONS.iter().fold(lenient(), |options, id| options.setting(id, false));
        let app = fixed.start(release).await;
        let mut data = json!({
            "newPassword": "x", "email": "nonsense", "name": "  ", "statusText": "x", "username": "no spaces",
            "bio": "b".repeat(261),
        });
        for (field, what) in [
            ("username", "username"),
            ("statusText", "user status"),
            ("name", "user real name"),
            ("email", "user email"),
            ("newPassword", "user password"),
        ] {
            app.check("plain", [(data.clone(), edit(what))]).await;
            data.as_object_mut().expect("an object").remove(field);
        }
        app.change("plain", &data).await.is_refused_with("error-bio-size-exceeded");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_broken_rule_is_reported() {
    six_and_eight(async |release| {
        let app = Options::default()
            .setting("Accounts_AllowInvisibleStatusOption", false)
            .setting("Accounts_Password_Policy_Enabled", true)
            .setting("Accounts_CustomFields", r#"{"note": {"type": "text", "maxLength": 3}}"#)
            .start(release)
            .await;
        let digest = app.person("plain").password_digest();
        let mut body = json!({
            "data": {
                "newPassword": "weak", "email": "nonsense", "nickname": "n".repeat(121), "bio": "b".repeat(261),
                "statusType": "offline", "username": "no spaces", "name": "<", "currentPassword": null,
            },
            "customFields": {"note": "long"}, "unknown": 1,
        });
        let before = app.dump().await;
        for (path, error_type, good) in [
            ("/unknown", json!("invalid-params"), Value::Null),
            ("/data/name", Value::Null, json!("New Name")),
            ("/data/currentPassword", json!("totp-required"), json!(digest)),
            ("/data/username", json!("error-could-not-save-identity"), json!("free")),
            ("/data/statusType", json!("error-status-not-allowed"), json!("away")),
            ("/data/bio", json!("error-bio-size-exceeded"), json!("b")),
            ("/data/nickname", json!("error-nickname-size-exceeded"), json!("n")),
            ("/data/email", json!("error-invalid-email"), json!("new@example.com")),
            ("/data/newPassword", json!("error-password-policy-not-met"), json!("N3w-and-strong-enough")),
            ("/customFields/note", json!("error-user-registration-custom-field"), json!("ok")),
        ] {
            let answer = app.post("plain", &body).send().await;
            assert_eq!((answer.status, &answer.json()["errorType"]), (400, &error_type), "{release:?} {path}: {}", answer.body);
            if path == "/unknown" {
                body.as_object_mut().expect("an object").remove("unknown");
            } else {
                *body.pointer_mut(path).expect(path) = good;
            }
        }
        assert_eq!(app.dump().await, before);
        app.post("plain", &body).send().await.user();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_is_answered_in_its_own_words() {
    let copied_to = |field: &str| json!({"modifyRecordField": {"field": field}});
    let definition = json!({
        "id": copied_to("_id"), "first": copied_to("name.first"), "switch": copied_to("freeSwitchExtension"),
        "login": copied_to("username"),
    });
    six_and_eight(async |release| {
        let app = Options::default()
            .setting("Accounts_CustomFields", definition.to_string())
            .user("admin", doc! {"$set": {"freeSwitchExtension": "agent"}})
            .start(release)
            .await;
        let before = app.dump().await;
        for (field, words) in [
            ("id", "Performing an update on the path '_id' would modify the immutable field '_id'"),
            ("first", "Cannot create field 'first' in element {name: \"Plain User\"}"),
            ("switch", "E11000 duplicate key error collection"),
            ("login", "E11000 duplicate key error collection"),
        ] {
            let body = json!({"data": {"bio": "b"}, "customFields": {(field): "agent"}});
            let answer = app.post("plain", &body).send().await;
            let body = answer.json();
            let error = body["error"].as_str().expect("a text");
            assert!(error.contains(words), "{release:?} {field}: {error}");
            assert_eq!(answer.line(), plain_refusal(error));
        }
        assert_eq!(app.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rate_limiter_counts_too_much_is_refused_before_any_rule() {
    six_and_eight(async |release| {
        let app = Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "2/60000").start(release).await;
        let bad = json!({"data": {"bio": "b".repeat(261)}});
        for remaining in ["1", "0"] {
            let answer = app.post("legacy", &bad).send().await;
            answer.is_refused_with("error-bio-size-exceeded");
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
        }
        let answer = app.post("plain", &bad).send().await;
        let (start, rest) = answer.body.split_once("You must wait ").expect("the limiter's words");
        assert_eq!(
            (answer.status, start),
            (429, r#"{"success":false,"error":"Error, too many requests. Please slow down. "#)
        );
        let end = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        assert_eq!(end, r#" seconds before trying this endpoint again. [error-too-many-requests]"}"#);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_user_signs_nobody_in() {
    let text = "You must be logged in to do this.";
    for (release, body) in [
        (Six, json!({"status": "error", "message": text})),
        (Eight, json!({"success": false, "error": text, "status": "error", "message": text})),
    ] {
        let app = Options::default().start(release).await;
        let (plain, admin) = (app.person("plain"), app.person("admin"));
        let request = app.request(Method::POST, ROUTE).sign_in(&plain.id, &admin.token);
        let answer = request.json(&json!({"data": {"bio": "b"}})).send().await;
        assert_eq!(answer.line(), format!("401 {body}"));
    }
}
