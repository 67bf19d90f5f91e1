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
    #[expect(clippy::cast_precision_loss, reason = "lengths are compared as JavaScript numbers")]
    let length = ecmascript::length(password) as f64;
    let lacks = |class: fn(&char) -> bool| !password.chars().any(|c| class(&c));
    let rules = [
        (
            settings.password_min_length >= 1.0 && length < settings.password_min_length,
            "minLength",
            "The password does not meet the minimum length password policy.",
        ),
        (
            settings.password_max_length >= 1.0 && length > settings.password_max_length,
            "maxLength",
            "The password does not meet the maximum length password policy.",
        ),
        (
            settings.password_forbid_repeating
                && settings.password_repeating_count.is_some_and(|count| repeats(password, count)),
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
fn repeats(password: &str, count: u64) -> bool {
    let run_needed = count.saturating_add(1);
    let (mut previous, mut run) = (None, 0_u64);
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
mod tests;
