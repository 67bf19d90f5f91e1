//! Whether announcements reach any Rocket.Chat. Logged when it changes, not for every announcement.

use metrics::counter;
use std::sync::atomic::{AtomicBool, Ordering};

/// Begins as if they did, so that only a failure is logged at first.
#[derive(Default)]
pub struct DeliveryStatus {
    failing: AtomicBool,
}

impl DeliveryStatus {
    /// An announcement was delivered, as far as we can know.
    pub fn delivered(&self) {
        count("delivered");
        if self.changes_to(false) {
            tracing::info!("changes are announced again");
        }
    }

    /// An announcement reached no Rocket.Chat, for this reason.
    pub fn failed(&self, reason: &'static str) {
        count("failed");
        if self.changes_to(true) {
            tracing::warn!(reason, "changes are not announced until this is over");
        }
    }

    fn changes_to(&self, failing: bool) -> bool {
        self.failing.swap(failing, Ordering::Relaxed) != failing
    }
}

/// Counts an announcement by what became of it.
pub fn count(result: &'static str) {
    counter!("rc_account_announcements_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_logged() {
        let status = DeliveryStatus::default();
        let logged = [false, true, true, false, false, true].map(|failing| status.changes_to(failing));
        assert_eq!(logged, [false, true, false, true, false, true]);
    }
}
