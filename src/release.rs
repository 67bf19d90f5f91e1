//! What differs between the two Rocket.Chat releases that we imitate, as one table of named choices.
//!
//! Nothing else in the program asks "which release is this?": it asks for one of these choices.
//! Source: `docs/DECISIONS.md` section 2 and the version notes of the behaviour specification.

use std::fmt;

/// One column of the table: every choice that a release makes.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    pub name: &'static str,
    /// Version that `versionUpdate-…` banners are compared with when the workspace does not tell its own.
    pub reference_version: &'static str,
    pub reply: UserShape,
    pub unauthorized: UnauthorizedBody,
    pub body_error: BodyErrorShape,
    pub gates: GateOrder,
    pub rate_limit: RouteLimit,
    pub method_failure: MethodFailure,
    pub second_factor: SecondFactorRule,
    /// Whether a profile edit also asks for the strict reading of "may this user edit" (see `profile::editing`).
    pub editing: EditingRules,
    pub presence: PresenceRules,
    /// `nickname: ""` removes the nickname; otherwise it is ignored.
    pub empty_nickname_clears: bool,
    /// `bio: null` is refused; otherwise it is ignored.
    pub null_bio_refused: bool,
    /// Custom fields none of which is defined: an error; otherwise nothing is saved.
    pub only_unknown_custom_fields_refused: bool,
    /// Custom fields are accepted inside `data` as well, where the old documentation shows them.
    pub custom_fields_in_data: bool,
    /// The policy error's text ends in its id.
    pub policy_error_has_suffix: bool,
    /// A user forced to change the password is released by changing it.
    pub clears_forced_password_change: bool,
    /// Federated users and users in federated rooms keep their username.
    pub federation_pins_username: bool,
    /// A remembered second factor is bound to the user agent as well as to the address.
    pub remembers_user_agent: bool,
    pub login: LoginAnswerShape,
    /// A login with a token that has ended is told so; otherwise it looks like any other wrong credentials.
    pub tells_ended_sessions: bool,
    /// Which column of the settings table is the default of a setting that the database lacks.
    pub setting_defaults: SettingDefaults,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserShape {
    /// The stored document, minus excluded fields.
    Stored,
    /// Hashes and tokens removed, computed keys added.
    Reshaped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnauthorizedBody {
    StatusAndMessage,
    Superset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginAnswerShape {
    /// No `success`; order status, error, details, message. Malformed arguments are a 401 with their own text.
    WithoutSuccess,
    /// Order success, error, status, details, message. Malformed arguments are an internal error.
    WithSuccess,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyErrorShape {
    /// ` [invalid-params]` behind the message, order success, error, errorType.
    Suffixed,
    /// The bare message, order success, errorType, error.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOrder {
    RateLimitThenBody,
    BodyThenRateLimit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteLimit {
    /// The workspace's API default settings.
    ApiDefaults,
    /// The route's own limit.
    Own { calls: u32, window_ms: u64 },
    /// The workspace's limit of Meteor's methods for each user and method.
    MethodsOfUser,
}

/// What a method call over REST answers with when the method fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodFailure {
    /// 200 and `success: true`, the error inside the message: clients up to 7.x read nothing else.
    InsideSuccess,
    /// 400 and `success: false`, the error inside the message. Since 8.0 (pull request 38007).
    BadRequest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Whenever `email` or `newPassword` is given.
    Always,
    /// Only where there is something to protect (`second_factor::gate`).
    WhenProtecting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditingRules {
    /// A switched-off setting refuses whoever asks.
    Strict,
    /// A first username and a forced password change are let through.
    FirstValueAllowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceRules {
    /// The text is written, then the type.
    TextThenType,
    /// One claim with a source and a place in the order of claims.
    Claim,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingDefaults {
    Six,
    Eight,
}

/// Release 6: what the published documentation describes (6.4 … 7.x).
pub const SIX: Release = Release {
    name: "6",
    reference_version: "6.13.0",
    reply: UserShape::Stored,
    unauthorized: UnauthorizedBody::StatusAndMessage,
    body_error: BodyErrorShape::Suffixed,
    gates: GateOrder::RateLimitThenBody,
    rate_limit: RouteLimit::ApiDefaults,
    method_failure: MethodFailure::InsideSuccess,
    second_factor: SecondFactorRule::Always,
    editing: EditingRules::Strict,
    presence: PresenceRules::TextThenType,
    empty_nickname_clears: false,
    null_bio_refused: true,
    only_unknown_custom_fields_refused: false,
    custom_fields_in_data: true,
    policy_error_has_suffix: true,
    clears_forced_password_change: false,
    federation_pins_username: false,
    remembers_user_agent: true,
    login: LoginAnswerShape::WithoutSuccess,
    tells_ended_sessions: true,
    setting_defaults: SettingDefaults::Six,
};

/// Release 8: 8.5 and newer.
pub const EIGHT: Release = Release {
    name: "8",
    reference_version: "8.8.1",
    reply: UserShape::Reshaped,
    unauthorized: UnauthorizedBody::Superset,
    body_error: BodyErrorShape::Plain,
    gates: GateOrder::BodyThenRateLimit,
    rate_limit: RouteLimit::Own { calls: 1, window_ms: 60_000 },
    method_failure: MethodFailure::BadRequest,
    second_factor: SecondFactorRule::WhenProtecting,
    editing: EditingRules::FirstValueAllowed,
    presence: PresenceRules::Claim,
    empty_nickname_clears: true,
    null_bio_refused: false,
    only_unknown_custom_fields_refused: true,
    custom_fields_in_data: false,
    policy_error_has_suffix: false,
    clears_forced_password_change: true,
    federation_pins_username: true,
    remembers_user_agent: false,
    login: LoginAnswerShape::WithSuccess,
    tells_ended_sessions: false,
    setting_defaults: SettingDefaults::Eight,
};

impl Release {
    /// The release to imitate beside a server of this version: 8 from 8.0 on, else 6.
    ///
    /// Versions that cannot be read count as 6, which is what the documentation describes.
    #[must_use]
    pub fn for_version(version: Option<&str>) -> &'static Release {
        let major =
            version.and_then(|text| text.split('.').next()).and_then(|major| major.parse::<u32>().ok());
        match major {
            Some(major) if major >= 8 => &EIGHT,
            _ => &SIX,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_follows_the_version_of_the_workspace() {
        for (version, name) in [
            (Some("6.4.0"), "6"),
            (Some("7.13.1"), "6"),
            (Some("8.0.0-rc.1"), "8"),
            (Some("9.0.0"), "8"),
            (Some("develop"), "6"),
            (None, "6"),
        ] {
            assert_eq!(Release::for_version(version).name, name, "{version:?}");
        }
    }
}
