use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// The machine's clock, unless it is stopped, moved by an offset.
#[derive(Clone, Default)]
pub struct TestClock {
    stopped: Arc<Mutex<Option<DateTime<Utc>>>>,
    offset_ms: Arc<AtomicI64>,
}

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        self.offset_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    pub fn stop_at(&self, moment: DateTime<Utc>) {
        *self.stopped.lock().expect("the clock") = Some(moment);
    }

    pub fn as_clock(&self) -> rc_account::clock::Clock {
        let clock = self.clone();
        Arc::new(move || {
            let base = clock.stopped.lock().expect("the clock").unwrap_or_else(Utc::now);
            base + TimeDelta::milliseconds(clock.offset_ms.load(Ordering::Relaxed))
        })
    }
}
