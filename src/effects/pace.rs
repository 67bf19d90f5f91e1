//! How patiently an effect is tried again.

use std::time::Duration;

/// The times by which the worker goes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Pause after the first failure; doubled after each further one.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// After so many attempts an effect is parked.
    pub attempts: u32,
    /// How long an effect belongs to the instance that took it, unless that says again that it is at work. After the
    /// death of an instance the others wait as long.
    pub lease: Duration,
    /// How long an effect in steps works before it first stores how far it is, and between two such notes.
    pub note: Duration,
}

impl Default for Pace {
    /// Two days of attempts: ten in the first quarter of an hour, then one every ten minutes.
    fn default() -> Self {
        Pace {
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_mins(10),
            attempts: 300,
            lease: Duration::from_secs(25),
            note: Duration::from_secs(1),
        }
    }
}

impl Pace {
    /// The pause after this many failed attempts.
    #[must_use]
    pub fn pause(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace::default();
        let seconds: Vec<u64> = (1..=12).map(|attempts| pace.pause(attempts).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
        assert_eq!(pace.pause(u32::MAX), pace.longest_pause);
    }

    #[test]
    fn giving_up_takes_about_two_days() {
        let pace = Pace::default();
        let whole: Duration = (1..pace.attempts).map(|attempts| pace.pause(attempts)).sum();
        let hours = whole.as_secs() / 3600;
        assert!((24..=72).contains(&hours), "{hours}");
    }
}
