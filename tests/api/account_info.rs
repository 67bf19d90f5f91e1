//! What one is told about oneself and about the workspace, and the end of all sessions, stand-alone.

use crate::support::{Options, TestApp, plain_refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

async fn info(app: &TestApp, handle: &str, query: &str) -> String {
    app.call(Method::GET, &format!("/api/v1/users.info{query}"), handle).await.line()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_user_is_shown_without_anything_that_works_as_a_key() {
    six_and_eight(async |release| {
        let app = Options::standalone()
            .setting("Accounts_CustomFields", r#"{"twitter": {"type": "text", "required": false}}"#)
            .start(release)
            .await;
        for handle in ["agent", "totp", "oauth", "legacy", "pat", "email2fa"] {
            let id = app.person(handle).id.clone();
            let answer = app.call(Method::GET, &format!("/api/v1/users.info?userId={id}"), handle).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            for secret in ["$2b$", "$2a$", "hashed", "oken\"", "secret", "Backup", "verifier"] {
                assert!(!answer.body.contains(secret), "{handle}: {secret}: {}", answer.body);
            }
            let user = answer.json()["user"].clone();
            assert_eq!(user["canViewAllInfo"], true);
            for hidden in ["settings", "language", "banners", "statusDefault", "e2e", "__rooms", "rooms"] {
                assert!(user.get(hidden).is_none(), "{handle}: {hidden}");
            }
        }
        let agent = app.call(Method::GET, "/api/v1/users.info?username=agent", "agent").await;
        assert!(agent.body.starts_with(r#"{"user":{"_id":""#), "{}", agent.body);
        assert!(agent.body.ends_with(r#""canViewAllInfo":true},"success":true}"#), "{}", agent.body);
        let user = agent.json()["user"].clone();
        assert_eq!(user["customFields"], json!({"twitter": "@agent"}), "only what is defined");
        assert_eq!(
            user["services"],
            json!({"password": true, "email2fa": {"enabled": true}, "totp": {"enabled": false}})
        );
        assert_eq!(user.get("statusSource").is_some(), release == Eight);
        let query =
            if release == Six { "&fields=%7B%22userRooms%22%3A1%7D" } else { "&includeUserRooms=true" };
        let with_rooms =
            app.call(Method::GET, &format!("/api/v1/users.info?username=agent{query}"), "agent").await;
        let rooms = with_rooms.json()["user"]["rooms"].as_array().expect("rooms").clone();
        assert!(!rooms.is_empty());
        let kinds: Vec<&str> = rooms.iter().map(|room| room["t"].as_str().expect("a kind")).collect();
        assert!(kinds.is_sorted(), "{kinds:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_named_must_be_oneself() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let missing = ["userId", "username", "importId", "email", "freeSwitchExtension"];
        let missing = if release == Six { &missing[..3] } else { &missing[..] };
        let mut text: Vec<String> =
            missing.iter().map(|name| format!("must have required property '{name}'")).collect();
        text.push("must match a schema in anyOf".to_owned());
        let text = text.join("\n ");
        let expected = match release {
            Six => json!({
                "success": false, "error": format!("{text} [invalid-params]"), "errorType": "invalid-params",
            }),
            Eight => json!({"success": false, "errorType": "error-invalid-params", "error": text}),
        };
        assert_eq!(info(&app, "plain", "").await, format!("400 {expected}"));
        assert_eq!(info(&app, "plain", "?userId=").await, plain_refusal("Invalid search query."));
        for other in ["?userId=nobody", "?username=agent", "?username=PLAIN"] {
            assert_eq!(info(&app, "plain", other).await, plain_refusal("User not found."), "{other}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sessions_end_at_once() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let log_out = async |handle: &str, body: Value| {
            let person = app.person(handle);
            let request =
                app.request(Method::POST, "/api/v1/users.logout").sign_in(&person.id, &person.token);
            request.json(&body).send().await.line()
        };
        let (pat, agent) = (app.person("pat").id.clone(), app.person("agent").id.clone());
        let before = app.stored("pat").await;
        let said = |id: &str| format!(r#"200 {{"message":"User {id} has been logged out!","success":true}}"#);
        assert_eq!(log_out("pat", json!({})).await, said(&pat));
        assert!(app.login_tokens("pat").await.is_empty(), "access tokens as well");
        assert_eq!(app.stored("pat").await.get("_updatedAt"), before.get("_updatedAt"));
        assert_eq!(app.call(Method::GET, "/api/v1/me", "pat").await.status, 401);

        let forbidden = r#"403 {"success":false,"error":"unauthorized"}"#;
        assert_eq!(log_out("plain", json!({"userId": agent})).await, forbidden);
        assert_eq!(log_out("admin", json!({"userId": agent})).await, said(&agent));
        assert_eq!(log_out("admin", json!({"userId": "nobody"})).await, said("nobody"));
        assert!(app.login_tokens("agent").await.is_empty());
        assert!(log_out("plain", json!({"x": 1})).await.starts_with("400 "));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_know_public_settings_and_no_others() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let read = async |query: &str| {
            let answer = app.request(Method::GET, &format!("/api/v1/settings.public{query}")).send().await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.json()
        };
        let two = read("?_id=Accounts_AllowEmailChange,%20Accounts_AllowUsernameChange").await;
        let expected = json!({
            "settings": [
                {"_id": "Accounts_AllowEmailChange", "value": true, "enterprise": false},
                {"_id": "Accounts_AllowUsernameChange", "value": true, "enterprise": false},
            ],
            "count": 2, "offset": 0, "total": 2, "success": true,
        });
        assert_eq!(two.to_string(), expected.to_string());
        let secret =
            read("?_id=SMTP_Password,Accounts_SystemBlockedUsernameList,Accounts_BlockedDomainsList").await;
        assert_eq!(secret["total"], 0);
        let page = read("?count=3&offset=2").await;
        assert_eq!((&page["count"], &page["offset"]), (&json!(3), &json!(2)));
        let all = read("?count=0").await;
        assert_eq!(all["count"], all["total"]);
        assert_eq!(all["settings"][2], page["settings"][0]);
        // The same by the method, as far as that tells more.
        let message =
            json!({"msg": "method", "id": "1", "method": "public-settings/get", "params": []}).to_string();
        let request = app.request(Method::POST, "/api/v1/method.callAnon/public-settings:get");
        let answer = request.json(&json!({"message": message})).send().await.json();
        let frame: Value = serde_json::from_str(answer["message"].as_str().expect("a text")).expect("JSON");
        let ids = |list: &Value| -> Vec<String> {
            let list = list.as_array().expect("a list").iter();
            list.map(|setting| setting["_id"].as_str().expect("an id").to_owned()).collect()
        };
        assert!(!ids(&frame["result"]).is_empty());
        let first = ids(&read("?count=100").await["settings"]);
        assert_eq!(ids(&frame["result"])[..first.len()], first);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_none_of_it_is_served() {
    let app = TestApp::eight().await;
    assert_eq!(info(&app, "plain", "?username=plain").await, "404 404 Not Found");
    let settings = app.request(Method::GET, "/api/v1/settings.public").send().await;
    assert_eq!(settings.line(), "404 404 Not Found");
    let log_out = app.call(Method::POST, "/api/v1/users.logout", "plain").await;
    assert_eq!(log_out.line(), "404 404 Not Found");
    let stored = app.stored("plain").await;
    assert_ne!(stored.get("services"), Some(&Bson::Null));
    assert_eq!(app.users().count_documents(doc! {"username": "plain"}).await.expect("counted"), 1);
}
