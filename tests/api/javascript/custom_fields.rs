//! Definitions of custom fields, whatever they hold, and the order of names.

use crate::support::{GONE, Options, TestApp, plain_refusal, refusal};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Bson, Document, bson, doc};
use serde_json::{Value, json};

async fn with_fields(definition: &str) -> TestApp {
    Options::default().setting("Accounts_CustomFields", definition).start(Eight).await
}

fn violation(reason: &str) -> Result<Document, String> {
    Err(refusal(reason, "error-user-registration-custom-field", &json!({"method": "registerUser"})))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_a_custom_field_are_read_from_whatever_stands_there() {
    let invalid = || violation("Value for field f is invalid");
    let ok = |value: Bson| Ok(doc! {"customFields.f": value});
    let engine = |text: &str| Err(plain_refusal(text));
    for (field, rows) in [
        // `indexOf` of a text looks for a part of it.
        (
            r#"{"type": "select", "options": "red, green"}"#,
            vec![
                (json!("red"), ok(bson!("red"))),
                (json!("d, g"), ok(bson!("d, g"))),
                (json!(""), ok(bson!(""))),
                (json!("blue"), invalid()),
                (json!(null), invalid()),
                (json!("Red"), invalid()),
            ],
        ),
        (
            r#"{"type": "select", "options": "5 null"}"#,
            vec![(json!(5), ok(bson!(5))), (json!(null), ok(Bson::Null))],
        ),
        (
            r#"{"type": "select", "options": null}"#,
            vec![(json!("a"), engine("Cannot read properties of null (reading 'indexOf')"))],
        ),
        (
            r#"{"type": "select", "options": {"0": "a"}}"#,
            vec![(json!("a"), engine("field.options.indexOf is not a function"))],
        ),
        (
            r#"{"type": "select", "options": [null, ""]}"#,
            vec![(json!(null), ok(Bson::Null)), (json!(""), ok(bson!("")))],
        ),
        (r#"{"type": "Select"}"#, vec![(json!("a"), ok(bson!("a")))]),
        // Limits are compared as JavaScript compares, and shown as it writes them.
        (
            r#"{"maxLength": "03"}"#,
            vec![(json!("abc"), ok(bson!("abc"))), (json!("abcd"), violation("Max length of field f 03"))],
        ),
        (
            r#"{"maxLength": 2.50}"#,
            vec![(json!("ab"), ok(bson!("ab"))), (json!("abc"), violation("Max length of field f 2.5"))],
        ),
        (r#"{"maxLength": [2]}"#, vec![(json!("abc"), violation("Max length of field f 2"))]),
        (r#"{"maxLength": true}"#, vec![(json!("ab"), violation("Max length of field f true"))]),
        (r#"{"maxLength": "0"}"#, vec![(json!("a"), violation("Max length of field f 0"))]),
        (r#"{"maxLength": -1}"#, vec![(json!(""), violation("Max length of field f -1"))]),
        (r#"{"maxLength": 0}"#, vec![(json!("abc"), ok(bson!("abc")))]),
        (r#"{"maxLength": ""}"#, vec![(json!("abc"), ok(bson!("abc")))]),
        (r#"{"maxLength": "many"}"#, vec![(json!("abc"), ok(bson!("abc")))]),
        (r#"{"maxLength": {}}"#, vec![(json!("abc"), ok(bson!("abc")))]),
        (r#"{"minLength": "0x3"}"#, vec![(json!("ab"), violation("Min length of field f 0x3"))]),
        (r#"{"minLength": 1e3}"#, vec![(json!("ab"), violation("Min length of field f 1000"))]),
        (r#"{"minLength": 1e999}"#, vec![(json!("ab"), violation("Min length of field f Infinity"))]),
        (
            r#"{"minLength": 2}"#,
            vec![
                (json!("😀"), ok(bson!("😀"))),
                (json!("\u{85}"), violation("Min length of field f 2")),
                (json!("\u{FEFF}"), ok(bson!("\u{FEFF}"))),
            ],
        ),
        (r#"{"required": "false"}"#, vec![(json!(" "), violation("Field f is required"))]),
        (r#"{"required": ""}"#, vec![(json!(" "), ok(bson!(" ")))]),
        (r#"{"required": []}"#, vec![(json!(""), violation("Field f is required"))]),
        (r#"null"#, vec![(json!("a"), engine("Cannot read properties of null (reading 'required')"))]),
        (r#""text""#, vec![(json!("a"), ok(bson!("a")))]),
        (r#"5"#, vec![(json!("a"), ok(bson!("a")))]),
    ] {
        let app = with_fields(&format!(r#"{{"f": {field}}}"#)).await;
        for (value, expected) in rows {
            let body = json!({"data": {}, "customFields": {"f": value}});
            app.check_body("legacy", &body, expected).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_need_not_be_an_object() {
    let none = || Err(plain_refusal("No changes to update"));
    for (definition, expected) in [
        ("null", Err(plain_refusal("Cannot convert undefined or null to object"))),
        ("5", none()),
        ("\"\"", none()),
        (r#"[{"required": true}]"#, violation("Field 0 is required")),
        (r#""ab""#, none()),
        (
            "{\"f\": {}}\u{FEFF}",
            Err(format!(
                "400 {}",
                json!({"success": false, "error": "Invalid JSON for Custom Fields [error-invalid-customfield-json]", "errorType": "error-invalid-customfield-json"})
            )),
        ),
    ] {
        let app = with_fields(definition).await;
        app.check_body("legacy", &json!({"data": {}, "customFields": {"f": "x"}}), expected).await;
    }
    let app = with_fields(r#"[{"required": true}]"#).await;
    let body = json!({"data": {}, "customFields": {"0": "x"}});
    app.check_body("legacy", &body, Ok(doc! {"customFields.0": "x"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_named_like_numbers_come_first_wherever_there_is_an_order() {
    let rule = json!({"required": true});
    let app =
        with_fields(&json!({"b": rule, "10": rule, "a": rule, "9": rule, "01": rule}).to_string()).await;
    let sent = |fields: Value| json!({"data": {}, "customFields": fields});
    for (fields, first) in [
        (json!({"b": "", "10": ""}), "9"),
        (json!({"9": "x"}), "10"),
        (json!({"9": "x", "10": "x"}), "b"),
        (json!({"9": "x", "10": "x", "b": "x"}), "a"),
        (json!({"9": "x", "10": "x", "b": "x", "a": "x"}), "01"),
    ] {
        app.check_body("plain", &sent(fields), violation(&format!("Field {first} is required"))).await;
    }
    let all = r#"{"data": {}, "customFields": {"01": 1, "b": {"z": 1, "2": 1, "1": {"y": 1, "0": 1}, "z": 2}, "10": 1, "a": [{"k": 1, "3": 1}], "9": 1}}"#;
    let request = app.signed_in("plain").header("Content-Type", "application/json").body(all);
    let answer = request.send().await;
    let shown = r#"{"z":2,"2":1,"1":{"y":1,"0":1}}"#;
    assert!(!answer.body.contains(shown), "{}", answer.body);
    assert!(answer.body.contains(r#""b":{"1":{"0":1,"y":1},"2":1,"z":2}"#), "{}", answer.body);
    let stored = app.stored("plain").await;
    let keys = |document: &Document| document.keys().cloned().collect::<Vec<_>>();
    let fields = stored.get_document("customFields").expect("custom fields");
    assert_eq!(keys(fields.get_document("b").expect("b")), ["1", "2", "z"]);
    let subscriptions = app.dump().await.remove("rocketchat_subscription").unwrap_or_default();
    let own = subscriptions.iter().filter_map(|subscription| subscription.get_document("customFields").ok());
    let orders: Vec<_> = own.filter(|fields| fields.contains_key("01")).map(keys).collect();
    assert!(
        !orders.is_empty() && orders.iter().all(|order| order == &["9", "10", "01", "b", "a"]),
        "{orders:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_names_of_a_body_are_taken_in_every_form_that_json_has() {
    let app = with_fields(r#"{"f": {}, "__proto__": {}}"#).await;
    for (value, stored, shown) in [
        ("1e999", Bson::Double(f64::INFINITY), "null"),
        ("-1e999", Bson::Double(f64::NEG_INFINITY), "null"),
        ("1E+2", Bson::Int32(100), "100"),
        ("1e-7", Bson::Double(1e-7), "1e-7"),
        ("-0", Bson::Double(-0.0), "0"),
        ("1e21", Bson::Double(1e21), "1e+21"),
        (r#""\ud83d\ude00\ud83d""#, bson!("😀\u{FFFD}"), "\"😀\u{FFFD}\""),
        (
            r#"{"$serde_json::private::RawValue": "1"}"#,
            bson!({"$serde_json::private::RawValue": "1"}),
            r#"{"$serde_json::private::RawValue":"1"}"#,
        ),
        (r#"{"__proto__": {"a": 1}}"#, bson!({"__proto__": {"a": 1}}), r#"{"__proto__":{"a":1}}"#),
    ] {
        let body = format!(r#"{{"data": {{}}, "customFields": {{"f": {value}}}}}"#);
        let answer =
            app.signed_in("legacy").header("Content-Type", "application/json").body(body).send().await;
        assert!(answer.body.contains(&format!(r#""f":{shown}"#)), "{value}: {}", answer.body);
        let user = app.stored("legacy").await;
        assert_eq!(user.get_document("customFields").expect("fields").get("f"), Some(&stored), "{value}");
    }
    for (number, text) in [("1e21", "1e+21"), ("1e999", "Infinity"), ("-0", "0"), ("0.1e-6", "1e-7")] {
        let body = format!(r#"{{"data": {{"bio": {number}}}}}"#);
        let answer =
            app.signed_in("legacy").header("Content-Type", "application/json").body(body).send().await;
        assert_eq!(answer.user()["bio"], text, "{number}");
    }
    app.check(
        "legacy",
        [
            (json!({"bio": "\u{FEFF} b\u{85}\u{2029}"}), Ok(doc! {"bio": "b\u{85}"})),
            (json!({"bio": "\u{FEFF}"}), Ok(doc! {"bio": GONE})),
        ],
    )
    .await;
}
