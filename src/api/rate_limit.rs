//! The rate limiter of Rocket.Chat's REST API. Source: `docs/behaviour/http-api.md` section 5.
//!
//! Counts by client address and route, or by user and method, in memory. A route has one window for all addresses: when it is over,
//! all counters of the route start anew. Exactly `limit` calls pass in a window.

mod tally;

pub use tally::By;

use crate::config;
use crate::release::RouteLimit;
use crate::workspace::Settings;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tally::Tally;

/// The limiter of all routes.
#[derive(Debug)]
pub struct RateLimiter {
    choice: config::RateLimit,
    routes: Mutex<HashMap<&'static str, Window>>,
}

#[derive(Debug)]
struct Window {
    limit: Limit,
    /// The workspace's defaults: the original starts anew when one changes, whatever limits the route.
    defaults: (i64, i64),
    started_ms: i64,
    calls: Tally,
}

impl Window {
    /// The workspace may store a window of any length.
    fn reset_ms(&self) -> i64 {
        self.started_ms.saturating_add(self.limit.window_ms)
    }

    fn is_over(&self, limit: Limit, defaults: (i64, i64), now_ms: i64) -> bool {
        let is_past = now_ms.saturating_sub(self.started_ms) > limit.window_ms;
        self.limit != limit || self.defaults != defaults || is_past
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    calls: u32,
    window_ms: i64,
}

/// What became of a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Counted {
    Unlimited,
    Allowed(Quota),
    Refused(Quota),
}

/// What the client is told about its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    route: &'static str,
    by: By,
    limit: u32,
    remaining: u32,
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
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let defaults = (settings.rate_limit_calls, settings.rate_limit_window_ms);
        let fresh = || Window { limit, defaults, started_ms: now_ms, calls: Tally::default() };
        let window = routes.entry(route).or_insert_with(fresh);
        if window.is_over(limit, defaults, now_ms) {
            *window = fresh();
        }
        let reset_ms = window.reset_ms();
        let calls = window.calls.counter(&by);
        *calls = calls.saturating_add(1);
        let remaining = limit.calls.saturating_sub(*calls);
        let is_allowed = *calls <= limit.calls;
        let quota = Quota { route, by, limit: limit.calls, remaining, now_ms, reset_ms };
        if is_allowed { Counted::Allowed(quota) } else { Counted::Refused(quota) }
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
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let defaults = (settings.rate_limit_calls, settings.rate_limit_window_ms);
        let window = routes.get(route).filter(|window| !window.is_over(limit, defaults, now_ms))?;
        let is_used_up = window.calls.calls(&by) >= limit.calls;
        let reset_ms = window.reset_ms();
        is_used_up.then_some(Quota { route, by, limit: limit.calls, remaining: 0, now_ms, reset_ms })
    }

    /// Takes back the counting of one call, in the window in which it was counted.
    pub fn give_back(&self, quota: &mut Quota) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(window) = routes.get_mut(quota.route) else { return };
        if window.reset_ms() == quota.reset_ms {
            let calls = window.calls.counter(&quota.by);
            *calls = calls.saturating_sub(1);
            quota.remaining = quota.remaining.saturating_add(1).min(quota.limit);
        }
    }

    fn limit(&self, rule: RouteLimit, settings: &Settings) -> Option<Limit> {
        let positive = |calls: i64, window_ms: i64| {
            let calls = u32::try_from(calls).ok().filter(|calls| *calls > 0)?;
            (window_ms > 0).then_some(Limit { calls, window_ms })
        };
        let defaults = positive(settings.rate_limit_calls, settings.rate_limit_window_ms);
        let own =
            |calls: u32, window_ms: u64| positive(calls.into(), window_ms.try_into().unwrap_or(i64::MAX));
        match (self.choice, rule) {
            (config::RateLimit::Off, _) => None,
            (config::RateLimit::Own { calls, window_ms }, _) => own(calls, window_ms),
            (config::RateLimit::Auto, RouteLimit::MethodsOfUser) => positive(
                if settings.method_limit_enabled { settings.method_limit_calls } else { 0 },
                settings.method_limit_window_ms,
            ),
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
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset_ms));
    }
}

#[cfg(test)]
mod tests;
