//! Setting and reading one's own preferences, and what they do to subscriptions, stand-alone.

use crate::support::{Answer, GONE, Options, TestApp, assert_changed, plain_refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const SET: &str = "/api/v1/users.setPreferences";
const GET: &str = "/api/v1/users.getPreferences";

async fn set(app: &TestApp, handle: &str, body: &Value) -> Answer {
    let person = app.person(handle);
    app.request(Method::POST, SET).sign_in(&person.id, &person.token).json(body).send().await
}

/// The user's subscriptions as they are stored, by id.
async fn subscriptions(app: &TestApp, handle: &str) -> Vec<Document> {
    let id = app.person(handle).id.clone();
    let all = app.dump().await.remove("rocketchat_subscription").expect("subscriptions");
    all.into_iter()
        .filter(|subscription| {
            subscription.get_document("u").expect("u").get_str("_id").expect("an id") == id
        })
        .collect()
}

/// Without what every write moves.
fn resting(subscriptions: &[Document]) -> Vec<Document> {
    let mut subscriptions = subscriptions.to_vec();
    subscriptions.iter_mut().for_each(|subscription| drop(subscription.remove("_updatedAt")));
    subscriptions
}

async fn update_subscriptions(app: &TestApp, filter: Document, update: Document) {
    let collection = app.database.collection::<Document>("rocketchat_subscription");
    collection.update_many(filter, update).await.expect("updated");
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_stored_one_by_one_and_shown_as_they_are_stored() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let before = app.stored("agent").await;
        let theme =
            before.get_document("settings").expect("settings").get_document("preferences").expect("some");
        let had: Vec<String> = theme.keys().cloned().collect();
        let data = json!({
            "useEmojis": false, "clockMode": 2, "notificationsSoundVolume": 50.5, "language": "de",
            "emailNotificationMode": "all", "highlights": [], "showThreadsInMainChannel": null,
            "dontAskAgainList": [{"action": "a", "label": "b", "more": [1]}],
        });
        let answer = set(&app, "agent", &json!({"data": data, "userId": app.person("agent").id})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let changes = doc! {
            "language": "de",
            "settings.preferences.useEmojis": false,
            "settings.preferences.clockMode": 2,
            "settings.preferences.notificationsSoundVolume": 50.5,
            "settings.preferences.language": "de",
            "settings.preferences.emailNotificationMode": "mentions",
            "settings.preferences.highlights": Bson::Array(Vec::new()),
            "settings.preferences.showThreadsInMainChannel": Bson::Null,
            "settings.preferences.dontAskAgainList": bson!([{"action": "a", "label": "b", "more": [1]}]),
        };
        let after = app.stored("agent").await;
        assert_changed(&before, &after, &changes, "set");
        let shown = answer.json();
        assert_eq!(shown["user"]["_id"], json!(app.person("agent").id));
        let preferences = shown["user"]["settings"]["preferences"].as_object().expect("an object").clone();
        assert_eq!(preferences["language"], "de");
        assert_eq!(preferences["notificationsSoundVolume"], 50.5);
        assert_eq!(preferences.len(), had.len() + 8, "{preferences:?}: no defaults");
        assert!(answer.body.ends_with(r#"}}},"success":true}"#), "{}", answer.body);

        // 0 takes the mode of the clock away.
        set(&app, "agent", &json!({"data": {"clockMode": 0}})).await;
        let changes = doc! {"settings.preferences.clockMode": GONE};
        assert_changed(&after, &app.stored("agent").await, &changes, "the clock");
        let got = app.call(Method::GET, &format!("{GET}?userId=x"), "agent").await;
        assert!(got.body.starts_with(r#"{"preferences":{"#), "{}", got.body);
        assert_eq!(got.json()["preferences"]["language"], "de");
        assert_eq!(got.json()["preferences"].get("clockMode"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_without_settings_get_them_and_have_none_to_read_before() {
    six_and_eight(async |release| {
        for settings in [GONE, Bson::Null] {
            let mut user = doc! {"$unset": {"language": 1}};
            user.insert(if settings == GONE { "$unset" } else { "$set" }, doc! {"settings": Bson::Null});
            let app = Options::standalone().user("plain", user).start(release).await;
            let none = "FAILED TO RETRIEVE USER PREFERENCES BECAUSE THEY HAVEN'T BEEN SET UP BY THE USER YET";
            assert_eq!(app.call(Method::GET, GET, "plain").await.line(), plain_refusal(none));
            let id = &app.person("plain").id;
            let empty = set(&app, "plain", &json!({"data": {}})).await;
            let shown = format!(
                r#"200 {{"user":{{"_id":"{id}","settings":{{"preferences":{{}}}}}},"success":true}}"#
            );
            assert_eq!(empty.line(), shown);
            assert_eq!(app.stored("plain").await.get("settings"), Some(&bson!({})));
            let got = app.call(Method::GET, GET, "plain").await;
            assert_eq!(got.line(), r#"200 {"preferences":{},"success":true}"#);
        }
        let app =
            Options::standalone().user("plain", doc! {"$set": {"settings": Bson::Null}}).start(release).await;
        assert_eq!(set(&app, "plain", &json!({"data": {"useEmojis": true}})).await.status, 200);
        let settings = app.stored("plain").await.get("settings").cloned();
        assert_eq!(settings, Some(bson!({"preferences": {"useEmojis": true}})));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_preference_is_refused_and_changes_nothing() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let before = app.dump().await;
        let schema = |message: &str| match release {
            Six => format!(
                r#"400 {{"success":false,"error":"{message} [invalid-params]","errorType":"invalid-params"}}"#
            ),
            Eight => format!(r#"400 {{"success":false,"errorType":"invalid-params","error":"{message}"}}"#),
        };
        for (body, expected) in [
            (json!({}), schema("must have required property 'data'")),
            (json!({"data": []}), schema("must be object")),
            (json!({"data": {}, "x": 1}), schema("must NOT have additional properties")),
            (
                json!({"data": {"id": "x", "enableMessageParserEarlyAdoption": true}}),
                schema("must NOT have additional properties"),
            ),
            (json!({"data": {"useEmojis": "yes"}}), schema("must be boolean")),
            (
                json!({"data": {"language": null}}),
                plain_refusal("Match error: Expected string, got null in field language"),
            ),
            (
                json!({"data": {"language": "fr", "idleTimeLimit": 59}}),
                format!(
                    "400 {}",
                    json!({
                        "success": false, "error": "Invalid idleTimeLimit [invalid-idle-time-limit-value]",
                        "errorType": "invalid-idle-time-limit-value",
                    })
                ),
            ),
            (
                json!({"data": {}, "userId": app.person("agent").id}),
                format!(
                    "400 {}",
                    json!({
                        "success": false, "error": "Editing user is not allowed [error-action-not-allowed]",
                        "errorType": "error-action-not-allowed",
                    })
                ),
            ),
        ] {
            assert_eq!(set(&app, "plain", &body).await.line(), expected, "{body}");
        }
        let nobody = set(&app, "admin", &json!({"data": {}, "userId": "nobody"})).await;
        nobody.is_refused_with("error-invalid-user");
        assert_eq!(app.dump().await, before);
        let body = json!({"data": {"hideRoles": true}, "userId": app.person("agent").id});
        let theirs = set(&app, "admin", &body).await;
        assert_eq!(theirs.json()["user"]["_id"], json!(app.person("agent").id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_of_notifications_reach_the_rooms_where_nothing_else_was_chosen() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        let id = &app.person("plain").id;
        let own = subscriptions(&app, "plain").await;
        assert!(own.len() > 2, "plain has rooms");
        let chosen = own[0].get("_id").expect("an id").clone();
        let choice = doc! {"desktopNotifications": "nothing", "desktopPrefOrigin": "subscription"};
        update_subscriptions(&app, doc! {"_id": &chosen}, doc! {"$set": choice}).await;
        let before = subscriptions(&app, "plain").await;
        let others = subscriptions(&app, "agent").await;
        let data =
            json!({"desktopNotifications": "mentions", "pushNotifications": "nothing", "highlights": ["a"]});
        assert_eq!(set(&app, "plain", &json!({"data": data})).await.status, 200);
        let mut expected = resting(&before);
        for subscription in &mut expected {
            if subscription.get("_id") != Some(&chosen) {
                subscription.extend(doc! {"desktopNotifications": "mentions", "desktopPrefOrigin": "user"});
            }
            subscription.extend(doc! {"mobilePushNotifications": "nothing", "mobilePrefOrigin": "user"});
            subscription.insert("userHighlights", vec!["a"]);
        }
        let sorted = |documents: Vec<Document>| -> Vec<Vec<(String, Bson)>> {
            let fields = documents.into_iter().map(|document| {
                let mut fields: Vec<(String, Bson)> = document.into_iter().collect();
                fields.sort_by(|(one, _), (other, _)| one.cmp(other));
                fields
            });
            fields.collect()
        };
        let after = subscriptions(&app, "plain").await;
        assert_eq!(sorted(resting(&after)), sorted(expected));
        assert_eq!(subscriptions(&app, "agent").await, others);

        // The same again does nothing to rooms, the default takes away what the preference did.
        assert_eq!(
            set(&app, "plain", &json!({"data": {"desktopNotifications": "mentions"}})).await.status,
            200
        );
        assert_eq!(subscriptions(&app, "plain").await, after);
        assert_eq!(
            set(&app, "plain", &json!({"data": {"desktopNotifications": "default"}})).await.status,
            200
        );
        for subscription in subscriptions(&app, "plain").await {
            let expected = (subscription.get("_id") == Some(&chosen)).then_some("subscription");
            assert_eq!(subscription.get_str("desktopPrefOrigin").ok(), expected, "{id}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_reaches_the_rooms_that_are_translated() {
    for release in [Six, Eight] {
        let app = Options::standalone()
            .setting("AutoTranslate_AutoEnableOnJoinRoom", true)
            .setting("Language", "en")
            .start(release)
            .await;
        let ids: Vec<Bson> = subscriptions(&app, "plain")
            .await
            .iter()
            .map(|subscription| subscription.get("_id").expect("an id").clone())
            .collect();
        let translated = doc! {"autoTranslate": true, "autoTranslateLanguage": "fr"};
        update_subscriptions(&app, doc! {"_id": &ids[0]}, doc! {"$set": translated}).await;
        update_subscriptions(&app, doc! {"_id": &ids[1]}, doc! {"$set": {"autoTranslate": false}}).await;
        let languages = async || {
            let of = |subscription: &Document| {
                let text = |field: &str| subscription.get(field).map_or("-".to_owned(), Bson::to_string);
                format!("{} {}", text("autoTranslate"), text("autoTranslateLanguage"))
            };
            subscriptions(&app, "plain").await[..3].iter().map(of).collect::<Vec<_>>()
        };
        let sorted_ids = {
            let all = subscriptions(&app, "plain").await;
            all.iter()
                .map(|subscription| subscription.get("_id").cloned().expect("an id"))
                .collect::<Vec<_>>()
        };
        assert_eq!(sorted_ids, ids);
        set(&app, "plain", &json!({"data": {"language": "de"}})).await;
        let third = if release == Six { "- -" } else { r#"true "de""# };
        assert_eq!(languages().await, [r#"true "de""#, "false -", third]);
        set(&app, "plain", &json!({"data": {"language": "en"}})).await;
        let expected = match release {
            Six => [r#"true "en""#, "false -", "- -"],
            Eight => ["- -", "false -", "- -"],
        };
        assert_eq!(languages().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_versions_know_more_preferences() {
    let app = Options::standalone().start(Eight).await;
    let before = app.stored("plain").await;
    let data = json!({"masterVolume": 10, "voipRingerVolume": 20, "desktopNotificationVoiceCalls": true, "utcOffset": 5.5});
    assert_eq!(set(&app, "plain", &json!({"data": data})).await.status, 200);
    let changes = doc! {
        "utcOffset": 5.5,
        "settings.preferences.masterVolume": 10,
        "settings.preferences.voipRingerVolume": 20,
        "settings.preferences.desktopNotificationVoiceCalls": true,
    };
    assert_changed(&before, &app.stored("plain").await, &changes, "newer keys");
    let six = Options::standalone().start(Six).await;
    for key in ["masterVolume", "voipRingerVolume", "desktopNotificationVoiceCalls", "utcOffset"] {
        set(&six, "plain", &json!({"data": {key: 1}})).await.is_refused_with("invalid-params");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_no_preference_is_served() {
    let app = TestApp::eight().await;
    assert_eq!(set(&app, "plain", &json!({"data": {}})).await.line(), "404 404 Not Found");
    assert_eq!(app.call(Method::GET, GET, "plain").await.line(), "404 404 Not Found");
}
