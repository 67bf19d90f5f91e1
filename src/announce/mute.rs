//! Addresses that did not answer in time, left alone for a while: whatever is announced next would wait for them again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an address is left alone.
const WHILE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Mute {
    since: Mutex<HashMap<(String, u16), Instant>>,
}

impl Mute {
    pub fn note(&self, address: &(String, u16), now: Instant) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|_, since| now.duration_since(*since) < WHILE);
        since.insert(address.clone(), now);
    }

    pub fn is_mute(&self, address: &(String, u16), now: Instant) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(address).is_some_and(|since| now.duration_since(*since) < WHILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_address_is_tried_again_after_a_while_and_others_are_not_taken_for_it() {
        let (mute, now) = (Mute::default(), Instant::now());
        let address = |port| ("host".to_owned(), port);
        mute.note(&address(1), now);
        let almost = WHILE.saturating_sub(Duration::from_millis(1));
        assert!(mute.is_mute(&address(1), now + almost));
        assert!(!mute.is_mute(&address(1), now + WHILE));
        assert!(!mute.is_mute(&address(2), now));
        mute.note(&address(2), now + WHILE);
        assert_eq!(mute.since.lock().expect("unpoisoned").len(), 1);
    }
}
