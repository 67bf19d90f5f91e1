//! The workspace's password policy: all violated rules at once. Source: `docs/behaviour/update-own-basic-info.md`
//! section 3.4, step 3.

use crate::ecmascript;
use crate::workspace::Settings;
use serde_json::{Value, json};

/// `Err` holds the violations for the error's details; `None` for a blank password, which is refused even
/// where the policy is off.
pub(super) fn check(password: &str, settings: &Settings) -> Result<(), Option<Value>> {
    if ecmascript::trim(password).is_empty() {
        return Err(None);
    }
    if !settings.password_policy_enabled {
        return Ok(());
    }
    let violations = violations(password, settings);
    if violations.is_empty() { Ok(()) } else { Err(Some(Value::Array(violations))) }
}

fn violations(password: &str, settings: &Settings) -> Vec<Value> {
    let length = i64::try_from(ecmascript::length(password)).unwrap_or(i64::MAX);
    let lacks = |class: fn(&char) -> bool| !password.chars().any(|c| class(&c));
    let rules = [
        (
            settings.password_min_length >= 1 && length < settings.password_min_length,
            "minLength",
            "The password does not meet the minimum length password policy.",
        ),
        (
            settings.password_max_length >= 1 && length > settings.password_max_length,
            "maxLength",
            "The password does not meet the maximum length password policy.",
        ),
        (
            settings.password_forbid_repeating && repeats(password, settings.password_repeating_count),
            "repeatingCharacters",
            "The password contains repeating characters which is against the password policy.",
        ),
        (
            settings.password_one_lowercase && lacks(char::is_ascii_lowercase),
            "oneLowercase",
            "The password does not contain at least one lowercase character which is against the password policy.",
        ),
        (
            settings.password_one_uppercase && lacks(char::is_ascii_uppercase),
            "oneUppercase",
            "The password does not contain at least one uppercase character which is against the password policy.",
        ),
        (
            settings.password_one_number && lacks(char::is_ascii_digit),
            "oneNumber",
            "The password does not contain at least one numerical character which is against the password policy.",
        ),
        (
            settings.password_one_special && lacks(|c| !c.is_ascii_alphanumeric() && *c != ' '),
            "oneSpecial",
            "The password does not contain at least one special character which is against the password policy.",
        ),
    ];
    rules
        .into_iter()
        .filter(|(violated, _, _)| *violated)
        .map(|(_, rule, message)| {
            json!({"error": format!("error-password-policy-not-met-{rule}"), "message": message})
        })
        .collect()
}

/// Whether a UTF-16 unit is followed by `count` or more repeats of itself. Line ends do not count: the
/// original's pattern uses `.`.
fn repeats(password: &str, count: i64) -> bool {
    let run_needed = count.max(0).saturating_add(1);
    let (mut previous, mut run) = (None, 0_i64);
    password.encode_utf16().any(|unit| {
        let is_line_end = matches!(unit, 0x0A | 0x0D | 0x2028 | 0x2029);
        run = match previous {
            _ if is_line_end => 0,
            Some(same) if same == unit => run + 1,
            _ => 1,
        };
        previous = Some(unit);
        run >= run_needed
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;
    use crate::workspace::SettingVariables;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn eight() -> Settings {
        Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::EIGHT)
    }

    fn violated(password: &str) -> Vec<String> {
        let rule = |violation: Value| {
            let id = violation["error"].as_str().unwrap_or_default();
            id.trim_start_matches("error-password-policy-not-met-").to_owned()
        };
        violations(password, &eight()).into_iter().map(rule).collect()
    }

    #[test]
    fn every_violated_rule_is_named_in_the_originals_order() {
        assert_eq!(
            violated("    "),
            ["minLength", "repeatingCharacters", "oneLowercase", "oneUppercase", "oneNumber", "oneSpecial"]
        );
        assert_eq!(violated("Str0ng-enough!"), Vec::<String>::new());
        assert_eq!(violated("Aa1 aaa aaa aaa"), ["oneSpecial"], "a space is no special character");
        assert_eq!(
            violated("Aa1-aaaa-bcdef"),
            ["repeatingCharacters"],
            "four in a row with a count of three"
        );
        assert_eq!(violated("Aa1-aaa-bcdefg"), Vec::<String>::new());
    }

    #[test]
    fn a_blank_password_is_refused_without_a_policy() {
        let mut settings = eight();
        settings.password_policy_enabled = false;
        assert_eq!(check(" \u{FEFF}\t", &settings), Err(None));
        assert_eq!(check("x", &settings), Ok(()));
    }

    #[test]
    fn line_ends_never_count_as_repeats() {
        assert!(!repeats("\n\n\n\n\n", 3));
        assert!(repeats("aaaa", 3) && !repeats("aaa", 3) && repeats("a", 0));
    }

    proptest! {
        #[test]
        fn repeats_agree_with_counting_runs(password in "[ab\n]{0,12}", count in 0_i64..5) {
            let longest = password.split('\n').flat_map(|line| {
                let mut runs = vec![];
                let (mut run, mut last) = (0, None);
                for c in line.chars() {
                    run = if Some(c) == last { run + 1 } else { 1 };
                    last = Some(c);
                    runs.push(run);
                }
                runs
            }).max().unwrap_or(0);
            prop_assert_eq!(repeats(&password, count), longest > count);
        }

        #[test]
        fn a_password_that_meets_each_rule_passes(filler in "[b-z]{0,3}") {
            let password = format!("Str0ng-enough!{filler}");
            prop_assume!(!repeats(&password, 3));
            prop_assert_eq!(check(&password, &eight()), Ok(()));
        }
    }
}
