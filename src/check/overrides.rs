//! Variables `OVERWRITE_SETTING_<ID>` that say something else than the database. Source: docs/DATABASES.md.

use super::Finding;
use crate::store::Store;
use crate::workspace::{SettingVariables, Settings};
use bson::Bson;
use serde_json::json;

const CHECK: &str = "settings";

/// Rocket.Chat writes them into the database when it starts; here the database counts.
pub(super) async fn check(store: &Store, variables: &SettingVariables) -> Vec<Finding> {
    // That it does not answer is said by the check of the settings themselves.
    let Ok(stored) = store.setting_values(Settings::IDS).await else { return Vec::new() };
    let differs = |id: &&&str| {
        let text = variables.overwriting(id);
        text.zip(stored.get(**id)).is_some_and(|(text, value)| !is_same(value, text))
    };
    // Neither value is shown: it may be a password.
    let finding = |id: &&str| {
        Finding::warning(
            CHECK,
            "setting-overwritten",
            format!("OVERWRITE_SETTING_{id} is set, but the database holds something else, and the database counts"),
            "set it for Rocket.Chat itself, which writes it into the database when it starts, or take it away here",
        )
        .details(json!({"setting": id}))
    };
    Settings::IDS.iter().filter(differs).map(finding).collect()
}

/// Whether Rocket.Chat would store that for the text of the variable.
fn is_same(value: &Bson, text: &str) -> bool {
    let is_number = |number: f64| text.parse().is_ok_and(|text: f64| text.total_cmp(&number).is_eq());
    match value {
        Bson::Boolean(flag) => text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
        Bson::Int32(number) => is_number(f64::from(*number)),
        Bson::Int64(number) => text.parse().is_ok_and(|text: i64| text == *number),
        Bson::Double(number) => is_number(*number),
        Bson::String(stored) => stored.trim() == text,
        Bson::Null => text.is_empty(),
        // A list, as JSON: it is not known how that was written.
        _ => true,
    }
}
