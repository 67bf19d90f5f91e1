//! The behaviours between which the table chooses.

/// The `user` of a successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserShape {
    /// The stored document, without what works as a key.
    Stored,
    /// Hashes and tokens removed, computed keys added.
    Reshaped,
}

/// The body of a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnauthorizedBody {
    StatusAndMessage,
    /// The keys of both generations.
    Superset,
    SuccessAndError,
}

/// The answer of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginAnswerShape {
    /// No `success`; order status, error, details, message. Malformed arguments are a 401 with their own text.
    WithoutSuccess,
    /// Order success, error, status, details, message. Malformed arguments are an internal error.
    WithSuccess,
}

/// The answer to a body that breaks the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyErrorShape {
    /// ` [invalid-params]` behind the message, order success, error, errorType.
    Suffixed,
    /// The bare message, order success, errorType, error.
    Plain,
}

/// What the schema says of a body that is a JSON text, number, boolean or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarBody {
    LacksProperty,
    IsNoObject,
}

/// Numbers and booleans in the place of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyTypes {
    /// Become texts.
    Coerced,
    /// Are refused.
    Strict,
}

/// In which order a request is judged, behind the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateOrder {
    RateLimitThenBody,
    BodyThenRateLimit,
}

/// How often a route may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteLimit {
    /// The workspace's API default settings.
    ApiDefaults,
    /// The route's own limit.
    Own { calls: u32, window_ms: u64 },
    /// The workspace's limit of Meteor's methods for each user and method.
    MethodsOfUser,
}

/// Whether the limiter of the REST API works at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestLimiter {
    Enforced,
    /// The first releases with the new router count nothing (pull request 36313).
    Inactive,
}

/// Which answers forbid caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheHeaders {
    EveryAnswer,
    AllButUnauthorized,
    /// Only what an action says: neither a 401 nor a body that breaks the schema.
    Actions,
}

/// `Access-Control-Allow-Headers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorsHeaders {
    /// Up to `X-Auth-Token`.
    Credentials,
    /// Also `x-visitor-token` and `Authorization`.
    Visitors,
    /// Also `MCP-Protocol-Version`.
    Mcp,
}

/// What a method call over REST answers with when the method fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodFailure {
    /// 200 and `success: true`, the error inside the message: clients up to 7.x read nothing else.
    InsideSuccess,
    /// 400 and `success: false`, the error inside the message.
    BadRequest,
}

/// A refusal because something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowed {
    /// 400 with the error's own id and details.
    BadRequest,
    /// 403 with `error-forbidden`, without details.
    Forbidden,
}

/// When a change of the profile needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Whenever `email` or `newPassword` is given.
    Always,
    /// Only where there is something to protect.
    WhenProtecting,
}

/// What a switched-off setting refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditingRules {
    /// Any edit.
    Strict,
    /// A first username and a forced password change are let through.
    FirstValueAllowed,
}

/// How status type and status text are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceRules {
    /// The text is written, then the type.
    TextThenType,
    /// One claim with a source and a place in the order of claims.
    Claim,
}

/// Custom fields of which none is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCustomFields {
    /// Nothing is saved.
    Ignored,
    /// An empty object is saved. Where fields are stored already they are kept: see `docs/COMPATIBILITY.md`.
    EmptyObject,
    Refused,
}

/// How codes by e-mail are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailCodeForm {
    /// A list of codes, none of which counts attempts. Answers tell how many there are, and a wrong code is not told which
    /// methods there are.
    List,
    /// One code with its attempts.
    Object,
}

/// How whole instances of Rocket.Chat tell each other of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceEvents {
    Broadcast,
    /// The version of the change is not known exactly; an event that nobody has registered is ignored.
    BroadcastAndEvent,
    Event,
}
