//! What the gate and bcrypt take, as metrics.

use super::gate::Class;
use metrics::{Gauge, counter, gauge, histogram};
use std::time::Instant;

/// One more of something, until it is dropped.
pub struct OneMore(Gauge);

impl OneMore {
    fn of(gauge: Gauge) -> OneMore {
        gauge.increment(1.0);
        OneMore(gauge)
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Somebody waits for a place, or leaves the queue.
pub struct Wait {
    begun: Instant,
    _one: OneMore,
}

impl Wait {
    pub fn begin(class: Class) -> Wait {
        let gauge = gauge!("rc_account_hashing_waiting", "class" => name(class));
        Wait { begun: Instant::now(), _one: OneMore::of(gauge) }
    }

    /// They got one.
    pub fn admitted(self) {
        histogram!("rc_account_hashing_wait_seconds").record(self.begun.elapsed());
    }
}

/// Nobody got one: too many waited.
pub fn turned_away(class: Class) {
    counter!("rc_account_hashing_refused_total", "class" => name(class)).increment(1);
}

/// A run of bcrypt, or several of one caller in a row.
pub struct Run {
    begun: Instant,
    _one: OneMore,
}

impl Run {
    pub fn begin() -> Run {
        Run { begun: Instant::now(), _one: OneMore::of(gauge!("rc_account_hashing_running")) }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        histogram!("rc_account_hashing_run_seconds").record(self.begun.elapsed());
    }
}

fn name(class: Class) -> &'static str {
    match class {
        Class::SignedIn => "signed_in",
        Class::Stranger => "stranger",
    }
}
