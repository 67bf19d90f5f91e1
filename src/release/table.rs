//! The table: each row a named behaviour, with the versions at which it changes.
//!
//! Where a row is only bounded by what could be read, the older form holds below the upper bound, except that the
//! reply is re-shaped from the lower bound on (`docs/DECISIONS.md` section 2).

use super::account_behaviour::{AccountRoutes, AutoTranslate, ConfirmationMail, PreferenceKeys};
use super::behaviour::{
    BodyErrorShape, BodyTypes, CacheHeaders, CorsHeaders, EditingRules, EmailCodeForm, GateOrder,
    InstanceEvents, LoginAnswerShape, MethodFailure, NotAllowed, PresenceRules, RestLimiter, RouteLimit,
    ScalarBody, SecondFactorRule, UnauthorizedBody, UnknownCustomFields, UserShape,
};
use super::version::Version;

/// How sure it is when a row changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Read in the source, stated by a changelog, or seen by running the original.
    Known,
    /// True at one end and false at the other; the version in between is not known.
    Bounded,
    /// Inferred.
    Inferred,
}

/// A row as it is shown to people.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub certainty: Certainty,
    /// The behaviour of the oldest version.
    pub first: &'static str,
    /// What it becomes, and from which version on.
    pub changes: &'static [(Version, &'static str)],
}

impl Row {
    /// The behaviour of this version.
    pub fn at(&self, version: Version) -> &'static str {
        self.last_change(version).map_or(self.first, |(_, value)| *value)
    }

    /// Since when this version's behaviour is what it is; `None`: since the oldest version.
    pub fn changed(&self, version: Version) -> Option<Version> {
        self.last_change(version).map(|(from, _)| *from)
    }

    fn last_change(&self, version: Version) -> Option<&(Version, &'static str)> {
        self.changes.iter().rev().find(|(from, _)| *from <= version)
    }
}

