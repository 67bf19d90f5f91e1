use super::*;
use crate::ecmascript::node;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn length_and_truncation_count_utf16_units() {
    assert_eq!(length("a😀"), 3);
    assert_eq!(truncate("a😀b", 3), "a😀");
    assert_eq!(truncate("a😀b", 2), "a\u{FFFD}");
}

/// Each character of the first plane, and some beyond.
fn characters() -> impl Iterator<Item = char> {
    (0..=0xFFFF).chain([0x10400, 0x10428, 0x1E900, 0x1F600]).filter_map(char::from_u32)
}

#[test]
fn white_space_is_what_node_trims() {
    let cases: Vec<Value> = characters().map(|c| json!(format!("{c}a{c}"))).collect();
    for (case, expected) in cases.iter().zip(node::evaluate("(text) => text.trim()", &cases)) {
        assert_eq!(case.as_str().map(trim), expected.as_str(), "{case}");
    }
}

#[test]
fn letter_case_is_nodes() {
    let sample =
        |c: char| [format!("{c}"), format!("A{c}"), format!("A{c}.B"), format!("{c}Σ"), format!("Σ{c}")];
    let cases: Vec<Value> = characters().flat_map(sample).map(Value::from).collect();
    let (mut wrong, lower) = (Vec::new(), node::evaluate("(text) => text.toLowerCase()", &cases));
    for (case, expected) in cases.iter().zip(&lower) {
        if case.as_str().map(str::to_lowercase).as_deref() != expected.as_str() {
            wrong.push(case);
        }
    }
    // Letters that are younger than the Unicode of Node.js 20.
    assert!(wrong.len() < 50, "{} {wrong:?}", wrong.len());
}

#[test]
fn letters_are_the_same_as_for_a_pattern_of_node() {
    let mut cases = Vec::new();
    for c in characters().filter(|c| c.is_alphabetic()) {
        let partners = c.to_lowercase().chain(c.to_uppercase()).chain("kKsSiIåÅßẞſσςΣ".chars());
        cases.extend(partners.map(|partner| json!([c, partner])));
    }
    let same = "([a, b]) => new RegExp('^' + a + '$', 'i').test(b)";
    let mut wrong = Vec::new();
    for (case, expected) in cases.iter().zip(node::evaluate(same, &cases)) {
        let (Some(a), Some(b)) = (case[0].as_str(), case[1].as_str()) else { panic!("{case}") };
        if json!(is_same_ignoring_case(a, b)) != expected {
            wrong.push(case);
        }
    }
    assert!(wrong.len() < 50, "{} {wrong:?}", wrong.len());
}

#[test]
fn lists_are_split_as_in_javascript() {
    let lists = ["", ",", " , ", "a", "a,", ",a", " a , b ", "a\nb", "a,,b", "\u{FEFF}a\u{85},", ",\n"]
        .map(Value::from);
    let split = "(list) => [list.split(',').map((item) => item.trim()), \
                 list.split(',').filter(Boolean).map((item) => item.trim())]";
    for (list, expected) in lists.iter().zip(node::evaluate(split, &lists)) {
        let list = list.as_str().unwrap_or_default();
        let (all, filled): (Vec<_>, Vec<_>) = (split_list(list).collect(), split_filled_list(list).collect());
        assert_eq!(json!([all, filled]), expected, "{list:?}");
    }
}

#[test]
fn html_is_escaped_as_the_string_helpers_do() {
    assert_eq!(escape_html("<a> & \"b\" 'c' €™"), "&lt;a&gt; &amp; &quot;b&quot; &#39;c&#39; &euro;&trade;");
}

proptest! {
    #[test]
    fn trimming_twice_changes_nothing_more(text in any::<String>()) {
        prop_assert_eq!(trim(trim(&text)), trim(&text));
    }

    #[test]
    fn a_truncated_text_is_never_longer(text in any::<String>(), units in 0usize..40) {
        prop_assert!(length(&truncate(&text, units)) <= units);
    }
}
