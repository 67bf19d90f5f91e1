//! HTTP: the only room that knows it. Credentials, client address, body, limits, and the envelope of answers.
//!
//! Source: `spec/http-api.md`.

mod access_log;
mod cors;
mod envelope;
mod error;
mod extract;
mod rate_limit;
mod reply;
mod routes;

pub use rate_limit::RateLimiter;
pub use reply::ReplyStyle;

use crate::clock::Clock;
use crate::hashing::Hashing;
use crate::mail::Mailer;
use crate::profile::MailDomains;
use crate::release::Release;
use crate::store::Store;
use crate::workspace::LiveWorkspace;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, middleware};
use std::sync::Arc;

/// What every request can use. Shared by all workers.
pub struct Api {
    pub store: Store,
    pub workspace: Arc<LiveWorkspace>,
    pub mailer: Mailer,
    pub release: &'static Release,
    pub hashing: Hashing,
    pub mail_domains: Box<dyn MailDomains>,
    pub limiter: RateLimiter,
    pub reply: ReplyStyle,
    /// `HTTP_FORWARDED_COUNT`
    pub forwarded_count: usize,
    pub clock: Clock,
}

/// The routes. Matching is exact: letter case counts, and a trailing slash makes another path.
pub fn configure(routes: &mut ServiceConfig) {
    let api = web::scope("")
        .wrap(middleware::from_fn(cors::apply))
        .wrap(middleware::from_fn(access_log::write))
        .route(
            routes::update_own_basic_info::PATH,
            web::method(Method::POST).to(routes::update_own_basic_info::post),
        )
        .default_service(web::to(not_found));
    routes.service(api);
}

/// Unknown routes and wrong methods look alike in the original.
async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type(envelope::TEXT).body("404 Not Found")
}
