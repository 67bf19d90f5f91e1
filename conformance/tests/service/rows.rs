//! Which rows of the version table explain a difference between 6.13 and 8.6. Written by hand, by cases and places: a
//! difference elsewhere is explained by none.

use rc_account::release::{ROWS, Version};
use serde_json::Value;

pub const ORIGINAL: &str = "6.13.0";
pub const CANDIDATE: &str = "8.6.0";

/// A row, the cases by the beginning of their ids, and the places by their beginnings (with `$`: as a whole). Empty: all.
const EXPLAINED: &[(&str, &[&str], &[&str])] = &[
    ("cors_headers", &[], &["answers.*.headers.access-control-allow-headers"]),
    ("cache_headers", &[], &["answers.*.headers.cache-control", "answers.*.headers.pragma"]),
    (
        "reply",
        &[],
        &[
            "answers.*.body.user.avatarUrl",
            "answers.*.body.user.banners",
            "answers.*.body.user.email",
            "answers.*.body.user.isOAuthUser",
            "answers.*.body.user.services",
            "answers.*.body.user.settings",
        ],
    ),
    (
        "unauthorized",
        &["credentials/", "password/ended-session", "method-call/credentials"],
        &["answers.*.body.error", "answers.*.body.success"],
    ),
    (
        "body_error",
        &["body/", "limits/", "method-call/", "order/1-schema"],
        &["answers.*.body$", "answers.*.body.error"],
    ),
    ("scalar_body", &["body/scalar-"], &["answers.*.body.error"]),
    ("nested_forms", &["body/nested-form", "body/payload"], &[]),
    ("custom_fields_in_data", &["custom-fields/in-data"], &[]),
    (
        "unknown_custom_fields",
        &["custom-fields/only-unknown", "custom-fields/own-direct-messages-of-nothing"],
        &[],
    ),
    (
        "method_failure",
        &["method-call/"],
        &["answers.*.status", "answers.*.body.success", "answers.*.body.message"],
    ),
    ("has_save_user_profile", &["method-call/"], &["answers.*.body.message", "documents."]),
    ("rate_limit", &["limits/"], &["answers.*.", "documents.users.*._updatedAt", "documents.users.*.bio"]),
    ("gates", &["limits/limit-before-body", "limits/body-before-limit"], &["answers.*.headers.x-ratelimit"]),
    ("challenge_counts", &["limits/challenge"], &["answers.*."]),
    ("user_limits", &["limits/address-"], &["answers.*.", "documents.users.*.emails"]),
    ("second_factor", &["second-factor/first-address", "second-factor/nothing-to-protect"], &[]),
    ("second_factor", &["second-factor/forced-password"], &[]),
    ("second_factor", &["elsewhere"], &["documents.rocketchat_settings.*.value"]),
    (
        "clears_forced_password_change",
        &["password/forced", "second-factor/forced-password"],
        &["answers.*.body.user.requirePasswordChange", "documents.users.*.requirePasswordChange"],
    ),
    ("editing", &["permissions/first-password", "permissions/first-username"], &[]),
    (
        "empty_text_clears",
        &["texts/bio-empty", "texts/nickname-empty"],
        &["answers.*.body.user.", "documents.users.*."],
    ),
    ("presence", &["status/", "permissions/status-type", "body/coerced-username"], &[]),
    ("federation_pins_username", &["username/federated"], &[]),
    (
        "remembers_user_agent",
        &["second-factor/remembered"],
        &["documents.users.*.services.resume.loginTokens.*.twoFactorAuthorizedHash"],
    ),
    ("renames_call_history", &["rename/calls"], &["documents.rocketchat_call_history"]),
];

/// Rows that differ between the two versions and that no case shows, and why.
pub const UNSEEN: &[(&str, &str)] = &[
    ("login", "stand-alone"),
    ("tells_ended_sessions", "stand-alone"),
    ("totp_needs_verified_email", "stand-alone"),
    ("logout_forgets_devices", "stand-alone"),
    ("login_tells_oauth", "stand-alone"),
    ("logout_has_body", "stand-alone"),
    ("account_routes", "stand-alone"),
    ("preference_keys", "stand-alone"),
    ("auto_translate", "stand-alone"),
    ("confirmation_mail", "stand-alone"),
    ("save_is_announced", "seen by connected clients alone"),
    ("methods_before_newcomers", "stand-alone: the profile asks for a second factor anew each time"),
];

/// The parts of the cases that show every row, for the fence.
pub const ONLY: &[&str] = &[
    "body/scalar-",
    "body/nested-form",
    "body/payload-",
    "custom-fields/in-data",
    "custom-fields/only-unknown",
    "credentials/n",
    "limits/",
    "method-call/gone",
    "method-call/match-none",
    "method-call/saved",
    "order/",
    "password/forced",
    "permissions/first-",
    "rename/calls",
    "reply/whole",
    "second-factor/first-address",
    "second-factor/forced-password",
    "second-factor/nothing-to-protect",
    "second-factor/remembered",
    "status/8-type",
    "texts/bio-empty",
    "texts/nickname-empty",
    "username/federated",
];

/// The rows that explain a difference of the report.
pub fn of(difference: &Value) -> Vec<&'static str> {
    let text = |key: &str| difference[key].as_str().unwrap_or_default();
    let (case, place) = (text("case"), text("place"));
    let begins = |beginnings: &[&str], text: &str| {
        let is_so = |beginning: &&str| match beginning.strip_suffix('$') {
            Some(whole) => text == whole,
            None => text.starts_with(beginning),
        };
        beginnings.is_empty() || beginnings.iter().any(is_so)
    };
    let explaining =
        EXPLAINED.iter().filter(|(_, cases, places)| begins(cases, case) && begins(places, place));
    explaining.map(|(row, ..)| *row).collect()
}

/// The rows whose behaviour differs between the two versions.
pub fn differing() -> Vec<&'static str> {
    let at = |text: &str| Version::parse(text).expect("a version");
    let (original, candidate) = (at(ORIGINAL), at(CANDIDATE));
    let rows = ROWS.iter().filter(|row| row.at(original) != row.at(candidate));
    rows.map(|row| row.name).collect()
}
