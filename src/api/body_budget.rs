//! How many bytes the bodies of all requests together may hold at a time.
//!
//! The beginning of each body comes out of a share of its own, so that large bodies that never end cannot keep out the
//! ordinary ones, which are smaller than that.

use metrics::{Gauge, gauge};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A body up to this size needs nothing of what large ones share.
const BEGINNING: usize = 16 * 1024;
const ALL_BEGINNINGS: usize = 8 * 1024 * 1024;
const ALL_REMAINDERS: usize = 24 * 1024 * 1024;

/// The bytes that are still free.
pub struct BodyBudget {
    beginnings: AtomicUsize,
    remainders: AtomicUsize,
    /// The metric.
    held: Gauge,
}

/// All bytes are in use.
#[derive(Debug, PartialEq, Eq)]
pub struct Exhausted;

/// What one body holds; given back when dropped.
pub struct HeldBytes {
    budget: Arc<BodyBudget>,
    beginning: usize,
    remainder: usize,
}

impl Default for BodyBudget {
    fn default() -> Self {
        let held = gauge!("rc_account_body_bytes");
        BodyBudget { beginnings: ALL_BEGINNINGS.into(), remainders: ALL_REMAINDERS.into(), held }
    }
}

impl BodyBudget {
    /// For one more body, which holds nothing yet. `length`: what its client says that it is.
    ///
    /// # Errors
    /// [`Exhausted`] where there is no room for it now: it is refused before it is read.
    pub fn begin(self: &Arc<Self>, length: Option<usize>) -> Result<HeldBytes, Exhausted> {
        // Without a length, room for one byte.
        let length = length.unwrap_or(1);
        let (beginning, remainder) = (length.min(BEGINNING), length.saturating_sub(BEGINNING));
        let has_room = beginning <= self.beginnings.load(Ordering::Relaxed)
            && remainder <= self.remainders.load(Ordering::Relaxed);
        if !has_room {
            return Err(Exhausted);
        }
        Ok(HeldBytes { budget: Arc::clone(self), beginning: 0, remainder: 0 })
    }
}

impl HeldBytes {
    /// Takes as many bytes more.
    ///
    /// # Errors
    /// [`Exhausted`]; what was held stays held.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let at_the_beginning = bytes.min(BEGINNING - self.beginning);
        take(&self.budget.beginnings, at_the_beginning)?;
        self.budget.held.increment(gauge_of(at_the_beginning));
        self.beginning += at_the_beginning;
        let beyond = bytes - at_the_beginning;
        take(&self.budget.remainders, beyond)?;
        self.budget.held.increment(gauge_of(beyond));
        self.remainder += beyond;
        Ok(())
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.budget.beginnings.fetch_add(self.beginning, Ordering::Relaxed);
        self.budget.remainders.fetch_add(self.remainder, Ordering::Relaxed);
        self.budget.held.decrement(gauge_of(self.beginning + self.remainder));
    }
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes")]
fn gauge_of(bytes: usize) -> f64 {
    bytes as f64
}

fn take(free: &AtomicUsize, bytes: usize) -> Result<(), Exhausted> {
    let left = |free: usize| free.checked_sub(bytes);
    free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).map(drop).map_err(|_| Exhausted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_use_up_their_own_share_and_leave_that_of_the_others() {
        const LARGE: usize = 256 * 1024;
        let budget = Arc::new(BodyBudget::default());
        let mut held = Vec::new();
        let refused = loop {
            let mut body = budget.begin(None).expect("room for a byte");
            let grown = body.grow(LARGE);
            held.push(body);
            if grown.is_err() {
                break held.len();
            }
        };
        assert_eq!(refused, ALL_REMAINDERS / (LARGE - BEGINNING) + 1);
        assert_eq!(budget.begin(Some(LARGE)).map(drop), Err(Exhausted), "refused before it is read");
        let mut ordinary = budget.begin(Some(BEGINNING)).expect("room");
        assert_eq!(ordinary.grow(BEGINNING), Ok(()));
        assert_eq!(ordinary.grow(LARGE), Err(Exhausted));
        drop(held);
        assert_eq!(ordinary.grow(LARGE), Ok(()), "it is given back");
    }

    #[test]
    fn what_comes_in_pieces_is_counted_as_what_comes_at_once() {
        let budget = Arc::new(BodyBudget::default());
        let mut pieces = budget.begin(None).expect("room");
        (0..100).for_each(|_| pieces.grow(1000).expect("room"));
        assert_eq!((pieces.beginning, pieces.remainder), (BEGINNING, 100_000 - BEGINNING));
        drop(pieces);
        assert_eq!(budget.beginnings.load(Ordering::Relaxed), ALL_BEGINNINGS);
        assert_eq!(budget.remainders.load(Ordering::Relaxed), ALL_REMAINDERS);
    }
}
