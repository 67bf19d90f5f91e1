use super::*;
use crate::ecmascript::node;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

#[test]
fn what_is_no_json_for_node_is_none() {
    let mut runner = TestRunner::deterministic();
    let mut cases: Vec<serde_json::Value> = [
        "",
        " ",
        "\u{FEFF}{}",
        "\u{A0}1",
        "\u{B}1",
        "01",
        "-",
        "+1",
        ".5",
        "5.",
        "1e",
        "1e+",
        "--1",
        "NaN",
        "Infinity",
        "undefined",
        "'a'",
        "\"a",
        "\"\n\"",
        "\"\u{7F}\u{2028}\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\" : 1}",
        "{} {}",
        "tru",
        "truex",
        "null ",
        "\t\r\n[ ] ",
        "\"\\ud800\\u\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\\udc00\"",
    ]
    .map(serde_json::Value::from)
    .to_vec();
    let tokens = "(\\{|\\}|\\[|\\]|,|:|\"a\"|\"1\"|1|-0.5e2|null|true| |\\\\){0,9}";
    cases.extend(
        (0..20_000).map(|_| serde_json::Value::from(tokens.new_tree(&mut runner).expect("a text").current())),
    );
    let is_json = "(text) => { try { JSON.parse(text); return true } catch { return false } }";
    for (case, expected) in cases.iter().zip(node::evaluate(is_json, &cases)) {
        let parsed = parse_json(case.as_str().unwrap_or_default());
        assert_eq!(serde_json::Value::from(parsed.is_some()), expected, "{case}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse_json(&nested(LEVELS)).is_some());
    assert!(parse_json(&nested(LEVELS + 1)).is_none() && parse_json(&"[{\"a\":".repeat(1_000_000)).is_none());
}

proptest! {
    #[test]
    fn any_text_is_read_or_not_without_a_panic(text in any::<String>()) {
        let _ = parse_json(&text);
    }
}
