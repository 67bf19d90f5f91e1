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
    assert_eq!(violated("Aa1-aaaa-bcdef"), ["repeatingCharacters"], "four in a row with a count of three");
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

/// The password's violations where a setting holds that value.
fn with(id: &str, value: bson::Bson, password: &str) -> Vec<Value> {
    let stored = HashMap::from([
        ("Accounts_Password_Policy_ForbidRepeatingCharactersCount".to_owned(), 3.into()),
        (format!("Accounts_Password_Policy_{id}"), value),
    ]);
    violations(password, &Settings::resolve(&stored, &SettingVariables::default(), Version::EIGHT))
}

#[test]
fn numbers_in_the_settings_are_compared_as_javascript_does() {
    const FIFTEEN: &str = "Str0ng-enough!!";
    for (id, value, is_violated) in [
        ("MinLength", bson::bson!(15.5), true),
        ("MinLength", bson::bson!(14.5), false),
        ("MinLength", bson::bson!("16"), true),
        ("MinLength", bson::bson!(" 1.6e1 "), true),
        ("MinLength", bson::bson!("sixteen"), false),
        ("MinLength", bson::bson!(0.5), false),
        ("MinLength", bson::bson!(""), false),
        ("MinLength", bson::Bson::Null, false),
        ("MinLength", bson::bson!(f64::NAN), false),
        ("MinLength", bson::bson!(1e300), true),
        ("MinLength", bson::bson!(true), false),
        ("MaxLength", bson::bson!(14.5), true),
        ("MaxLength", bson::bson!("14"), true),
        ("MaxLength", bson::bson!(15), false),
        ("MaxLength", bson::bson!(0.5), false),
        ("MaxLength", bson::bson!(-1), false),
        ("MaxLength", bson::bson!(f64::NEG_INFINITY), false),
        ("ForbidRepeatingCharactersCount", bson::bson!(1), true),
        ("ForbidRepeatingCharactersCount", bson::bson!("1"), true),
        ("ForbidRepeatingCharactersCount", bson::bson!(2), false),
        // Written into a pattern, these are no numbers of repeats.
        ("ForbidRepeatingCharactersCount", bson::bson!(1.5), false),
        ("ForbidRepeatingCharactersCount", bson::bson!(-1), false),
        ("ForbidRepeatingCharactersCount", bson::bson!(" 1"), false),
        ("ForbidRepeatingCharactersCount", bson::Bson::Null, false),
    ] {
        assert_eq!(!with(id, value.clone(), FIFTEEN).is_empty(), is_violated, "{id} {value}");
    }
}

proptest! {
    #[test]
    fn repeats_agree_with_counting_runs(password in "[ab\n]{0,12}", count in 0_u64..5) {
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
