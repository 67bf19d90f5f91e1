mod generated;

use super::*;
use crate::ecmascript::node;
use proptest::prelude::*;
use serde_json::{Value, json};

fn test(source: &str, text: &str) -> Value {
    match Pattern::parse(source).map(|pattern| pattern.test(text)) {
        Ok(Tested::TooCostly) => json!("too costly"),
        Ok(tested) => json!(tested == Tested::Matches),
        Err(PatternError) => Value::Null,
    }
}

/// With blanks between.
const SOURCES: &str = r"
    [0-9a-zA-Z-_.]+ .. . [😀] 😀 😀+ [^😀] [a-😀] \ud83d [\ud83d-\ude00] \w+ \d+ [\d\D] \s \S+ [^\s]+ [\w-.]+ [a-\d] [\d-x] [z-a]
    [] [^] []a] (?=.{3,8}$)[a-z]+(?:\.[a-z]+)* (?!admin)[a-z]+ (?<!x)b (?<=a)b (?<=(\w)(\w))c\1\2 (?<=\1(a))b (?<=a+?)b
    (?<first>a)\k<first> \k<first>(?<first>a) \k<no> (?<a>x)\k<b> (?<a>x)(?<a>y) (?<1a>x) (?<\u0061>x)\k<a> (?<\u{62}>x)\k<b> \k
    (a)|b\1 (?:(a)|b)*\1 (a*)* (a*)+b (?:a?)*?b (a|ab)(c|bcd)(d*) (z)((a+)?(b+)?(c))* a{2} a{2,} a{2,3} a{3,2} a{,2} a{ a{x} {2} {
    } ] a** a+? a?? * +a ? ^* $+ \b+ (?=a)* (?<=a)* (?=a){2}a (?i:a) (? ( ) a\ \1 \8 \9(a) \08 \101 \377 \400 [\101] [\8] \0 \cA \c
    \c1 [\c1] [\c] \x41 \x4 \u0041 \u{41} \u \p{L} \- [\b] [\B] [\k] (?<a>x)[\k] \/ a|b a||b (?:a|b)? [a-c-e] [\w-] [-a] [a-]
    \bfoo\b \Boo a.c [ſK] İ ß (?:) ()\1 (?:(?=(a))b|a)\1 (?!(a))\1a (?:(?!(a)b)a|\1)+ (a{0,2}?){1,2}?b (?:a{99999999999}|b)
";

const TEXTS: [&str; 43] = [
    "",
    "a",
    "b",
    "ab",
    "aa",
    "aaa",
    "abcd",
    "abb",
    "aba",
    "abcab",
    "😀",
    "😀😀",
    "\u{E9}",
    "A",
    "é1",
    "a-b",
    "foo",
    " foo",
    "zaacbbbcac",
    "admin",
    "ab.cd",
    "x",
    "xx",
    "\n",
    "\u{2028}",
    "\u{FEFF}",
    "\u{85}",
    "_",
    "8",
    "\\c1",
    "{",
    "a{2}",
    "]",
    "\u{1}",
    "\u{11}",
    "\u{8}",
    "K",
    "ſ",
    "1",
    "-",
    "a{x}",
    "k<first>",
    "u{41}",
];

#[test]
fn patterns_match_utf16_units_as_javascript_does() {
    let mut cases = Vec::new();
    for source in std::iter::once("").chain(SOURCES.split_whitespace()) {
        for text in TEXTS {
            cases.extend([json!([format!("^{source}$"), text]), json!([source, text])]);
        }
    }
    agree_with_node(&cases);
}

fn agree_with_node(cases: &[Value]) {
    let expected =
        node::evaluate("([s, t]) => { try { return new RegExp(s).test(t) } catch { return null } }", cases);
    let mut wrong = Vec::new();
    for (case, expected) in cases.iter().zip(&expected) {
        let (Some(source), Some(text)) = (case[0].as_str(), case[1].as_str()) else { panic!("{case}") };
        let found = test(source, text);
        if found != *expected {
            wrong.push(format!("{case}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_search_that_costs_too_much_is_given_up() {
    let text = |length: usize| format!("{}!", "a".repeat(length));
    for source in [
        "^(a+)+$",
        "^(a|aa)+$",
        "^(a*)*$",
        "^([a-z]+)*$",
        "^(?=(a+)+$)",
        "^(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$",
        r"^(a+)+\1$",
    ] {
        assert_eq!(test(source, &text(60)), "too costly", "{source}");
    }
    // Even the longest text is read through by an ordinary pattern.
    assert_eq!(test("^[0-9a-zA-Z-_.]+$", &text(256 * 1024)), false);
    assert_eq!(test("^[0-9a-zA-Z-_.]+$", &"a".repeat(256 * 1024)), true);
}

#[test]
fn what_is_larger_than_a_pattern_may_be_is_none() {
    for source in
        [format!("{}a{}", "(".repeat(200), ")".repeat(200)), "a".repeat(20_000), "(?:".repeat(5_000)]
    {
        assert_eq!(test(&source, "a"), Value::Null);
    }
}

proptest! {
    #[test]
    fn any_text_is_a_pattern_or_none_without_a_panic(source in any::<String>(), text in any::<String>()) {
        let _ = test(&source, &text);
    }
}
