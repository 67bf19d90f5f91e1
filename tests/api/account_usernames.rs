//! Whether a username can be taken, and one that can, stand-alone.

use crate::support::{Options, TestApp, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, bson, doc};
use reqwest::Method;
use serde_json::json;

const SUGGESTION: &str = "/api/v1/users.getUsernameSuggestion";

async fn check(app: &TestApp, handle: &str, query: &str) -> String {
    app.call(Method::GET, &format!("/api/v1/users.checkUsernameAvailability{query}"), handle).await.line()
}

fn result(is_free: bool) -> String {
    format!(r#"200 {{"result":{is_free},"success":true}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_free_unless_somebody_has_it_or_nobody_may() {
    six_and_eight(async |release| {
        let app =
            Options::standalone().setting("Accounts_BlockedUsernameList", "root, boss").start(release).await;
        let teams = app.database.collection::<Document>("rocketchat_team");
        teams.insert_one(doc! {"_id": "t", "name": "Crew"}).await.expect("inserted");
        let before = app.dump().await;
        for (name, is_free) in [
            ("plain", true),
            ("PLAIN", false),
            ("agent", false),
            ("Agent", false),
            ("crew", false),
            ("free", true),
            ("a%20b", true),
        ] {
            assert_eq!(check(&app, "plain", &format!("?username={name}")).await, result(is_free), "{name}");
        }
        for (sent, name) in [("Boss", "Boss"), ("all", "all"), ("%20here%20", " here "), ("ADMIN", "ADMIN")] {
            let details = json!({"method": "checkUsernameAvailability", "field": name});
            let blocked =
                refusal(&format!("{name} is blocked and can't be used!"), "error-blocked-username", &details);
            assert_eq!(check(&app, "plain", &format!("?username={sent}")).await, blocked, "{name}");
        }
        let empty = refusal("Invalid username", "error-invalid-username", &json!({"method": "setUsername"}));
        assert_eq!(check(&app, "plain", "?username=").await, empty);
        let schema = |message: &str| match release {
            Six => format!(
                r#"400 {{"success":false,"error":"{message} [invalid-params]","errorType":"invalid-params"}}"#
            ),
            Eight => {
                format!(r#"400 {{"success":false,"errorType":"error-invalid-params","error":"{message}"}}"#)
            }
        };
        for (query, message) in [
            ("", "must have required property 'username'"),
            ("?username=a&x=1", "must NOT have additional properties"),
            ("?username=a&username=b", "must be string"),
        ] {
            assert_eq!(check(&app, "plain", query).await, schema(message), "{query}");
        }
        assert_eq!(app.dump().await, before, "nothing is written");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_names_are_fixed_only_a_first_one_is_looked_at() {
    let refused = refusal("Not allowed", "error-not-allowed", &json!({"method": "setUsername"}));
    for (release, nameless) in [(Six, result(true)), (Eight, "500 Internal Server Error".to_owned())] {
        let app = Options::standalone().setting("Accounts_AllowUsernameChange", false).start(release).await;
        assert_eq!(check(&app, "plain", "?username=plain").await, refused, "even the own one");
        assert_eq!(check(&app, "no-username", "?username=newcomer").await, nameless);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_made_of_name_and_addresses() {
    let suggested =
        async |app: &TestApp, handle: &str| app.call(Method::GET, SUGGESTION, handle).await.line();
    let is = |name: &str| format!(r#"200 {{"result":"{name}","success":true}}"#);
    six_and_eight(async |release| {
        let verified = bson!([{"address": "jane.roe@mail.example.com", "verified": true}]);
        let app = Options::standalone()
            .user("plain", doc! {"$set": {"name": "Zoë Müller-Straße"}})
            .user("admin", doc! {"$set": {"name": "中文 名字"}})
            // Every form of the name is taken, so it is the address's turn.
            .user("legacy", doc! {"$set": {"username": "jane.roe"}})
            .user("pat", doc! {"$set": {"username": "jroe"}})
            .user("totp", doc! {"$set": {"username": "janer"}})
            .user("bot", doc! {"$set": {"name": "Jane Roe", "emails": verified}})
            .start(release)
            .await;
        let before = app.dump().await;
        assert_eq!(suggested(&app, "plain").await, is("zoe.mueller-strasse"));
        assert_eq!(suggested(&app, "admin").await, is("zhong1.wen2.ming2.zi4"));
        assert_eq!(suggested(&app, "no-username").await, is("user.without.username"));
        assert_eq!(suggested(&app, "bot").await, is("jane.roe.mail"));
        assert_eq!(app.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_to_offer_a_number_is_added() {
    let app = Options::standalone()
        .setting("Accounts_DefaultUsernamePrefixSuggestion", "guest")
        .setting("UTF8_Names_Slugify", false)
        .user("plain", doc! {"$set": {"name": "agent"}, "$unset": {"emails": 1}})
        .user("admin", doc! {"$unset": {"emails": 1, "name": 1}})
        .user("legacy", doc! {"$set": {"username": "agent-7"}})
        .user("pat", doc! {"$set": {"username": "agent-1"}})
        .user("totp", doc! {"$set": {"name": "Ü B"}})
        .start(Eight)
        .await;
    let suggested =
        async |handle: &str| app.call(Method::GET, SUGGESTION, handle).await.json()["result"].clone();
    assert_eq!(suggested("plain").await, "agent-2", "two such names are there already");
    assert_eq!(suggested("admin").await, "guest-0");
    assert_eq!(suggested("totp").await, "Ü B", "names are taken as they are where that is wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_no_name_is_looked_at() {
    let app = TestApp::eight().await;
    assert_eq!(check(&app, "plain", "?username=a").await, "404 404 Not Found");
    assert_eq!(app.call(Method::GET, SUGGESTION, "plain").await.line(), "404 404 Not Found");
}
