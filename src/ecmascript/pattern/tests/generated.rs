//! Patterns that chance makes.

use super::{Pattern, agree_with_node};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// Texts that are patterns more often than not.
fn source() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a", "b", "c", "1", "_", "-", ".", "^", "$", "|", "😀", r"\d", r"\w", r"\s", r"\W", r"\b", r"\B",
        "[ab]", "[^a]", "[a-c]", r"[\w-]", r"\1", r"\2", r"\k<n>", r"\x61", r"\u0062", r"\cA", "]", "}", "{",
        "é",
    ]);
    let leaf = atom.prop_map(str::to_owned);
    leaf.prop_recursive(5, 24, 4, |inner| {
        let several = || prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| parts.concat());
        prop_oneof![
            several(),
            (
                inner.clone(),
                prop::sample::select(vec!["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{,1}"])
            )
                .prop_map(|(atom, quantifier)| format!("(?:{atom}){quantifier}")),
            (inner.clone(), prop::sample::select(vec!["*", "+", "?", "{2}", "{0,3}?"]))
                .prop_map(|(atom, quantifier)| format!("({atom}){quantifier}")),
            (several(), several()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            (prop::sample::select(vec!["(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<n>"]), several())
                .prop_map(|(open, inside)| format!("{open}{inside})")),
        ]
    })
}

#[test]
fn any_pattern_does_what_node_does() {
    let mut runner = TestRunner::new(Config { cases: 1, ..Config::default() });
    let texts = "[abc1_\\-é😀 A\u{1}]{0,7}";
    let cases: Vec<Value> = (0..20_000)
        .map(|_| {
            let case = (source(), texts).new_tree(&mut runner).expect("a case").current();
            json!([case.0, case.1])
        })
        .collect();
    let is_pattern =
        cases.iter().filter(|case| Pattern::parse(case[0].as_str().unwrap_or_default()).is_ok()).count();
    assert!(is_pattern > 10_000, "{is_pattern} of {} are patterns", cases.len());
    agree_with_node(&cases);
}
