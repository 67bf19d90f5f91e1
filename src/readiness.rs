//! Whether the service can take requests now: MongoDB answers, and it does not end. Settings are read before it listens.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// MongoDB counts as away when it has not answered for so long; it is asked once a second, and each question waits two
/// seconds. So one that is lost is not enough, and probes see it within five.
const SILENCE: Duration = Duration::from_secs(4);

/// The state, kept by those who know and asked by those who answer.
#[derive(Debug)]
pub struct Readiness {
    started: Instant,
    /// When MongoDB last answered, in milliseconds since the start.
    answered: AtomicU64,
    draining: AtomicBool,
}

impl Default for Readiness {
    /// MongoDB has just answered.
    fn default() -> Self {
        Readiness { started: Instant::now(), answered: AtomicU64::new(0), draining: AtomicBool::new(false) }
    }
}

impl Readiness {
    /// MongoDB has answered just now.
    pub fn database_answered(&self) {
        self.answered.store(self.now(), Ordering::Relaxed);
    }

    /// The service is about to end.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub fn database_answers(&self) -> bool {
        self.silence() <= SILENCE
    }

    /// For how long MongoDB has not answered.
    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.now().saturating_sub(self.answered.load(Ordering::Relaxed)))
    }

    /// Whether requests should be sent here: MongoDB answers, and the service does not end.
    pub fn is_ready(&self) -> bool {
        self.database_answers() && !self.is_draining()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
