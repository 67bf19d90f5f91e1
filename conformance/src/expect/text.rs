//! Patterns: a text that may hold `(number)`, `(date)`, `(token)`, `(hash)` or `(any)` where the run decides.

/// What stands for something that is not known beforehand.
const MASKS: [&str; 5] = ["(number)", "(date)", "(token)", "(hash)", "(any)"];

/// Whether the text is as the pattern says.
pub fn matches(pattern: &str, text: &str) -> bool {
    let first = MASKS.iter().filter_map(|mask| pattern.find(mask).map(|at| (at, *mask))).min();
    let Some((at, mask)) = first else { return pattern == text };
    let (literal, rest) = (&pattern[..at], &pattern[at + mask.len()..]);
    let Some(text) = text.strip_prefix(literal) else { return false };
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.rev().any(|end| is_one(mask, &text[..end]) && matches(rest, &text[end..]))
}

fn is_one(mask: &str, text: &str) -> bool {
    let all = |allowed: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || allowed.as_bytes().contains(&byte))
    };
    match mask {
        "(number)" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        "(date)" => is_date(text),
        "(token)" => text.len() == 43 && all("-_"),
        "(hash)" => [32, 44, 60, 64].contains(&text.len()) && all("./$+="),
        _ => true,
    }
}

/// As JavaScript writes a date in JSON.
fn is_date(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00.000Z";
    let is_of_form = |(byte, form): (u8, &u8)| byte == *form || *form == b'0' && byte.is_ascii_digit();
    text.len() == form.len() && text.bytes().zip(form).all(is_of_form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_stand_for_what_they_name_and_nothing_else() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("wait (number) s", "wait 60 s", true),
            ("wait (number) s", "wait x s", false),
            ("(date)", "2020-01-01T00:00:00.000Z", true),
            ("(date)", "2020-01-01T00:00:00Z", false),
            ("<(token)>", &format!("<{}>", "a".repeat(43)), true),
            ("(token)", &"a".repeat(42), false),
            ("(hash)", &"f".repeat(32), true),
            ("x(any)y", "xy", true),
            ("x(any)y", "x y y", true),
            ("x(any)y", "x y z", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
