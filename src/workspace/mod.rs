//! Rocket.Chat's own settings and permissions: typed, with defaults, and kept fresh.

mod custom_fields;
mod freshness;
mod live;
mod mail_defaults;
mod setting_kind;
mod settings;
mod username_pattern;
mod variables;

pub use custom_fields::{Definition, Field};
pub use freshness::Freshness;
pub use live::LiveWorkspace;
pub use settings::{Settings, TypeMismatch};
pub use username_pattern::UsernamePattern;
pub use variables::SettingVariables;

use crate::release::{Release, ReleaseChoice};
use crate::store::{Store, StoreError};

/// Lets a user's calls pass the rate limiter.
const BYPASS_RATE_LIMIT: &str = "api-bypass-rate-limit";

/// The workspace at one moment, with everything parsed that can be parsed ahead of a request.
#[derive(Debug)]
pub struct Workspace {
    /// What the imitated version does.
    pub release: Release,
    /// The version that the workspace's statistics name, as it stands there.
    pub version: Option<String>,
    pub settings: Settings,
    pub username_pattern: UsernamePattern,
    pub custom_fields: Definition,
    bypass_roles: Vec<String>,
}

impl Workspace {
    /// Reads all that is needed, side by side.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn read(
        store: &Store,
        variables: &SettingVariables,
        choice: ReleaseChoice,
    ) -> Result<Workspace, StoreError> {
        let (version, stored, bypass_roles) = futures_util::future::try_join3(
            store.workspace_version(),
            store.setting_values(Settings::IDS),
            store.roles_with_permission(BYPASS_RATE_LIMIT),
        )
        .await?;
        let release = Release::at(choice.version(version.as_deref()));
        let mut settings = Settings::resolve(&stored, variables, release.version);
        // An older version behaves as if it were on, whatever a newer one has left in the database.
        settings.two_factor_email_for_oauth |= !release.email_codes_for_oauth_setting;
        Ok(Workspace {
            username_pattern: UsernamePattern::parse(&settings.username_pattern),
            custom_fields: Definition::parse(&settings.custom_fields),
            settings,
            release,
            version,
            bypass_roles,
        })
    }

    /// Whether a user with these roles is exempt from the rate limiter.
    #[must_use]
    pub fn bypasses_rate_limit(&self, roles: &[String]) -> bool {
        roles.iter().any(|role| self.bypass_roles.contains(role))
    }
}
