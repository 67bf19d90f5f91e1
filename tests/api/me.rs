//! Reading one's own data, and what anybody may read.

use crate::support::{Options, TestApp, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me";

async fn me(app: &TestApp, handle: &str) -> Value {
    let answer = app.call(Method::GET, PATH, handle).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.ends_with(r#","success":true}"#), "{}", answer.body);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_is_shown_with_chosen_fields_only() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let answer = app.call(Method::GET, PATH, "agent").await;
        assert!(answer.body.starts_with(r#"{"_id":""#), "{}", answer.body);
        let me = answer.json();
        for hidden in
            ["createdAt", "lastLogin", "type", "__rooms", "roomRolePriorities", "e2e", "livechat", "operator"]
        {
            assert!(me.get(hidden).is_none(), "{hidden}");
        }
        for (key, value) in [
            ("username", json!("agent")),
            ("email", json!("agent@example.com")),
            ("emails", json!([{"address": "agent@example.com", "verified": true}])),
            ("active", json!(true)),
            ("language", json!("en")),
            ("statusLivechat", json!("available")),
            ("customFields", json!({"twitter": "@agent", "pager": "42"})),
            ("avatarUrl", json!("http://localhost:3000/avatar/agent")),
            ("isOAuthUser", json!(false)),
            ("services", json!({"email2fa": {"enabled": true}, "password": {"exists": true}})),
            ("success", json!(true)),
        ] {
            assert_eq!(me[key], value, "{key}");
        }
        assert_eq!(me["settings"]["profile"], json!({}));
        assert_eq!(me["settings"].get("calendar"), (release == Eight).then(|| json!({})).as_ref());
        for secret in ["$2b$", "hashedToken", "verificationTokens", "twoFactorAuthorized"] {
            assert!(!answer.body.contains(secret), "{secret}");
        }
    })
    .await;
}

/// Those that the database does not hold are the version's, in Rocket.Chat's order.
#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_the_workspaces_unless_the_user_has_chosen() {
    let app = Options::standalone()
        .setting("Accounts_Default_User_Preferences_enableAutoAway", false)
        .setting("Accounts_Default_User_Preferences_messageViewMode", 2)
        .setting("Accounts_Default_User_Preferences_themeAppearence", "dark")
        .start(Six)
        .await;
    let settings = me(&app, "plain").await["settings"].clone();
    assert_eq!(settings["profile"], json!({}));
    let preferences = settings["preferences"].as_object().expect("an object").clone();
    let keys: Vec<&str> = preferences.keys().map(String::as_str).collect();
    assert_eq!(keys[..3], ["enableAutoAway", "idleTimeLimit", "desktopNotificationRequireInteraction"]);
    assert_eq!(keys[keys.len() - 2..], ["featuresPreview", "messageViewMode"]);
    for (key, value) in [
        ("enableAutoAway", json!(false)),
        ("idleTimeLimit", json!(300)),
        ("themeAppearence", json!("dark")),
        ("messageViewMode", json!(2)),
        ("desktopNotifications", json!("all")),
    ] {
        assert_eq!(preferences[key], value, "{key}");
    }
    assert_eq!(preferences.get("masterVolume"), None, "newer versions have that");
    let mut chosen = preferences;
    chosen["themeAppearence"] = "light".into();
    chosen["enableAutoAway"] = true.into();
    assert_eq!(me(&app, "agent").await["settings"]["preferences"], Value::Object(chosen));
    let eight = Options::standalone().start(Eight).await;
    assert_eq!(me(&eight, "plain").await["settings"]["preferences"]["masterVolume"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn unusual_documents_are_shown_too() {
    let app = Options::standalone()
        .user("plain", doc! {"$set": {"oauth": {"authorizedClients": ["zapier"], "secret": "NEVERSHOWN"}}})
        .user("bot", doc! {"$unset": {"services.password": 1}, "$set": {"settings": bson!("x"), "oauth": {}}})
        .start(Eight)
        .await;
    let plain = me(&app, "plain").await;
    assert_eq!(plain["oauth"], json!({"authorizedClients": ["zapier"]}));
    let bot = me(&app, "bot").await;
    assert_eq!((&bot["oauth"], &bot["services"]), (&json!({}), &json!({"password": {"exists": false}})));
    assert!(bot.get("email").is_none());
    let nameless = me(&app, "no-username").await;
    assert!(nameless.get("username").is_none());
    assert_eq!(me(&app, "oauth").await["isOAuthUser"], true);
    assert_eq!(me(&app, "totp").await["services"]["totp"], json!({"enabled": true}));
    assert_eq!(me(&app, "null-custom-fields").await["customFields"], Value::Null);
    assert_eq!(me(&app, "deactivated").await["active"], false, "the token is what counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let app = Options::standalone().start(Eight).await;
    for path in [PATH, "/api/info"] {
        let get = app.call(Method::GET, path, "plain").await;
        let head = app.call(Method::HEAD, path, "plain").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("content-length"), get.header("content-length"));
    }
    let login = app.call(Method::HEAD, "/api/v1/login", "plain").await;
    assert_eq!((login.status, login.body.as_str()), (404, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_know_the_version_without_its_patch() {
    for (release, version) in [(Six, "6."), (Eight, "8.")] {
        let app = Options::standalone().start(release).await;
        for path in ["/api/info", "/api/v1/info"] {
            let answer = app.request(Method::GET, path).send().await;
            let known = answer.json()["version"].as_str().expect("a version").to_owned();
            assert!(known.starts_with(version) && known.split('.').count() == 2, "{known}");
            assert_eq!(answer.line(), format!(r#"200 {{"version":"{known}","success":true}}"#));
        }
    }
}
