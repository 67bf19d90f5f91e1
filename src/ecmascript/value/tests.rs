use super::*;
use crate::ecmascript::{node, parse_json};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

/// JSON texts of every kind.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.50",
            "1e3",
            "1e999",
            "-1e999",
            "1e-999",
            "123456789012345678901",
            "\"\"",
            "\" \"",
            "\"5\"",
            "\"0x1F\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00x\"",
            "\"\\/\\b\\f\\n\\r\\t\\u0000\"",
            "\"[object Object]\"",
        ])
        .prop_map(str::to_owned),
        "[a-z é😀]{0,5}".prop_map(|text| json!(text).to_string()),
    ];
    let key = prop::sample::select(vec![
        "a",
        "b",
        "10",
        "9",
        "0",
        "01",
        "-1",
        "4294967294",
        "4294967295",
        "1.5",
        "",
        "__proto__",
        "constructor",
        "$oid",
        "a.b",
    ]);
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
                format!("{{{}\n}}", members.join(","))
            }),
        ]
    })
}

#[test]
fn values_are_read_and_turned_into_others_as_by_node() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<serde_json::Value> =
        (0..5000).map(|_| json_text().new_tree(&mut runner).expect("a text").current().into()).collect();
    let read = "(text) => { const value = JSON.parse(text); \
                return [JSON.stringify(value).toWellFormed(), String(value), String(Number(value)), Boolean(value)] }";
    for (case, expected) in cases.iter().zip(node::evaluate(read, &cases)) {
        let value = parse_json(case.as_str().unwrap_or_default()).expect("JSON");
        // JSON.stringify escapes half of a surrogate pair.
        let json = expected[0].as_str().unwrap_or_default();
        let json = json.replace("\\ud83d", "\u{FFFD}").replace("\\ude00", "\u{FFFD}");
        assert_eq!(stringify(&value), json, "{case}");
        let others = json!([value.to_text(), number_to_string(value.to_number()), value.is_truthy()]);
        assert_eq!(others, json!([expected[1], expected[2], expected[3]]), "{case}");
    }
}

fn stringify(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_finite() => number_to_string(*number),
        Value::Undefined | Value::Null | Value::Number(_) => "null".to_owned(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Text(text) => json!(text).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(stringify).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{}:{}", json!(key), stringify(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn values_are_the_same_by_type_and_value_and_objects_never() {
    let same = |a: &str, b: &str| parse_json(a).expect("JSON").is_same(&parse_json(b).expect("JSON"));
    assert!(same("7", "7.0") && same("\"a\"", "\"a\"") && same("null", "null") && same("0", "-0"));
    assert!(!same("7", "\"7\"") && !same("1", "true") && !same("[]", "[]") && !same("{}", "{}"));
}
