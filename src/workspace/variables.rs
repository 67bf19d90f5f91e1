//! Environment variables that stand for Rocket.Chat settings. Source: `docs/behaviour/settings.md` section 3.

use std::collections::BTreeMap;

/// The environment, of which only Rocket.Chat settings are read. Values may be secrets, so `Debug` hides them.
#[derive(Clone, Default)]
pub struct SettingVariables(BTreeMap<String, String>);

impl SettingVariables {
    /// From the whole environment.
    #[must_use]
    pub fn new(environment: BTreeMap<String, String>) -> SettingVariables {
        SettingVariables(environment)
    }

    /// The text that stands in for a setting which the database lacks, without white space around it.
    #[must_use]
    pub fn value_of(&self, setting: &str) -> Option<&str> {
        self.overwriting(setting).or_else(|| self.0.get(setting).map(|text| text.trim()))
    }

    /// The text with which Rocket.Chat overwrites the setting at each of its starts.
    #[must_use]
    pub fn overwriting(&self, setting: &str) -> Option<&str> {
        self.0.get(&format!("OVERWRITE_SETTING_{setting}")).map(|text| text.trim())
    }
}

impl std::fmt::Debug for SettingVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SettingVariables(…)")
    }
}
