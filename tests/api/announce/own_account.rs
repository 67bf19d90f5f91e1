//! What the other routes of the own account announce, stand-alone, to a whole Rocket.Chat.

use super::{documents, enter_instance, shown, stored_in};
use crate::support::{Node, Options, TestApp, six_and_eight};
use devstack::workspace::Release::{self, Six};
use mongodb::bson::doc;
use reqwest::Method;
use serde_json::{Value, json};

const TOKEN: &str = "token-of-a-mailed-link";

async fn start(release: Release) -> (TestApp, Node) {
    let (node, port) = Node::instance_on_tcp("first").await;
    let user = doc! {"$set": {
        "status": "away", "statusText": "Before",
        "emails": [{"address": "plain@example.com", "verified": false}],
        "services.email.verificationTokens": [{"token": TOKEN, "address": "plain@example.com"}],
    }};
    let options = Options::standalone().user("plain", user);
    let app = options.variable("RC_ACCOUNT_ANNOUNCE", "tcp").start(release).await;
    enter_instance(&app, "first", doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    (app, node)
}

async fn post(app: &TestApp, route: &str, body: &Value) {
    let person = app.person("plain");
    let request = app.request(Method::POST, &format!("/api/v1/{route}"));
    let answer = request.sign_in(&person.id, &person.token).json(body).send().await;
    assert_eq!(answer.status, 200, "{route}: {}", answer.body);
}

/// `watch.users` with these fields and nothing else.
fn of_the_user(app: &TestApp, diff: Value) -> (String, Value) {
    let told = json!([{"id": app.person("plain").id, "clientAction": "updated", "diff": diff, "unset": {}}]);
    ("watch.users".to_owned(), told)
}

/// The login tokens that are left.
async fn sessions(app: &TestApp) -> Value {
    let left = app.login_tokens("plain").await;
    let left: Value = left.iter().map(|token| json!({"hashedToken": shown(&token["hashedToken"])})).collect();
    json!({"services.resume.loginTokens": left})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_routes_of_the_own_account_announce_what_they_change() {
    six_and_eight(async |release| {
        let (app, node) = start(release).await;
        post(&app, "users.setStatus", &json!({"status": "busy", "message": "Lunch"})).await;
        let stored = app.stored("plain").await;
        let fields = ["_id", "username", "status", "statusText", "statusSource", "name", "roles"];
        let user = fields.iter().filter_map(|field| Some(((*field).to_owned(), shown(stored.get(field)?))));
        let user: serde_json::Map<String, Value> = user.collect();
        assert_eq!((&user["status"], &user["statusText"]), (&json!("busy"), &json!("Lunch")));
        let status = ("presence.status".to_owned(), json!([{"user": user, "previousStatus": "away"}]));
        assert_eq!(node.heard(0, 1).await, [status]);

        let heard = node.events().len();
        let wanted = json!({"data": {"useEmojis": false, "language": "de", "highlights": ["deploy"]}});
        post(&app, "users.setPreferences", &wanted).await;
        let id = app.person("plain").id.as_str();
        let own = stored_in(&app, "rocketchat_subscription", doc! {"u._id": id}).await;
        let told = node.heard(heard, own.len() + 1).await;
        let diff = json!({
            "settings.preferences.useEmojis": false, "language": "de", "settings.preferences.language": "de",
            "settings.preferences.highlights": ["deploy"],
        });
        assert_eq!(told[0], of_the_user(&app, diff));
        assert_eq!(documents(&told[1..], "subscription"), own);
        assert!(own.iter().all(|own| own["userHighlights"] == json!(["deploy"])));

        let heard = node.events().len();
        let method = json!({"msg": "method", "id": "1", "method": "verifyEmail", "params": [TOKEN]});
        let emails = json!({"emails": [{"address": "plain@example.com", "verified": true}]});
        let mut expected = vec![of_the_user(&app, emails)];
        match release {
            Six => {
                post(&app, "method.callAnon/verifyEmail", &json!({"message": method.to_string()})).await;
                // Whoever follows the link is signed in there.
                expected.push(of_the_user(&app, sessions(&app).await));
            }
            Release::Eight => post(&app, "users.verifyEmail", &json!({"token": TOKEN})).await,
        }
        assert_eq!(node.heard(heard, expected.len()).await, expected);

        let heard = node.events().len();
        post(&app, "users.logout", &json!({})).await;
        assert!(app.login_tokens("plain").await.is_empty());
        assert_eq!(node.heard(heard, 1).await, [of_the_user(&app, sessions(&app).await)]);
    })
    .await;
}
