//! The rows about the routes of the own account that are served stand-alone: what is seen of each at which version.

use super::rows::Row;
use crate::support::{Options, TestApp};
use reqwest::Method;
use serde_json::json;

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
];

/// For [`seen`].
pub fn options() -> Options {
    Options::standalone()
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
        other => panic!("nothing is seen of {other}"),
    }
}
