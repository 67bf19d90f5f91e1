use super::*;
use crate::release::Version;
use proptest::prelude::*;
use secrecy::ExposeSecret;

const SIX: Release = Release::at(Version::DOCUMENTED);
const EIGHT: Release = Release::at(Version::EIGHT);

fn json(text: &str) -> Result<Change, SchemaError> {
    parse(&Body::Json(text.to_owned()), &EIGHT)
}

#[test]
fn every_violation_has_ajvs_message_in_ajvs_order() {
    for (body, message) in [
        ("", "must have required property 'data'"),
        ("not json", "must have required property 'data'"),
        ("{\"data\":{}", "must have required property 'data'"),
        ("{}", "must have required property 'data'"),
        ("null", "must have required property 'data'"),
        ("5", "must have required property 'data'"),
        ("\"text\"", "must have required property 'data'"),
        (r#"{"foo":1}"#, "must have required property 'data'"),
        ("[]", "must be object"),
        (r#"{"data":null}"#, "must be object"),
        (r#"{"data":"x"}"#, "must be object"),
        (r#"{"data":[]}"#, "must be object"),
        (r#"{"data":0}"#, "must be object"),
        (r#"{"data":false}"#, "must be object"),
        (r#"{"data":"","foo":1}"#, "must NOT have additional properties"),
        (r#"{"data":{"foo":1}}"#, "must NOT have additional properties"),
        (r#"{"data":{"foo":1,"name":{}}}"#, "must NOT have additional properties"),
        (r#"{"data":{"customFields":{}}}"#, "must NOT have additional properties"),
        (r#"{"data":{"\ud800":1}}"#, "must NOT have additional properties"),
        (r#"{"data":{"name":{}}}"#, "must be string"),
        (r#"{"data":{"name":["a"]}}"#, "must be string"),
        (r#"{"data":{"name":{}},"customFields":"x"}"#, "must be string"),
        (r#"{"data":{},"customFields":"x"}"#, "must be object"),
        (r#"{"data":{},"customFields":[]}"#, "must be object"),
        (r#"{"data":{},"customFields":1}"#, "must be object"),
        (r#"{"data":{},"customFields":true}"#, "must be object"),
    ] {
        assert_eq!(json(body).expect_err(body).to_string(), message, "{body}");
    }
}

#[test]
fn values_are_coerced_as_ajv_does() {
    let text = |value: &str| json(&format!(r#"{{"data":{{"name":{value}}}}}"#)).expect(value).name;
    for (value, coerced) in [
        ("5", "5"),
        ("1.50", "1.5"),
        ("1e21", "1e+21"),
        ("1e999", "Infinity"),
        ("-0", "0"),
        ("12345678901234567890", "12345678901234567000"),
        ("true", "true"),
        ("false", "false"),
        (r#""a\u0000\ud800""#, "a\u{0}\u{FFFD}"),
    ] {
        assert_eq!(text(value), Sent::Text(coerced.to_owned()), "{value}");
    }
    assert_eq!(text("null"), Sent::Null);
    for nothing in ["null", r#""""#, "0", "-0.0", "false", "{}"] {
        let change = json(&format!(r#"{{"data":{{}},"customFields":{nothing}}}"#)).expect(nothing);
        assert!(change.custom_fields.is_empty(), "{nothing}");
    }
}

#[test]
fn of_repeated_keys_the_last_counts() {
    let change = json(r#"{"data":{"name":"a"},"data":{"name":"b","name":"c"}}"#).expect("valid");
    assert_eq!(change.name, Sent::Text("c".to_owned()));
    assert_eq!(change.bio, Sent::Absent);
}

#[test]
fn empty_passwords_count_as_not_sent_and_others_hide_themselves() {
    let change = json(r#"{"data":{"newPassword":"","currentPassword":"c0ffee"}}"#).expect("valid");
    assert!(change.new_password.is_none());
    assert!(!format!("{change:?}").contains("c0ffee"));
    assert_eq!(change.current_password.expect("sent").expose_secret(), "c0ffee");
}

#[test]
fn release_6_takes_custom_fields_from_data_and_prefers_those_beside_it() {
    let parse = |text: &str| parse(&Body::Json(text.to_owned()), &SIX);
    let inside = parse(r#"{"data":{"customFields":{"a":1}}}"#).expect("valid");
    assert_eq!(inside.custom_fields["a"].get(), "1");
    let both = parse(r#"{"data":{"customFields":{"a":1}},"customFields":{"b":2}}"#).expect("valid");
    assert_eq!(both.custom_fields.keys().collect::<Vec<_>>(), ["b"]);
    let wrong = parse(r#"{"data":{"customFields":[]}}"#).expect_err("an array");
    assert_eq!(wrong, SchemaError::NotAnObject);
}

#[test]
fn forms_and_other_bodies_never_hold_data() {
    let form = |keys: &[&str]| {
        parse(&Body::Form(keys.iter().map(|key| ((*key).to_owned(), "x".to_owned())).collect()), &EIGHT)
    };
    assert_eq!(form(&["data[name]"]).expect_err("form"), SchemaError::NoData);
    assert_eq!(form(&["data"]).expect_err("form"), SchemaError::NotAnObject);
    assert_eq!(form(&["data", "x"]).expect_err("form"), SchemaError::UnknownKey);
    assert_eq!(parse(&Body::Other, &EIGHT).expect_err("other"), SchemaError::NoData);
}

#[test]
fn deep_nesting_is_judged_by_its_outermost_value() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(json(&deep).expect_err("array"), SchemaError::NotAnObject);
    let inside = format!(r#"{{"data":{{"name":{deep}}}}}"#);
    assert_eq!(json(&inside).expect_err("array"), SchemaError::NotAString);
    let custom = format!(r#"{{"data":{{}},"customFields":{{"x":{deep}}}}}"#);
    assert!(json(&custom).expect("unread").custom_fields.contains_key("x"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
        let _ = json(&text);
    }

    #[test]
    fn any_text_value_arrives_as_it_was_sent(value in any::<String>()) {
        let body = serde_json::json!({"data": {"bio": value}}).to_string();
        prop_assert_eq!(json(&body).expect("valid").bio, Sent::Text(value));
    }

    #[test]
    fn any_whole_number_becomes_its_digits(value in any::<i32>()) {
        let body = serde_json::json!({"data": {"bio": value}}).to_string();
        prop_assert_eq!(json(&body).expect("valid").bio, Sent::Text(value.to_string()));
    }
}
