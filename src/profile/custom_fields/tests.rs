use super::*;
use bson::{Bson, bson};
use proptest::prelude::*;
use serde_json::json;

fn field(definition: Value) -> Field {
    let setting = json!({"f": definition}).to_string();
    let Definition::Fields(mut fields) = Definition::parse(&setting) else { panic!("{setting}") };
    fields.swap_remove("f").expect("defined")
}

fn refusal(definition: Value, value: Option<Value>) -> Option<String> {
    validate("f", &field(definition), value.as_ref()).err().map(|refusal| refusal.message)
}

#[test]
fn a_blank_setting_defines_nothing_and_a_broken_one_is_known_as_such() {
    assert_eq!(Definition::parse(" \n"), Definition::None);
    assert_eq!(Definition::parse("{"), Definition::InvalidJson);
    assert_eq!(Definition::parse("[]"), Definition::Fields(IndexMap::new()));
}

#[test]
fn each_rule_refuses_in_the_originals_words() {
    let suffix = "[error-user-registration-custom-field]";
    let select = json!({"type": "select", "options": ["a", "b"]});
    for (definition, value, message) in [
        (json!({"required": true}), None, Some("Field f is required")),
        (json!({"required": true}), Some(json!("  ")), Some("Field f is required")),
        (json!({"required": true}), Some(json!(0)), Some("Field f is required")),
        (json!({"required": true}), Some(json!(false)), Some("Field f is required")),
        (json!({"required": true}), Some(json!(7)), None),
        (select.clone(), Some(json!("a")), None),
        (select.clone(), Some(json!(" a")), Some("Value for field f is invalid")),
        (select, None, Some("Value for field f is invalid")),
        (json!({"maxLength": 3}), Some(json!(" abc ")), None),
        (json!({"maxLength": 3}), Some(json!("abcd")), Some("Max length of field f 3")),
        (json!({"maxLength": "3"}), Some(json!("a😀b")), Some("Max length of field f 3")),
        (json!({"minLength": 2}), Some(json!("a")), Some("Min length of field f 2")),
        (json!({"minLength": 2}), Some(json!("")), None),
        (json!({"minLength": 2}), None, None),
        (json!({"maxLength": 5}), Some(json!({})), Some("Max length of field f 5")),
    ] {
        let expected = message.map(|message| format!("{message} {suffix}"));
        assert_eq!(refusal(definition.clone(), value.clone()), expected, "{definition} {value:?}");
    }
}

#[test]
fn a_select_field_without_options_gives_the_engines_text() {
    let text = refusal(json!({"type": "select"}), Some(json!("a")));
    assert_eq!(text.as_deref(), Some("Cannot read properties of undefined (reading 'indexOf')"));
}

#[test]
fn numbers_are_stored_as_the_node_driver_does() {
    let stored = |value: Value| value::to_bson(&value).expect("storable");
    assert_eq!(stored(json!(5)), Bson::Int32(5));
    assert_eq!(stored(json!(5.0)), Bson::Int32(5));
    assert_eq!(stored(json!(2_147_483_648_i64)), Bson::Double(2_147_483_648.0));
    assert_eq!(stored(json!(1.5)), Bson::Double(1.5));
    assert!(matches!(stored(json!(-0.0)), Bson::Double(zero) if zero.is_sign_negative()));
}

#[test]
fn extended_json_stays_what_it_is_and_null_bytes_in_keys_are_refused() {
    let value = json!({"$oid": "507f1f77bcf86cd799439011", "a.b": [null]});
    assert_eq!(
        value::to_bson(&value).expect("storable"),
        bson!({"$oid": "507f1f77bcf86cd799439011", "a.b": [null]})
    );
    let refusal = value::to_bson(&json!({"a\0b": 1})).expect_err("no BSON key");
    assert!(refusal.message.ends_with("must not contain null bytes"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[^\0]{0,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_validated_without_a_panic(value in any_json(), definition in any_json()) {
        let _ = validate("f", &field(definition), Some(&value));
    }

    #[test]
    fn any_value_is_stored_whole(value in any_json()) {
        let stored = value::to_bson(&value).expect("no null byte in a key");
        prop_assert_eq!(texts(&stored), json_texts(&value));
    }
}

fn texts(value: &Bson) -> Vec<String> {
    match value {
        Bson::String(text) => vec![text.clone()],
        Bson::Array(items) => items.iter().flat_map(texts).collect(),
        Bson::Document(fields) => {
            fields.iter().flat_map(|(key, value)| std::iter::once(key.clone()).chain(texts(value))).collect()
        }
        _ => vec![],
    }
}

fn json_texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(json_texts).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.clone()).chain(json_texts(value)))
            .collect(),
        _ => vec![],
    }
}
