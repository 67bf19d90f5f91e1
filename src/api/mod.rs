//! HTTP: the only room that knows it. Credentials, client address, body, limits, and the envelope of answers.
//!
//! Source: `docs/behaviour/http-api.md`.

mod access_log;
mod announcing;
mod bridge;
mod cors;
mod deadline;
mod drain;
mod enrolment;
mod envelope;
mod error;
mod extract;
mod rate_limit;
mod reply;
mod routes;
mod saving;

pub use deadline::remember_client;
pub use rate_limit::RateLimiter;
pub use reply::ReplyStyle;

use crate::announce::Announcer;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::hashing::Hashing;
use crate::profile::MailDomains;
use crate::readiness::Readiness;
use crate::release::{Release, RouteLimit};
use crate::second_factor::{CodeMail, Guesses};
use crate::store::Store;
use crate::workspace::{LiveWorkspace, Workspace};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, middleware};
use error::ApiError;
use extract::ClientAddress;
use rate_limit::{Counted, Quota};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// What the limiter calls all methods together: they share a window, as in the original.
const METHODS: &str = "method.call";

/// What one request works with.
pub struct Api {
    shared: Data<Shared>,
    /// The workspace's database, by the request's deadline. What goes on behind the answer uses the shared one.
    store: Store,
    deadline: Deadline,
}

/// What every request can use. Shared by all workers.
pub struct Shared {
    pub store: Store,
    pub announcer: Announcer,
    pub workspace: Arc<LiveWorkspace>,
    pub release: &'static Release,
    pub hashing: Hashing,
    pub mail_domains: Box<dyn MailDomains>,
    pub code_mail: Arc<dyn CodeMail>,
    pub guesses: Guesses,
    pub totp_replay_allowed: bool,
    pub remembers_user_agent: bool,
    pub limiter: RateLimiter,
    pub reply: ReplyStyle,
    /// Without a Rocket.Chat beside it.
    pub standalone: bool,
    /// `HTTP_FORWARDED_COUNT`
    pub forwarded_count: usize,
    /// `MAX_RESUME_LOGIN_TOKENS`
    pub max_login_tokens: usize,
    /// How long an answer waits for a new name to be everywhere.
    pub rename_wait: Duration,
    /// How long a request may take.
    pub patience: Duration,
    pub readiness: Arc<Readiness>,
    pub clock: Clock,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Api {
    /// Counts a call of a route by a user with these roles. `None` where nothing is limited.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`].
    fn count_call(
        &self,
        request: &HttpRequest,
        route: &'static str,
        rule: RouteLimit,
        workspace: &Workspace,
        roles: &[String],
    ) -> Result<Option<Quota>, ApiError> {
        if workspace.bypasses_rate_limit(roles) {
            return Ok(None);
        }
        let address = ClientAddress::from_request(request, self.forwarded_count);
        match self.limiter.count(route, address.0, rule, &workspace.settings, (self.clock)()) {
            Counted::Unlimited => Ok(None),
            Counted::Allowed(quota) => Ok(Some(quota)),
            Counted::Refused(quota) => Err(ApiError::TooManyRequests(quota)),
        }
    }

    /// Counts a call of a method by this user, over REST. Of what is left, a method's caller is told nothing.
    ///
    /// # Errors
    /// [`ApiError::TooManyRequests`].
    fn count_method(&self, method: &str, caller: &Caller) -> Result<(), ApiError> {
        let workspace = self.workspace.now();
        if workspace.bypasses_rate_limit(&caller.roles) {
            return Ok(());
        }
        let by = format!("{}/{method}", caller.id);
        let rule = RouteLimit::MethodsOfUser;
        match self.limiter.count(METHODS, by, rule, &workspace.settings, (self.clock)()) {
            Counted::Unlimited | Counted::Allowed(_) => Ok(()),
            Counted::Refused(quota) => Err(ApiError::TooManyRequests(quota)),
        }
    }
}

/// The routes. Matching is exact: letter case counts, and a trailing slash makes another path.
///
/// `standalone` adds what a stack without Rocket.Chat needs.
pub fn configure(services: &mut ServiceConfig, standalone: bool) {
    let mut api = web::scope("")
        .wrap(middleware::from_fn(cors::apply))
        .wrap(middleware::from_fn(access_log::write))
        .wrap(middleware::from_fn(drain::close_connections))
        .configure(routes::beside_rocket_chat);
    if standalone {
        api = api.configure(routes::instead_of_rocket_chat);
    }
    services.service(api.default_service(web::to(not_found)));
}

/// Unknown routes and wrong methods look alike in the original.
async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type(envelope::TEXT).body("404 Not Found")
}
