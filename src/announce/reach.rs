//! Whether anybody is reached. Said in the log when it changes, and not for every announcement.

use std::sync::atomic::{AtomicBool, Ordering};

/// Begins with somebody being reached, so that good news is no news.
#[derive(Default)]
pub struct Reach {
    nobody: AtomicBool,
}

impl Reach {
    /// An announcement has reached somebody, as far as we can know.
    pub fn somebody(&self) {
        if self.changes(false) {
            tracing::info!("changes are announced again");
        }
    }

    /// An announcement has reached nobody, for this reason.
    pub fn nobody(&self, reason: &'static str) {
        if self.changes(true) {
            tracing::warn!(reason, "changes are not announced until this is over");
        }
    }

    fn changes(&self, to_nobody: bool) -> bool {
        self.nobody.swap(to_nobody, Ordering::Relaxed) != to_nobody
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_worth_a_line() {
        let reach = Reach::default();
        let said = [false, true, true, false, false, true].map(|to_nobody| reach.changes(to_nobody));
        assert_eq!(said, [false, true, false, true, false, true]);
    }
}
