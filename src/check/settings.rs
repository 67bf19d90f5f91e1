//! The settings of the workspace that decide about an account.

use super::{Finding, setting_values};
use crate::config::{Config, path_of};
use crate::release::Version;
use crate::store::Store;
use crate::workspace::{Settings, TypeMismatch};
use serde_json::json;

const CHECK: &str = "settings";

pub(super) async fn check(store: &Store, config: &Config, version: Version) -> Vec<Finding> {
    let variables = &config.setting_variables;
    let stored = match store.setting_values(Settings::IDS).await {
        Ok(stored) => stored,
        Err(error) => return vec![Finding::unanswered(CHECK, &error)],
    };
    let all = Settings::IDS.len();
    let missing: Vec<&str> = Settings::IDS.iter().copied().filter(|id| !stored.contains_key(*id)).collect();
    if missing.len() == all {
        let message = format!("database {} holds none of Rocket.Chat's settings", store.database_name());
        let remedy = "name the workspace's database in the path of MONGO_URL, and start Rocket.Chat once";
        return vec![Finding::error(CHECK, "settings-missing", message, remedy)];
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
        let TypeMismatch { id, found, expected, counts_as } = mismatch;
        Finding::warning(
            CHECK,
            "setting-type",
            format!("{id} is of type {found}, not {expected}; it counts as {counts_as}"),
            format!("save {id} anew in Rocket.Chat's administration"),
        )
        .details(json!({"setting": id, "found": found, "expected": expected, "countsAs": counts_as}))
    }));
    let settings = Settings::resolve(&stored, variables, version);
    findings.extend(setting_values::check(&settings));
    findings.extend(paths(&settings.site_url, &config.root_url));
    findings
}

/// Rocket.Chat builds addresses from both.
fn paths(site_url: &str, root_url: &str) -> Option<Finding> {
    let (site, root) = (path_of(site_url), path_of(root_url));
    let differ = !site_url.is_empty() && site != root;
    differ.then(|| {
        let shown = |path: &str| if path.is_empty() { "none".to_owned() } else { path.to_owned() };
        Finding::warning(
            CHECK,
            "setting-path",
            format!(
                "Site_Url has the path {}, ROOT_URL has {}: the service serves both",
                shown(site),
                shown(root)
            ),
            "set ROOT_URL to what it is for Rocket.Chat, its path included",
        )
        .details(json!({"setting": "Site_Url", "path": site, "rootPath": root}))
    })
}
