//! Addresses that did not answer in time. For a while nothing is sent to them, so that what is announced next does not
//! wait for them again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing is sent to such an address.
const RETRY_DELAY: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct UnreachableHosts {
    since: Mutex<HashMap<(String, u16), Instant>>,
}

impl UnreachableHosts {
    pub fn insert(&self, address: &(String, u16), now: Instant) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|_, since| now.duration_since(*since) < RETRY_DELAY);
        since.insert(address.clone(), now);
    }

    pub fn contains(&self, address: &(String, u16), now: Instant) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(address).is_some_and(|since| now.duration_since(*since) < RETRY_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_address_is_tried_again_after_a_while_and_others_are_not_taken_for_it() {
        let (hosts, now) = (UnreachableHosts::default(), Instant::now());
        let address = |port| ("host".to_owned(), port);
        hosts.insert(&address(1), now);
        let almost = RETRY_DELAY.saturating_sub(Duration::from_millis(1));
        assert!(hosts.contains(&address(1), now + almost));
        assert!(!hosts.contains(&address(1), now + RETRY_DELAY));
        assert!(!hosts.contains(&address(2), now));
        hosts.insert(&address(2), now + RETRY_DELAY);
        assert_eq!(hosts.since.lock().expect("unpoisoned").len(), 1);
    }
}
