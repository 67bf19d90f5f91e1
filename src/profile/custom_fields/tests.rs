use super::*;
use bson::{Bson, bson};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// As it comes from the JSON text.
fn value(json: Json) -> Value {
    ecmascript::parse_json(&json.to_string()).expect("JSON")
}

fn field(definition: Json) -> Field {
    let setting = json!({"f": definition}).to_string();
    let Definition::Fields(mut fields) = Definition::parse(&setting) else { panic!("{setting}") };
    fields.swap_remove("f").expect("defined")
}

fn refusal(definition: Json, sent: Option<Json>) -> Option<String> {
    validate("f", &field(definition), sent.map(value).as_ref()).err().map(|refusal| refusal.message)
}

#[test]
fn a_blank_setting_defines_nothing_and_a_broken_one_is_known_as_such() {
    assert_eq!(Definition::parse(" \n"), Definition::None);
    assert_eq!(Definition::parse("{"), Definition::InvalidJson);
    assert_eq!(Definition::parse("null"), Definition::Null);
    for nothing in ["[]", "5", "true", "\"\""] {
        assert_eq!(Definition::parse(nothing), Definition::Fields(IndexMap::new()), "{nothing}");
    }
}

#[test]
fn fields_are_walked_over_in_javascripts_order() {
    for (setting, order) in [
        (
            r#"{"b": {}, "10": {}, "a": {}, "9": {}, "01": {}, "-1": {}, "__proto__": {}}"#,
            &["9", "10", "b", "a", "01", "-1", "__proto__"][..],
        ),
        (r#"[{}, {}]"#, &["0", "1"]),
        (r#""ab""#, &["0", "1"]),
    ] {
        let Definition::Fields(fields) = Definition::parse(setting) else { panic!("{setting}") };
        assert_eq!(fields.keys().collect::<Vec<_>>(), order, "{setting}");
    }
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
    let stored = |sent: Json| super::value::to_bson(&value(sent)).expect("storable");
    assert_eq!(stored(json!(5)), Bson::Int32(5));
    assert_eq!(stored(json!(5.0)), Bson::Int32(5));
    assert_eq!(stored(json!(2_147_483_648_i64)), Bson::Double(2_147_483_648.0));
    assert_eq!(stored(json!(1.5)), Bson::Double(1.5));
    assert!(matches!(stored(json!(-0.0)), Bson::Double(zero) if zero.is_sign_negative()));
}

#[test]
fn extended_json_stays_what_it_is_and_null_bytes_in_keys_are_refused() {
    let value = value(json!({"$oid": "507f1f77bcf86cd799439011", "a.b": [null]}));
    assert_eq!(
        super::value::to_bson(&value).expect("storable"),
        bson!({"$oid": "507f1f77bcf86cd799439011", "a.b": [null]})
    );
    let refusal =
        super::value::to_bson(&Value::object([("a\0b".to_owned(), Value::Null)])).expect_err("no BSON key");
    assert!(refusal.message.ends_with("must not contain null bytes"));
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map("[^\0]{0,6}", inner, 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_validated_without_a_panic(value in any_json(), definition in any_json()) {
        let _ = refusal(definition, Some(value));
    }

    #[test]
    fn any_value_is_stored_whole(value in any_json()) {
        let stored = super::value::to_bson(&self::value(value.clone())).expect("no null byte in a key");
        // In another order, where names look like numbers.
        let sorted = |mut texts: Vec<String>| {
            texts.sort_unstable();
            texts
        };
        prop_assert_eq!(sorted(texts(&stored)), sorted(json_texts(&value)));
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

fn json_texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(json_texts).collect(),
        Json::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.clone()).chain(json_texts(value)))
            .collect(),
        _ => vec![],
    }
}
