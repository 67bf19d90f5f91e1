//! When an effect is tried again, and when no more.

use std::time::Duration;

/// The times that the worker keeps to.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// After the first failure; doubled after each further one.
    pub first_delay: Duration,
    pub longest_delay: Duration,
    /// After so many attempts an effect is parked.
    pub attempts: u32,
    /// How long an effect belongs to the instance that leased it, unless that renews the lease. When an instance dies,
    /// the others wait for as long.
    pub lease: Duration,
    /// How often a rename stores which step is done.
    pub progress_interval: Duration,
}

impl Default for RetryPolicy {
    /// Two days of attempts: ten in the first quarter of an hour, then one every ten minutes.
    fn default() -> Self {
        RetryPolicy {
            first_delay: Duration::from_secs(2),
            longest_delay: Duration::from_mins(10),
            attempts: 300,
            lease: Duration::from_secs(25),
            progress_interval: Duration::from_secs(1),
        }
    }
}

impl RetryPolicy {
    /// How long to wait after this many failed attempts.
    #[must_use]
    pub fn delay(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(self.longest_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let seconds: Vec<u64> = (1..=12).map(|attempts| policy.delay(attempts).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
        assert_eq!(policy.delay(u32::MAX), policy.longest_delay);
    }

    #[test]
    fn giving_up_takes_about_two_days() {
        let policy = RetryPolicy::default();
        let whole: Duration = (1..policy.attempts).map(|attempts| policy.delay(attempts)).sum();
        let hours = whole.as_secs() / 3600;
        assert!((24..=72).contains(&hours), "{hours}");
    }
}
