//! Rocket.Chat's own settings and permissions: typed, with defaults, and kept fresh.

mod custom_fields;
mod live;
mod mail_defaults;
mod setting_kind;
mod settings;
mod username_pattern;
mod variables;

pub use custom_fields::{Definition, Field};
pub use live::LiveWorkspace;
pub use settings::{Settings, TypeMismatch};
pub use username_pattern::UsernamePattern;
pub use variables::SettingVariables;

use crate::release::SettingDefaults;
use crate::store::{Store, StoreError};

/// Lets a user's calls pass the rate limiter.
const BYPASS_RATE_LIMIT: &str = "api-bypass-rate-limit";

/// The workspace at one moment, with everything parsed that can be parsed ahead of a request.
#[derive(Debug)]
pub struct Workspace {
    pub settings: Settings,
    pub username_pattern: UsernamePattern,
    pub custom_fields: Definition,
    bypass_roles: Vec<String>,
}

impl Workspace {
    /// Reads all that is needed, in two round trips.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn read(
        store: &Store,
        variables: &SettingVariables,
        defaults: SettingDefaults,
    ) -> Result<Workspace, StoreError> {
        let stored = store.setting_values(Settings::IDS).await?;
        let settings = Settings::resolve(&stored, variables, defaults);
        Ok(Workspace {
            username_pattern: UsernamePattern::parse(&settings.username_pattern),
            custom_fields: Definition::parse(&settings.custom_fields),
            settings,
            bypass_roles: store.roles_with_permission(BYPASS_RATE_LIMIT).await?,
        })
    }

    /// Whether a user with these roles is exempt from the rate limiter.
    #[must_use]
    pub fn bypasses_rate_limit(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.bypass_roles.contains(role))
    }
}
