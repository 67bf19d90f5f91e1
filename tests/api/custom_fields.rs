//! Custom fields: the workspace's definition, what is refused, and what is stored where.

use crate::support::{Options, TestApp, assert_changed, at, plain_refusal, refusal, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Bson, Document, bson, doc};
use serde_json::{Value, json};

const NOTE: &str = r#"{"note": {"type": "text", "required": false}}"#;

async fn defined(release: Release, definition: &str) -> TestApp {
    Options::default().setting("Accounts_CustomFields", definition).start(release).await
}

fn body(custom_fields: Value) -> Value {
    json!({"data": {}, "customFields": custom_fields})
}

fn violation(reason: &str) -> Result<Document, String> {
    Err(refusal(reason, "error-user-registration-custom-field", &json!({"method": "registerUser"})))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_defined_field_is_checked_whether_it_was_sent_or_not() {
    let definition = json!({
        "team": {"type": "text", "required": true, "minLength": 2, "maxLength": 5},
        "role": {"type": "select", "options": ["dev", 7, true], "defaultValue": "dev"},
        "size": {"type": "text", "minLength": "1", "maxLength": "3"},
    });
    six_and_eight(async |release| {
        let app = defined(release, &definition.to_string()).await;
        let required = || violation("Field team is required");
        let short = || violation("Min length of field team 2");
        let long = || violation("Max length of field team 5");
        let invalid = || violation("Value for field role is invalid");
        for (fields, expected) in [
            // Nothing is sent, nothing is checked.
            (json!({}), Ok(doc! {})),
            (json!(null), Ok(doc! {})),
            (json!({"role": "dev"}), required()),
            (json!({"unknown": 1}), required()),
            (json!({"team": " \u{FEFF}", "role": "dev"}), required()),
            (json!({"team": null, "role": "boss"}), required()),
            (json!({"team": 0, "role": "dev"}), required()),
            (json!({"team": false, "role": "dev"}), required()),
            (json!({"team": " a ", "role": "dev"}), short()),
            (json!({"team": 5, "role": "boss"}), short()),
            (json!({"team": "abcdef", "role": "dev"}), long()),
            (json!({"team": "\u{1F600}\u{1F600}\u{1F600}", "role": "dev"}), long()),
            (json!({"team": {"a": 1}, "role": "dev"}), long()),
            (json!({"team": "abc"}), invalid()),
            (json!({"team": "abc", "role": null}), invalid()),
            (json!({"team": "abc", "role": "boss"}), invalid()),
            (json!({"team": "abc", "role": "DEV"}), invalid()),
            (json!({"team": "abc", "role": "7"}), invalid()),
            (json!({"team": "abc", "role": ["dev"]}), invalid()),
            (json!({"team": "abc", "role": "dev", "size": "1234"}), violation("Max length of field size 3")),
            (
                json!({"team": "  abcde ", "role": "dev"}),
                Ok(doc! {"customFields.team": "  abcde ", "customFields.role": "dev"}),
            ),
            (
                json!({"role": 7.0, "team": ["a", null, "b"]}),
                Ok(doc! {"customFields.team": ["a", Bson::Null, "b"], "customFields.role": 7}),
            ),
            (
                json!({"team": 1.5, "role": true, "size": "  ", "unknown": "x"}),
                Ok(doc! {"customFields.team": 1.5, "customFields.role": true, "customFields.size": "  "}),
            ),
        ] {
            app.check_body("plain", &body(fields), expected).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_can_be_blank_broken_or_incomplete() {
    let json = "Invalid JSON for Custom Fields [error-invalid-customfield-json]";
    let broken = json!({"success": false, "error": json, "errorType": "error-invalid-customfield-json"});
    let no_options = "Cannot read properties of undefined (reading 'indexOf')";
    for (definition, expected) in [
        ("", Ok(doc! {})),
        (" \n", Ok(doc! {})),
        ("{\"note\": ", Err(format!("400 {broken}"))),
        (r#"{"role": {"type": "select"}}"#, Err(plain_refusal(no_options))),
    ] {
        let app = defined(Eight, definition).await;
        app.check_body("plain", &body(json!({"note": "n", "role": "dev"})), expected).await;
        app.check_body("plain", &body(json!({})), Ok(doc! {})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_are_dropped_and_alone_they_are_an_error_under_release_8() {
    for release in [Six, Eight] {
        let app = defined(release, NOTE).await;
        let both = body(json!({"unknown": 1, "note": "n"}));
        app.check_body("legacy", &both, Ok(doc! {"customFields.note": "n"})).await;
        let nothing = match release {
            Six => Ok(doc! {}),
            Eight => Err(plain_refusal("No changes to update")),
        };
        app.check_body("legacy", &body(json!({"unknown": 1, "twitter": "@x"})), nothing).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_takes_custom_fields_inside_data_as_well() {
    let inside = json!({"data": {"customFields": {"note": "inside"}, "bio": "Engineer"}});
    let stored = || Ok(doc! {"customFields.note": "inside", "bio": "Engineer"});
    defined(Six, NOTE).await.check_body("plain", &inside, stored()).await;
    let message = "must NOT have additional properties";
    let refused = json!({"success": false, "errorType": "invalid-params", "error": message});
    defined(Eight, NOTE).await.check_body("plain", &inside, Err(format!("400 {refused}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_stored_as_node_would_store_it_and_never_interpreted() {
    six_and_eight(async |release| {
        let app = defined(release, NOTE).await;
        for (value, stored) in [
            ("\" text \"", bson!(" text ")),
            ("null", Bson::Null),
            ("false", bson!(false)),
            ("0", Bson::Int32(0)),
            ("-0.0", Bson::Double(-0.0)),
            ("7.0", Bson::Int32(7)),
            ("7.25", Bson::Double(7.25)),
            ("2147483647", Bson::Int32(i32::MAX)),
            ("2147483648", Bson::Double(2_147_483_648.0)),
            ("12345678901234567890", Bson::Double(12_345_678_901_234_567_890.0)),
            ("\"2020-01-01T00:00:00.000Z\"", bson!("2020-01-01T00:00:00.000Z")),
            ("[1, [2.5], {\"b\": null, \"a\": []}]", bson!([1, [2.5], {"b": null, "a": []}])),
            ("{\"$oid\": \"5f5f5f5f5f5f5f5f5f5f5f5f\"}", bson!({"$oid": "5f5f5f5f5f5f5f5f5f5f5f5f"})),
            ("{\"$date\": 0, \"$numberLong\": \"1\"}", bson!({"$date": 0, "$numberLong": "1"})),
            ("{\"a.b\": {\"c\": \"d\"}}", bson!({"a.b": {"c": "d"}})),
        ] {
            let person = app.person("agent");
            let request = app.request(reqwest::Method::POST, crate::support::ROUTE);
            let request =
                request.sign_in(&person.id, &person.token).header("Content-Type", "application/json");
            let body = format!(r#"{{"data": {{}}, "customFields": {{"note": {value}}}}}"#);
            let answer = request.body(body).send().await;
            assert_eq!(answer.status, 200, "{release:?} {value}: {}", answer.body);
            let user = app.stored("agent").await;
            let bits = |value: Option<&Bson>| value.and_then(Bson::as_f64).map(f64::to_bits);
            assert_eq!(at(&user, "customFields.note"), Some(&stored), "{release:?} {value}");
            assert_eq!(bits(at(&user, "customFields.note")), bits(Some(&stored)), "{value}");
            assert_eq!(at(&user, "customFields.pager"), Some(&bson!("42")), "the others stay");
            if value.contains('$') {
                let sent: Value = serde_json::from_str(value).expect("JSON");
                assert_eq!(answer.user()["customFields"]["note"], sent);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_null_in_place_of_all_custom_fields_counts_as_none() {
    six_and_eight(async |release| {
        let app = defined(release, NOTE).await;
        let fields = doc! {"note": "n"};
        app.check_body("null-custom-fields", &body(json!({"note": "n"})), Ok(doc! {"customFields": fields}))
            .await;
        app.check_body("null-custom-fields", &body(json!({})), Ok(doc! {})).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_can_be_copied_to_another_place_of_the_document() {
    let definition = json!({
        "phone": {"type": "text", "modifyRecordField": {"field": "phone"}},
        "team": {"type": "text", "modifyRecordField": {"field": "settings.teams", "array": true}},
        "note": {"type": "text", "modifyRecordField": {"field": ""}},
    });
    six_and_eight(async |release| {
        let teams = doc! {"$set": {"settings.teams": ["a", "b"]}};
        let options = Options::default().setting("Accounts_CustomFields", definition.to_string());
        let app = options.user("admin", teams).start(release).await;
        let phone = doc! {"customFields.phone": "+1555", "phone": "+1555"};
        app.check_body("plain", &body(json!({"phone": "+1555"})), Ok(phone)).await;
        let first = doc! {"customFields.team": "a", "settings.teams": ["a"]};
        app.check_body("plain", &body(json!({"team": "a"})), Ok(first)).await;
        app.check_body("plain", &body(json!({"note": "n"})), Ok(doc! {"customFields.note": "n"})).await;
        // A set: what is there is not added again.
        app.check_body("admin", &body(json!({"team": "a"})), Ok(doc! {"customFields.team": "a"})).await;
        let third = doc! {"customFields.team": ["a"], "settings.teams": ["a", "b", ["a"]]};
        app.check_body("admin", &body(json!({"team": ["a"]})), Ok(third)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_direct_messages_get_exactly_what_was_saved() {
    six_and_eight(async |release| {
        let app = defined(release, NOTE).await;
        let own = &app.person("plain").id;
        let subscriptions = app.database.collection::<Document>("rocketchat_subscription");
        let earlier = doc! {"$set": {"customFields": {"old": 1}}};
        subscriptions.update_many(doc! {}, earlier).await.expect("updated");
        let mut saved = vec![(json!({"note": "n", "unknown": 1}), doc! {"note": "n"})];
        if release == Six {
            saved.push((json!({"unknown": 1}), doc! {}));
        }
        for (sent, stored) in saved {
            let before = app.dump().await;
            app.post("plain", &body(sent)).send().await.user();
            let after = app.dump().await;
            let mut touched = 0;
            let pairs = before["rocketchat_subscription"].iter().zip(&after["rocketchat_subscription"]);
            for (before, after) in pairs {
                let is_own_direct_message =
                    at(before, "u._id") == Some(&own.into()) && at(before, "t") == Some(&"d".into());
                let moved = at(before, "_updatedAt") != at(after, "_updatedAt");
                assert_eq!(moved, is_own_direct_message, "{before}");
                if is_own_direct_message {
                    touched += 1;
                    assert_eq!(at(after, "customFields"), Some(&stored.clone().into()), "{release:?}");
                } else {
                    assert_eq!(before, after);
                }
            }
            assert_eq!(touched, 4);
            for other in ["rocketchat_room", "rocketchat_message", "usersSessions"] {
                assert_eq!(before[other], after[other], "{other}");
            }
        }
        let before = app.stored("plain").await;
        let unsaved = app.dump().await;
        app.post("plain", &body(json!({}))).send().await.user();
        assert_changed(&before, &app.stored("plain").await, &doc! {}, "nothing sent");
        assert_eq!(app.dump().await["rocketchat_subscription"], unsaved["rocketchat_subscription"]);
    })
    .await;
}
