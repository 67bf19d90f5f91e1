//! Values of settings that Rocket.Chat reads in another way than whoever wrote them will have meant.

mod lists;

use super::Finding;
use crate::ecmascript::{self, Value};
use crate::workspace::{Definition, Field, Settings, UsernamePattern};
use serde_json::json;

const CHECK: &str = "settings";

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut doubt = |id: &str, message: String, remedy: String| {
        let finding = Finding::warning(CHECK, "setting-doubtful", format!("{id} {message}"), remedy);
        findings.push(finding.details(json!({"setting": id})));
    };
    for (id, list, of) in lists::all(settings) {
        for (message, remedy) in lists::doubts(list, of) {
            doubt(id, message, remedy);
        }
    }
    if let Some((message, remedy)) = doubts_of_pattern(&settings.username_pattern) {
        doubt("UTF8_User_Names_Validation", message.to_owned(), remedy.to_owned());
    }
    for (message, remedy) in doubts_of_fields(&Definition::parse(&settings.custom_fields)) {
        doubt("Accounts_CustomFields", message, remedy);
    }
    for (id, number) in [
        ("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", settings.block_by_user_attempts),
        ("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", settings.block_by_address_attempts),
    ] {
        if number <= 0.0 {
            doubt(
                id,
                "is not above 0: nobody is blocked".to_owned(),
                "save a whole number from 1 on".to_owned(),
            );
        }
    }
    for (id, number) in [
        ("API_Enable_Rate_Limiter_Limit_Calls_Default", settings.rate_limit_calls),
        ("DDP_Rate_Limit_User_By_Method_Requests_Allowed", settings.method_limit_calls),
    ] {
        if number < 1.0 && number != 0.0 {
            doubt(
                id,
                "is below 1: every call is refused".to_owned(),
                "save a whole number; 0 is no limit".to_owned(),
            );
        }
    }
    if settings.password_forbid_repeating && settings.password_repeating_count.is_none() {
        doubt(
            "Accounts_Password_Policy_ForbidRepeatingCharactersCount",
            "is no whole number: repeated characters are allowed".to_owned(),
            "save a whole number such as 3".to_owned(),
        );
    }
    findings
}

fn doubts_of_pattern(setting: &str) -> Option<(&'static str, &'static str)> {
    let pattern = UsernamePattern::parse(setting);
    if pattern.is_broken() {
        Some((
            "is no pattern: the built-in one counts",
            "save a pattern that JavaScript takes, such as [0-9a-zA-Z-_.]+",
        ))
    } else if pattern.is_costly() {
        Some((
            "can take for ever to search: such names are refused here, and hold Rocket.Chat up as a whole",
            "write it without a repetition inside of a repetition, such as (a+)+",
        ))
    } else {
        None
    }
}

fn doubts_of_fields(definition: &Definition) -> Vec<(String, String)> {
    let anew = || "save it as JSON: an object with one member for each field".to_owned();
    let fields = match definition {
        Definition::None => return Vec::new(),
        Definition::InvalidJson => return vec![("is no JSON: custom fields are refused".to_owned(), anew())],
        Definition::Null => return vec![("is null: custom fields are refused".to_owned(), anew())],
        Definition::Fields(fields) => fields,
    };
    fields.iter().flat_map(|(name, field)| doubts_of_field(name, field)).collect()
}

fn doubts_of_field(name: &str, field: &Field) -> Vec<(String, String)> {
    let name = ecmascript::truncate(name, 60);
    let mut doubts = Vec::new();
    let mut doubt = |message: &str, remedy: &str| {
        doubts.push((format!("defines {name:?} {message}"), remedy.to_owned()));
    };
    if field.is_null {
        doubt("as null: custom fields are refused", "give it an object, such as {\"type\": \"text\"}");
    }
    match &field.options {
        _ if !field.is_select => {}
        Value::List(_) => {}
        Value::Text(_) => {
            doubt("with options in one text: every part of it is allowed", "save a list of texts")
        }
        _ => {
            doubt("as a select without a list of options: custom fields are refused", "save a list of texts")
        }
    }
    for (key, limit) in [("minLength", &field.min_length), ("maxLength", &field.max_length)] {
        if limit.is_truthy() && limit.to_number().is_nan() {
            doubt(&format!("with a {key} that is no number: it does not count"), "save a number");
        }
    }
    doubts
}

#[cfg(test)]
mod tests;
