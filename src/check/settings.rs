//! The settings of the workspace that decide about an account.

use super::Finding;
use crate::release::Version;
use crate::store::Store;
use crate::workspace::{SettingVariables, Settings};
use serde_json::json;

const CHECK: &str = "settings";

pub(super) async fn check(store: &Store, variables: &SettingVariables, version: Version) -> Vec<Finding> {
    let stored = match store.setting_values(Settings::IDS).await {
        Ok(stored) => stored,
        Err(error) => return vec![Finding::unanswered(CHECK, &error)],
    };
    let all = Settings::IDS.len();
    let missing: Vec<&str> = Settings::IDS.iter().copied().filter(|id| !stored.contains_key(*id)).collect();
    if missing.len() == all {
        let message = format!("database {} holds none of Rocket.Chat's settings", store.database_name());
        let remedy = "name the workspace's database in the path of MONGO_URL, and start Rocket.Chat once";
        return vec![Finding::error(CHECK, message, remedy)];
    }
    let by_variable = missing.iter().filter(|id| variables.value_of(id).is_some()).count();
    let message = format!(
        "{} of {all} are in the database; for {} the default of {version} counts, for {by_variable} the environment",
        all - missing.len(),
        missing.len() - by_variable,
    );
    let mut findings = vec![Finding::ok(CHECK, message).details(json!({"missing": missing}))];
    // The value is not shown: it may be a password.
    findings.extend(Settings::type_mismatches(&stored).into_iter().map(|mismatch| {
        let (id, found, expected) = (mismatch.id, mismatch.found, mismatch.expected);
        Finding::warning(
            CHECK,
            format!("{id} is of type {found}, not {expected}"),
            format!("save {id} anew in Rocket.Chat's administration"),
        )
        .details(json!({"setting": id, "found": found, "expected": expected}))
    }));
    findings
}
