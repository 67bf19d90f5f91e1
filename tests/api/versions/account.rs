//! The rows about the routes of the own account that are served stand-alone: what is seen of each at which version.

use super::rows::Row;
use crate::support::{Answer, Options, TestApp};
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const fn row(name: &'static str, seen: &'static [(&'static str, &'static str)]) -> Row {
    Row { name, seen }
}

pub const ACCOUNT: &[Row] = &[
    row("login_tells_oauth", &[("8.2.9", "not told"), ("8.3.0", "isOAuthUser: false")]),
    row(
        "logout_has_body",
        &[
            ("8.5.9", r#"200 {"status":"success","data":{"message":"You've been logged out!"}}"#),
            ("8.6.0", "200 "),
        ],
    ),
    row(
        "account_routes",
        &[
            ("8.5.9", "emailOrUsername is required [error-parameter-required]"),
            ("8.6.0", "must have required property 'emailOrUsername'"),
        ],
    ),
    row(
        "preference_keys",
        &[("7.12.9", "400, 400"), ("7.13.0", "200, 400"), ("8.5.9", "200, 400"), ("8.6.0", "200, 200")],
    ),
    row("confirmation_mail", &[("8.5.9", "401"), ("8.6.0", "200")]),
    row(
        "has_verify_email_route",
        &[("8.6.9", "404 404 Not Found"), ("8.7.0", r#"404 {"success":false,"error":"Resource not found"}"#)],
    ),
    row("auto_translate", &[("8.5.9", "1 translated"), ("8.6.0", "all translated")]),
];

/// For [`seen`].
pub fn options() -> Options {
    Options::standalone().setting("AutoTranslate_AutoEnableOnJoinRoom", true)
}

async fn post(app: &TestApp, handle: &str, route: &str, body: &Value) -> Answer {
    let person = app.person(handle);
    let request = app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(&person.id, &person.token);
    request.json(body).send().await
}

/// How many of the person's rooms are translated when a language is chosen, where one was before.
async fn translated(app: &TestApp) -> String {
    let rooms = app.database.collection::<Document>("rocketchat_subscription");
    let own = doc! {"u._id": &app.person("plain").id};
    let before = app.stored("plain").await;
    rooms.update_one(own.clone(), doc! {"$set": {"autoTranslate": true}}).await.expect("updated");
    post(app, "plain", "users.setPreferences", &json!({"data": {"language": "de"}})).await;
    app.put(&before).await;
    let (all, mut filter) = (rooms.count_documents(own.clone()).await.expect("counted"), own.clone());
    filter.insert("autoTranslate", true);
    let count = rooms.count_documents(filter).await.expect("counted");
    let unset = doc! {"$unset": {"autoTranslate": 1, "autoTranslateLanguage": 1}};
    rooms.update_many(own, unset).await.expect("updated");
    if count == all { "all translated".to_owned() } else { format!("{count} translated") }
}

pub async fn seen(app: &TestApp, row: &str) -> String {
    match row {
        "login_tells_oauth" => {
            let before = app.stored("plain").await;
            let body = json!({"user": "plain", "password": "Secret-1-of-plain"});
            let me = app.log_in(&body).await.json()["data"]["me"].clone();
            app.put(&before).await;
            me.get("isOAuthUser").map_or_else(|| "not told".to_owned(), |told| format!("isOAuthUser: {told}"))
        }
        "logout_has_body" => {
            let before = app.stored("plain").await;
            let answer = app.call(Method::POST, "/api/v1/logout", "plain").await;
            app.put(&before).await;
            answer.line()
        }
        "account_routes" => {
            let request = app.request(Method::POST, "/api/v1/users.2fa.sendEmailCode").json(&json!({}));
            request.send().await.json()["error"].as_str().expect("an error").to_owned()
        }
        "preference_keys" => {
            let before = app.stored("plain").await;
            let mut statuses = Vec::new();
            for data in [json!({"desktopNotificationVoiceCalls": true}), json!({"masterVolume": 5})] {
                let answer = post(app, "plain", "users.setPreferences", &json!({"data": data})).await;
                statuses.push(answer.status.to_string());
            }
            app.put(&before).await;
            statuses.join(", ")
        }
        "confirmation_mail" => {
            let request = app.request(Method::POST, "/api/v1/users.sendConfirmationEmail");
            request.json(&json!({"email": "nobody@example.com"})).send().await.status.to_string()
        }
        "has_verify_email_route" => {
            let request = app.request(Method::POST, "/api/v1/users.verifyEmail");
            request.json(&json!({"token": "nobody's"})).send().await.line()
        }
        "auto_translate" => translated(app).await,
        other => panic!("nothing is seen of {other}"),
    }
}
