//! The rate limiter of Rocket.Chat's REST API. Source: `docs/behaviour/http-api.md` section 5.
//!
//! Counts by client address and route, or by user and method, in memory. A route has one window for all addresses: when it is over,
//! all counters of the route start anew. Exactly `limit` calls pass in a window.

mod tally;
mod window;

pub use tally::By;

use crate::config;
use crate::ecmascript;
use crate::release::RouteLimit;
use crate::workspace::Settings;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tally::Tally;
use window::{Limit, Window, defaults, own};

/// The limiter of all routes.
#[derive(Debug)]
pub struct RateLimiter {
    choice: config::RateLimit,
    routes: Mutex<HashMap<&'static str, Window>>,
}

/// What became of a call.
#[derive(Debug, PartialEq)]
pub enum Counted {
    Unlimited,
    Allowed(Quota),
    Refused(Quota),
}

/// What the client is told about its calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    route: &'static str,
    by: By,
    limit: f64,
    remaining: f64,
    now_ms: i64,
    reset_ms: i64,
}

impl RateLimiter {
    pub fn new(choice: config::RateLimit) -> RateLimiter {
        RateLimiter { choice, routes: Mutex::default() }
    }

    /// The operator has neither switched it off nor set a limit of their own.
    pub fn follows_release(&self) -> bool {
        self.choice == config::RateLimit::Auto
    }

    /// Counts one call of the route. Refused calls count, too.
    pub fn count(
        &self,
        route: &'static str,
        by: By,
        rule: RouteLimit,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Counted {
        let Some(limit) = self.limit(rule, settings) else { return Counted::Unlimited };
        let now_ms = now.timestamp_millis();
        let (mut routes, defaults) = (self.routes(), defaults(settings));
        let fresh = || Window { limit, defaults, started_ms: now_ms, calls: Tally::default() };
        let window = routes.entry(route).or_insert_with(fresh);
        if window.is_over(limit, defaults, now_ms) {
            *window = fresh();
        }
        let calls = window.calls.counter(&by);
        *calls = calls.saturating_add(1);
        let calls = *calls;
        let quota = window.quota(route, by, calls, now_ms);
        if limit.allows(calls) { Counted::Allowed(quota) } else { Counted::Refused(quota) }
    }

    /// What the next call would be refused with. Counts nothing.
    pub fn refusal(
        &self,
        route: &'static str,
        by: By,
        rule: RouteLimit,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Option<Quota> {
        let limit = self.limit(rule, settings)?;
        let now_ms = now.timestamp_millis();
        let routes = self.routes();
        let window = routes.get(route).filter(|window| !window.is_over(limit, defaults(settings), now_ms))?;
        let calls = window.calls.calls(&by).saturating_add(1);
        (!limit.allows(calls)).then(|| window.quota(route, by, calls, now_ms))
    }

    /// Takes back the counting of one call, in the window in which it was counted.
    pub fn give_back(&self, quota: &mut Quota) {
        let mut routes = self.routes();
        let Some(window) = routes.get_mut(quota.route) else { return };
        if window.reset_ms() == quota.reset_ms {
            let calls = window.calls.counter(&quota.by);
            *calls = calls.saturating_sub(1);
            quota.remaining = (quota.remaining + 1.0).min(quota.limit);
        }
    }

    fn routes(&self) -> MutexGuard<'_, HashMap<&'static str, Window>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self, rule: RouteLimit, settings: &Settings) -> Option<Limit> {
        let defaults = Limit::of(settings.rate_limit_calls, settings.rate_limit_window_ms);
        match (self.choice, rule) {
            (config::RateLimit::Off, _) => None,
            (config::RateLimit::Own { calls, window_ms }, _) => own(calls, window_ms),
            (config::RateLimit::Auto, RouteLimit::MethodsOfUser) => {
                Limit::of(settings.method_limit_calls, settings.method_limit_window_ms)
                    .filter(|_| settings.method_limit_enabled)
            }
            (config::RateLimit::Auto, _) if !settings.rate_limiter_enabled => None,
            (config::RateLimit::Auto, RouteLimit::ApiDefaults) => defaults,
            // The original gives a route no limiter at all while a default is 0.
            (config::RateLimit::Auto, RouteLimit::Own { calls, window_ms }) => {
                defaults.and_then(|_| own(calls, window_ms))
            }
        }
    }
}

impl Quota {
    /// Whole seconds until the window is over.
    pub fn seconds_to_wait(&self) -> i64 {
        self.reset_ms.saturating_sub(self.now_ms).saturating_add(999) / 1000
    }

    pub fn write_headers(&self, headers: &mut HeaderMap) {
        for (name, number) in [("x-ratelimit-limit", self.limit), ("x-ratelimit-remaining", self.remaining)] {
            if let Ok(number) = HeaderValue::from_str(&ecmascript::number_to_string(number)) {
                headers.insert(HeaderName::from_static(name), number);
            }
        }
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset_ms));
    }
}

#[cfg(test)]
mod tests;
