//! Rocket.Chat's own settings and permissions: typed, with defaults, and kept fresh.

mod custom_fields;
mod default_preferences;
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
use bson::Document;
use std::collections::HashMap;

/// What a role may allow, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// A user's calls pass the rate limiter.
    BypassRateLimit,
    CreatePersonalAccessTokens,
    EditOtherUserInfo,
    LogoutOtherUser,
}

impl Permission {
    const ALL: [Permission; 4] = [
        Permission::BypassRateLimit,
        Permission::CreatePersonalAccessTokens,
        Permission::EditOtherUserInfo,
        Permission::LogoutOtherUser,
    ];

    fn id(self) -> &'static str {
        match self {
            Permission::BypassRateLimit => "api-bypass-rate-limit",
            Permission::CreatePersonalAccessTokens => "create-personal-access-tokens",
            Permission::EditOtherUserInfo => "edit-other-user-info",
            Permission::LogoutOtherUser => "logout-other-user",
        }
    }
}

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
    roles: HashMap<String, Vec<String>>,
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
        let permissions = Permission::ALL.map(Permission::id);
        let (version, stored, roles) = futures_util::future::try_join3(
            store.workspace_version(),
            store.setting_values(Settings::IDS),
            store.roles_with_permissions(&permissions),
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
            roles,
        })
    }

    /// The preferences of a user who has chosen none. `stored`: those that the database knows.
    #[must_use]
    pub fn default_preferences(&self, stored: Document) -> Document {
        default_preferences::complete(stored, self.release.version)
    }

    /// Whether a user with these roles is exempt from the rate limiter.
    #[must_use]
    pub fn bypasses_rate_limit(&self, roles: &[String]) -> bool {
        self.allows(Permission::BypassRateLimit, roles)
    }

    /// Whether one of these roles holds the permission.
    #[must_use]
    pub fn allows(&self, permission: Permission, roles: &[String]) -> bool {
        let holders = self.roles.get(permission.id());
        holders.is_some_and(|holders| roles.iter().any(|role| holders.contains(role)))
    }
}
