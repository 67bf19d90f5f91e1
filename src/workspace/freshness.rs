//! How old the settings are that requests are decided by.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Kept by whoever reads the settings, asked by whoever tells an operator.
#[derive(Debug)]
pub struct Freshness {
    started: Instant,
    /// When they were last read, in milliseconds since the start.
    read: AtomicU64,
    watched: AtomicBool,
}

impl Default for Freshness {
    /// They have just been read, and are watched.
    fn default() -> Self {
        Freshness { started: Instant::now(), read: AtomicU64::new(0), watched: AtomicBool::new(true) }
    }
}

impl Freshness {
    pub(super) fn note_read(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.read.store(now, Ordering::Relaxed);
    }

    pub(super) fn set_watched(&self, watched: bool) {
        self.watched.store(watched, Ordering::Relaxed);
    }

    /// How long ago they were read. While they are watched, they are also the newest.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed().saturating_sub(Duration::from_millis(self.read.load(Ordering::Relaxed)))
    }

    /// Whether a change would be seen.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }
}
