//! Numbers: from and to texts.

use super::text::trim;

/// `String(number)`: the shortest form, `1e+21` from 10²¹ on, `1e-7` below 10⁻⁶.
#[must_use]
pub fn number_to_string(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// `Number(text)`: NaN for what is no number, 0 for blanks.
#[must_use]
pub fn text_to_number(text: &str) -> f64 {
    const RADIXES: [(&str, u32); 6] = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let text = trim(text);
    let digits = RADIXES.into_iter().find_map(|(mark, radix)| Some((text.strip_prefix(mark)?, radix)));
    if let Some((digits, radix)) = digits {
        return whole_number(digits, radix).unwrap_or(f64::NAN);
    }
    match text.strip_prefix(['-', '+']).unwrap_or(text) {
        "" if text.is_empty() => 0.0,
        "Infinity" if text.starts_with('-') => f64::NEG_INFINITY,
        "Infinity" => f64::INFINITY,
        // Rust knows other words for infinity.
        unsigned if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

fn whole_number(digits: &str, radix: u32) -> Option<f64> {
    let add = |number: f64, c: char| Some(number * f64::from(radix) + f64::from(c.to_digit(radix)?));
    if digits.is_empty() { None } else { digits.chars().try_fold(0.0, add) }
}

/// What JavaScript moves to the front of an object: a key that is written like an index of an array.
#[must_use]
pub fn array_index(key: &str) -> Option<u32> {
    let is_canonical = key == "0" || (!key.starts_with(['0', '+']) && !key.is_empty());
    key.parse().ok().filter(|index| is_canonical && *index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecmascript::node;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use serde_json::{Value, json};

    #[test]
    fn numbers_read_as_in_javascript() {
        for (number, text) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (-0.0, "0"),
            (f64::INFINITY, "Infinity"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
        ] {
            assert_eq!(number_to_string(number), text);
        }
    }

    #[test]
    fn texts_are_the_numbers_that_node_reads() {
        let mut cases: Vec<String> = [
            "",
            " ",
            "\u{FEFF}\u{2028}",
            "\u{85}",
            "5",
            " 5 ",
            "0.05",
            ".5",
            "5.",
            ".",
            "-.5",
            "+5",
            "-5",
            "--5",
            "1e3",
            "1e",
            "1e999",
            "-1e999",
            "1e-999",
            "0x10",
            "0XfF",
            "-0x10",
            "0x",
            "0b101",
            "0o17",
            "017",
            "1_000",
            "1,5",
            "5 minutes",
            "Infinity",
            "-Infinity",
            "+Infinity",
            "infinity",
            "inf",
            "nan",
            "NaN",
            "true",
            "null",
            "1.e3",
            "1.5.5",
            "٣",
            "5n",
            "-",
            "+",
            "0",
        ]
        .map(str::to_owned)
        .to_vec();
        let mut runner = TestRunner::deterministic();
        cases.extend(
            (0..2000).map(|_| "[ +\\-]?[0-9.exX]{1,6}".new_tree(&mut runner).expect("a text").current()),
        );
        let cases: Vec<Value> = cases.into_iter().map(Value::from).collect();
        for (case, expected) in cases.iter().zip(node::evaluate("(text) => String(Number(text))", &cases)) {
            let read = text_to_number(case.as_str().unwrap_or_default());
            assert_eq!(json!(number_to_string(read)), expected, "{case}");
        }
    }
}
