//! A limit as the workspace or the operator gives it, and the window in which calls are counted.

use super::{By, Quota, Tally};
use crate::workspace::Settings;

#[derive(Debug)]
pub(super) struct Window {
    pub limit: Limit,
    /// The workspace's defaults: the original starts anew when one changes, whatever limits the route.
    pub defaults: [u64; 2],
    pub started_ms: i64,
    pub calls: Tally,
}

impl Window {
    /// The workspace may store a window of any length.
    #[expect(clippy::cast_possible_truncation, reason = "beyond the range of i64 it is as good as its end")]
    pub fn reset_ms(&self) -> i64 {
        self.started_ms.saturating_add(self.limit.window_ms as i64)
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript reads every number as a double")]
    pub fn is_over(&self, limit: Limit, defaults: [u64; 2], now_ms: i64) -> bool {
        let is_past = now_ms.saturating_sub(self.started_ms) as f64 > limit.window_ms;
        self.limit != limit || self.defaults != defaults || is_past
    }

    pub fn quota(&self, route: &'static str, by: By, calls: u32, now_ms: i64) -> Quota {
        let (limit, remaining) = (self.limit.calls, self.limit.remaining(calls));
        Quota { route, by, limit, remaining, now_ms, reset_ms: self.reset_ms() }
    }
}

/// Both as the workspace may store them: with fractions, and below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub calls: f64,
    pub window_ms: f64,
}

impl Limit {
    /// The original gives no limit where one of the two is 0 or no number.
    pub fn of(calls: f64, window_ms: f64) -> Option<Limit> {
        let counts = |number: f64| number != 0.0 && !number.is_nan();
        (counts(calls) && counts(window_ms)).then_some(Limit { calls, window_ms })
    }

    pub fn allows(&self, calls: u32) -> bool {
        f64::from(calls) <= self.calls
    }

    fn remaining(&self, calls: u32) -> f64 {
        (self.calls - f64::from(calls)).max(0.0)
    }
}

/// By their bits, so that what is no number is the same as itself.
pub(super) fn defaults(settings: &Settings) -> [u64; 2] {
    [settings.rate_limit_calls, settings.rate_limit_window_ms].map(f64::to_bits)
}

#[expect(clippy::cast_precision_loss, reason = "a configured window is of at most ten years")]
pub(super) fn own(calls: u32, window_ms: u64) -> Option<Limit> {
    Limit::of(calls.into(), window_ms as f64)
}
