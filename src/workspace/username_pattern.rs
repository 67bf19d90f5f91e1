//! The setting `UTF8_User_Names_Validation`: an ECMAScript pattern, without flags, for the whole username.

use crate::ecmascript::{Pattern, PatternError, Tested};
use std::sync::atomic::{AtomicBool, Ordering};

const FALLBACK: &str = "[0-9a-zA-Z-_.]+";

#[derive(Debug)]
pub struct UsernamePattern {
    pattern: Result<Pattern, PatternError>,
    is_broken: bool,
    was_too_costly: AtomicBool,
}

impl UsernamePattern {
    /// An empty pattern, or one that does not compile, means the built-in one.
    #[must_use]
    pub fn parse(setting: &str) -> UsernamePattern {
        let whole = |pattern: &str| Pattern::parse(&format!("^{pattern}$"));
        let own = if setting.is_empty() { None } else { Some(whole(setting)) };
        let is_broken = matches!(own, Some(Err(_)));
        let pattern = own.and_then(Result::ok).map_or_else(|| whole(FALLBACK), Ok);
        UsernamePattern { pattern, is_broken, was_too_costly: AtomicBool::new(false) }
    }

    /// Whether the username matches. One whose search is given up does not: JavaScript would search on for hours.
    #[must_use]
    pub fn matches(&self, username: &str) -> bool {
        let Ok(pattern) = &self.pattern else { return false };
        let tested = pattern.test(username);
        if tested == Tested::TooCostly && !self.was_too_costly.swap(true, Ordering::Relaxed) {
            tracing::warn!("UTF8_User_Names_Validation costs too much to search; such names are refused");
        }
        tested == Tested::Matches
    }

    /// The workspace's own pattern does not compile.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Whether a name can make it search for longer than is waited; found by trying some.
    #[must_use]
    pub fn is_costly(&self) -> bool {
        let tries = ["a", "A", "0", ".", "-", "_", "a.", "aA0"].map(|part| format!("{}\n", part.repeat(40)));
        self.pattern
            .as_ref()
            .is_ok_and(|pattern| tries.iter().any(|name| pattern.test(name) == Tested::TooCostly))
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
        let either = UsernamePattern::parse("a|b");
        assert!(either.matches("ax") && either.matches("xb") && !either.matches("xax"), "^a or b$");
    }

    #[test]
    fn an_empty_or_broken_pattern_means_the_built_in_one() {
        for setting in ["", "[0-9", "(", "*", "(?i:a)", "(?<a>.)(?<a>.)"] {
            let pattern = UsernamePattern::parse(setting);
            assert_eq!(pattern.is_broken(), !setting.is_empty(), "{setting:?}");
            assert!(
                pattern.matches("a-b_c.9") && !pattern.matches("a b") && !pattern.matches(""),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn a_pattern_whose_search_may_not_end_is_known_as_such_and_refuses() {
        for setting in ["(a+)+", "([a-z]+)*", "(a|a)*", r"([\w.-]+)+", r"(\w+\.?)+"] {
            let pattern = UsernamePattern::parse(setting);
            assert!(pattern.is_costly(), "{setting}");
            assert!(pattern.matches("aaaa"), "{setting}");
            assert!(!pattern.matches(&format!("{} ", "a".repeat(60))), "{setting}");
        }
        for setting in ["", "[0-9a-zA-Z-_.]+", r"(?=.{3,8}$)[a-z]+(?:\.[a-z]+)*", r"[a-z]\w{2,30}"] {
            assert!(!UsernamePattern::parse(setting).is_costly(), "{setting}");
        }
    }

    proptest! {
        #[test]
        fn the_built_in_pattern_allows_letters_digits_and_three_signs(username in any::<String>()) {
            let expected = !username.is_empty()
                && username.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            prop_assert_eq!(UsernamePattern::parse("").matches(&username), expected);
        }
    }
}
