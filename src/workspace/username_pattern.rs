//! The setting `UTF8_User_Names_Validation`: an ECMAScript pattern, without flags, for the whole username.

use regress::Regex;

const FALLBACK: &str = "[0-9a-zA-Z-_.]+";

#[derive(Debug)]
pub struct UsernamePattern(Option<Regex>);

impl UsernamePattern {
    /// An empty pattern, or one that does not compile, means the built-in one.
    #[must_use]
    pub fn parse(setting: &str) -> UsernamePattern {
        let compile = |pattern: &str| Regex::new(&format!("^{pattern}$")).ok();
        let own = if setting.is_empty() { None } else { compile(setting) };
        UsernamePattern(own.or_else(|| compile(FALLBACK)))
    }

    /// Whether the username matches. Without flags, ECMAScript matches UTF-16 units.
    #[must_use]
    pub fn matches(&self, username: &str) -> bool {
        let units: Vec<u16> = username.encode_utf16().collect();
        self.0.as_ref().is_some_and(|pattern| pattern.find_from_ucs2(&units, 0).next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_custom_pattern_is_read_as_ecmascript() {
        let pattern = UsernamePattern::parse(r"(?=.{3,8}$)[a-z]+(?:\.[a-z]+)*");
        assert!(pattern.matches("ab.cd"));
        assert!(!pattern.matches("ab") && !pattern.matches("abcdefghi") && !pattern.matches("ab."));
        let astral = UsernamePattern::parse("..");
        assert!(astral.matches("😀"), "one astral character is two units");
    }

    #[test]
    fn an_empty_or_broken_pattern_means_the_built_in_one() {
        for setting in ["", "[0-9", "(", "*"] {
            let pattern = UsernamePattern::parse(setting);
            assert!(
                pattern.matches("a-b_c.9") && !pattern.matches("a b") && !pattern.matches(""),
                "{setting:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_built_in_pattern_allows_letters_digits_and_three_signs(username in any::<String>()) {
            let expected = !username.is_empty()
                && username.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            prop_assert_eq!(UsernamePattern::parse("").matches(&username), expected);
        }

        #[test]
        fn any_setting_gives_a_pattern_without_a_panic(setting in any::<String>()) {
            let _ = UsernamePattern::parse(&setting);
        }
    }
}
