//! The calls of a window, by whoever made them: a table that no number of callers can make larger than so much.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// So many callers have a counter of their own in a window; further ones share.
const OWN: usize = 100_000;
const SHARED: usize = 4096;

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum By {
    Address(IpAddr),
    /// A user's calls of a method.
    Method {
        user_id: String,
        method: &'static str,
    },
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    own: HashMap<By, u32>,
    /// Whoever shares a counter is refused early rather than never.
    shared: HashMap<usize, u32>,
    hasher: RandomState,
}

impl Tally {
    /// How many calls are counted.
    pub fn calls(&self, by: &By) -> u32 {
        let found = if self.has_own(by) { self.own.get(by) } else { self.shared.get(&self.stripe(by)) };
        found.copied().unwrap_or_default()
    }

    /// The caller's counter.
    pub fn counter(&mut self, by: &By) -> &mut u32 {
        if self.has_own(by) {
            self.own.entry(by.clone()).or_default()
        } else {
            let stripe = self.stripe(by);
            self.shared.entry(stripe).or_default()
        }
    }

    fn has_own(&self, by: &By) -> bool {
        self.own.len() < OWN || self.own.contains_key(by)
    }

    #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
    fn stripe(&self, by: &By) -> usize {
        self.hasher.hash_one(by) as usize % SHARED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(number: usize) -> By {
        By::Address(Ipv4Addr::from(u32::try_from(number).expect("an address")).into())
    }

    #[test]
    fn any_number_of_callers_fits_and_each_is_counted() {
        let mut tally = Tally::default();
        for round in 1..=2 {
            for number in 0..OWN + 10_000 {
                *tally.counter(&address(number)) += 1;
                assert!(tally.calls(&address(number)) >= round, "{number}");
            }
        }
        assert_eq!(tally.own.len(), OWN);
        assert!(tally.shared.len() <= SHARED);
        assert_eq!(tally.calls(&address(5)), 2, "those who came first share with nobody");
    }
}