macro_rules! release_table {
    ($( $(#[doc = $doc:literal])* $field:ident: $kind:ty, $certainty:ident, $first:expr
        $(, ($major:literal, $minor:literal, $patch:literal) => $value:expr)+; )*) => {
        /// One column of the table: what one version does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Release {
            pub version: Version,
            $( $(#[doc = $doc])* pub $field: $kind, )*
        }

        impl Release {
            /// The column of this version.
            pub const fn at(version: Version) -> Release {
                Release {
                    version,
                    $( $field: {
                        let mut value = $first;
                        $( if version.is_at_least($major, $minor, $patch) {
                            value = $value;
                        } )+
                        value
                    }, )*
                }
            }
        }

        /// All rows, in the table's order.
        pub const ROWS: &[Row] = &[$( Row {
            name: stringify!($field),
            certainty: Certainty::$certainty,
            first: stringify!($first),
            changes: &[$( (Version::new($major, $minor, $patch), stringify!($value)) ),+],
        } ),*];
    };
}

release_table! {
    // What a client sends.
    /// Numbers and booleans in the place of texts.
    body_types: BodyTypes, Bounded, BodyTypes::Coerced, (8, 3, 0) => BodyTypes::Strict, (8, 6, 0) => BodyTypes::Coerced;
    /// A body that is JSON, but neither an object nor an array. Up to 7.6 the original answers with a page of HTML.
    scalar_body: ScalarBody, Bounded, ScalarBody::LacksProperty, (8, 3, 0) => ScalarBody::IsNoObject, (8, 7, 0) => ScalarBody::LacksProperty;
    /// Custom fields are accepted inside `data` as well, where the old documentation shows them.
    custom_fields_in_data: bool, Known, true, (8, 0, 0) => false;
    /// Forms may have nested keys, and a field `payload` may hold the whole body.
    nested_forms: bool, Bounded, true, (7, 7, 0) => false;
    /// Names with `<`, `>`, `/` or `\` are refused.
    name_characters_checked: bool, Known, false, (6, 10, 1) => true;

    // What a client gets.
    reply: UserShape, Bounded, UserShape::Stored, (7, 8, 0) => UserShape::Reshaped;
    unauthorized: UnauthorizedBody, Bounded, UnauthorizedBody::StatusAndMessage, (7, 7, 0) => UnauthorizedBody::Superset, (9, 0, 0) => UnauthorizedBody::SuccessAndError;
    body_error: BodyErrorShape, Bounded, BodyErrorShape::Suffixed, (8, 6, 0) => BodyErrorShape::Plain;
    not_allowed: NotAllowed, Known, NotAllowed::BadRequest, (9, 0, 0) => NotAllowed::Forbidden;
    cache_headers: CacheHeaders, Bounded, CacheHeaders::EveryAnswer, (8, 3, 0) => CacheHeaders::AllButUnauthorized, (8, 6, 0) => CacheHeaders::Actions;
    cors_headers: CorsHeaders, Bounded, CorsHeaders::Credentials, (7, 7, 0) => CorsHeaders::Visitors, (8, 7, 0) => CorsHeaders::Mcp;
    method_failure: MethodFailure, Known, MethodFailure::InsideSuccess, (8, 0, 0) => MethodFailure::BadRequest;
    /// The method `saveUserProfile` can be called.
    has_save_user_profile: bool, Known, true, (8, 0, 0) => false;
    login: LoginAnswerShape, Bounded, LoginAnswerShape::WithoutSuccess, (7, 7, 0) => LoginAnswerShape::WithSuccess;
    /// A login with a token that has ended is told so; otherwise it looks like any other wrong credentials.
    tells_ended_sessions: bool, Known, true, (7, 0, 0) => false;

    // Limits.
    gates: GateOrder, Bounded, GateOrder::RateLimitThenBody, (8, 6, 0) => GateOrder::BodyThenRateLimit;
    rest_limiter: RestLimiter, Bounded, RestLimiter::Enforced, (7, 7, 0) => RestLimiter::Inactive, (7, 9, 0) => RestLimiter::Enforced;
    rate_limit: RouteLimit, Bounded, RouteLimit::ApiDefaults, (8, 3, 0) => RouteLimit::Own { calls: 1, window_ms: 60_000 };
    /// A challenge uses up one of the calls that the limit allows.
    challenge_counts: bool, Bounded, true, (8, 6, 0) => false;
    /// An address can be changed once a minute, a status text five times a minute, by each user.
    user_limits: bool, Bounded, true, (8, 3, 0) => false;

    // Rules.
    second_factor: SecondFactorRule, Known, SecondFactorRule::Always, (7, 10, 0) => SecondFactorRule::WhenProtecting;
    /// A user who is forced to change the password is released by changing it.
    clears_forced_password_change: bool, Known, false, (7, 10, 0) => true;
    editing: EditingRules, Bounded, EditingRules::Strict, (8, 3, 0) => EditingRules::FirstValueAllowed;
    /// `bio: ""` and `nickname: ""` remove what is stored; otherwise they are ignored.
    empty_text_clears: bool, Known, false, (7, 13, 0) => true;
    presence: PresenceRules, Known, PresenceRules::TextThenType, (8, 6, 0) => PresenceRules::Claim;
    unknown_custom_fields: UnknownCustomFields, Bounded, UnknownCustomFields::Ignored, (7, 7, 0) => UnknownCustomFields::EmptyObject, (8, 3, 0) => UnknownCustomFields::Refused;
    /// The domain of an address is compared in lower case.
    lower_case_domains: bool, Bounded, false, (8, 7, 0) => true;
    /// Federated users and users in federated rooms keep their username.
    federation_pins_username: bool, Bounded, false, (8, 3, 0) => true;

    // Second factors.
    email_codes: EmailCodeForm, Known, EmailCodeForm::List, (6, 5, 1) => EmailCodeForm::Object;
    /// A setting takes users of other services out of codes by e-mail.
    email_codes_for_oauth_setting: bool, Known, false, (6, 13, 0) => true;
    /// A remembered second factor is bound to the user agent as well as to the address.
    remembers_user_agent: bool, Bounded, true, (7, 7, 0) => false;
    /// The time after the registration counts only for users without a method of their own.
    methods_before_newcomers: bool, Known, false, (8, 6, 0) => true;
    /// TOTP can be turned on only with a verified address.
    totp_needs_verified_email: bool, Known, true, (7, 13, 0) => false;

    // What follows a change.
    /// A rename also reaches the call history.
    renames_call_history: bool, Bounded, false, (8, 3, 0) => true;
    /// The devices of a session are forgotten when it ends by a logout.
    logout_forgets_devices: bool, Known, false, (8, 0, 0) => true;
    /// A save through Rocket.Chat's own route tells connected clients of the user, so that a touch is enough.
    save_is_announced: bool, Known, false, (7, 8, 1) => true;
    instance_events: InstanceEvents, Bounded, InstanceEvents::Broadcast, (8, 9, 0) => InstanceEvents::BroadcastAndEvent, (9, 0, 0) => InstanceEvents::Event;

    // The other routes of the own account, stand-alone.
    /// `me` inside the answer of a login says whether another service signs the user in.
    login_tells_oauth: bool, Bounded, false, (8, 3, 0) => true;
    /// A logout is answered in words; otherwise the body is empty.
    logout_has_body: bool, Bounded, true, (8, 6, 0) => false;
    account_routes: AccountRoutes, Bounded, AccountRoutes::Loose, (8, 6, 0) => AccountRoutes::Typed;
    preference_keys: PreferenceKeys, Bounded, PreferenceKeys::Classic, (7, 13, 0) => PreferenceKeys::VoiceCalls, (8, 6, 0) => PreferenceKeys::Sounds;
    auto_translate: AutoTranslate, Known, AutoTranslate::Follows, (8, 6, 0) => AutoTranslate::Switches;
    confirmation_mail: ConfirmationMail, Known, ConfirmationMail::SignedIn, (8, 6, 0) => ConfirmationMail::Anybody;
    /// There is a route `users.verifyEmail`.
    has_verify_email_route: bool, Known, false, (8, 7, 0) => true;
}

#[cfg(test)]
mod tests;
