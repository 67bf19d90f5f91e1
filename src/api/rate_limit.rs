//! The rate limiter of Rocket.Chat's REST API. Source: `docs/behaviour/http-api.md` section 5.
//!
//! Counts by client address and route, or by user and method, in memory. A route has one window for all addresses: when it is over,
//! all counters of the route start anew. Exactly `limit` calls pass in a window.

use crate::config;
use crate::release::RouteLimit;
use crate::workspace::Settings;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

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
    calls: HashMap<String, u32>,
}

impl Window {
    /// The workspace may store a window of any length.
    fn reset_ms(&self) -> i64 {
        self.started_ms.saturating_add(self.limit.window_ms)
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
    by: String,
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

    /// Counts one call of the route by a client's address, or by whatever else tells callers apart. Refused calls
    /// count, too.
    pub fn count(
        &self,
        route: &'static str,
        by: String,
        rule: RouteLimit,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Counted {
        let Some(limit) = self.limit(rule, settings) else { return Counted::Unlimited };
        let now_ms = now.timestamp_millis();
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let defaults = (settings.rate_limit_calls, settings.rate_limit_window_ms);
        let fresh = || Window { limit, defaults, started_ms: now_ms, calls: HashMap::new() };
        let window = routes.entry(route).or_insert_with(fresh);
        let is_over = now_ms.saturating_sub(window.started_ms) > limit.window_ms;
        if window.limit != limit || window.defaults != defaults || is_over {
            *window = fresh();
        }
        let reset_ms = window.reset_ms();
        let calls = window.calls.entry(by.clone()).or_default();
        *calls = calls.saturating_add(1);
        let quota = Quota {
            route,
            by,
            limit: limit.calls,
            remaining: limit.calls.saturating_sub(*calls),
            now_ms,
            reset_ms,
        };
        if *calls <= limit.calls { Counted::Allowed(quota) } else { Counted::Refused(quota) }
    }

    /// Takes back the counting of one call, in the window in which it was counted.
    pub fn give_back(&self, quota: &mut Quota) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(window) = routes.get_mut(quota.route) else { return };
        if window.reset_ms() == quota.reset_ms
            && let Some(calls) = window.calls.get_mut(&quota.by)
        {
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
mod tests {
    use super::*;
    use crate::release::Version;
    use crate::workspace::SettingVariables;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(ms).expect("in range")
    }

    fn settings() -> Settings {
        Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::DOCUMENTED)
    }

    fn allowed(counted: &Counted) -> bool {
        matches!(counted, Counted::Allowed(_) | Counted::Unlimited)
    }

    #[test]
    fn exactly_the_limit_passes_and_the_window_is_shared_by_all_addresses() {
        let limiter = RateLimiter::new(config::RateLimit::Own { calls: 2, window_ms: 1000 });
        let call = |address: &str, ms| {
            limiter.count("r", address.to_owned(), RouteLimit::ApiDefaults, &settings(), at(ms))
        };
        assert!(allowed(&call("a", 0)) && allowed(&call("a", 900)) && !allowed(&call("a", 950)));
        assert!(allowed(&call("b", 990)));
        let Counted::Refused(quota) = call("a", 1000) else { panic!("still the same window") };
        assert_eq!((quota.remaining, quota.seconds_to_wait()), (0, 0));
        assert!(allowed(&call("b", 1001)), "a new window for all");
        assert!(allowed(&call("a", 1002)) && allowed(&call("a", 1003)) && !allowed(&call("a", 1004)));
    }

    #[test]
    fn a_call_that_is_given_back_can_be_made_again() {
        let limiter = RateLimiter::new(config::RateLimit::Own { calls: 1, window_ms: 1000 });
        let call = |ms| limiter.count("r", "a".to_owned(), RouteLimit::ApiDefaults, &settings(), at(ms));
        let Counted::Allowed(mut quota) = call(0) else { panic!("first call") };
        limiter.give_back(&mut quota);
        assert_eq!(quota.remaining, 1);
        assert!(allowed(&call(1)) && !allowed(&call(2)));
    }

    #[test]
    fn the_workspaces_settings_can_switch_the_limiter_off() {
        let limiter = RateLimiter::new(config::RateLimit::Auto);
        let own = RouteLimit::Own { calls: 1, window_ms: 60_000 };
        let calls = |settings: &Settings| {
            let call = || limiter.count("r", "a".to_owned(), own, settings, at(0));
            (0..3).filter(|_| allowed(&call())).count()
        };
        assert_eq!(calls(&Settings { rate_limiter_enabled: false, ..settings() }), 3);
        assert_eq!(calls(&Settings { rate_limit_calls: 0, ..settings() }), 3);
        assert_eq!(calls(&Settings { rate_limit_window_ms: 0, ..settings() }), 3);
        assert_eq!(calls(&settings()), 1);
    }
    #[test]
    fn a_window_beyond_all_time_is_one_that_never_ends() {
        let limiter = RateLimiter::new(config::RateLimit::Auto);
        let settings = Settings { rate_limit_calls: 1, rate_limit_window_ms: i64::MAX, ..settings() };
        let call = |ms| limiter.count("r", "a".to_owned(), RouteLimit::ApiDefaults, &settings, at(ms));
        assert!(allowed(&call(1000)));
        let Counted::Refused(quota) = call(2000) else { panic!("still the same window") };
        assert!(quota.seconds_to_wait() > 0);
    }
}
