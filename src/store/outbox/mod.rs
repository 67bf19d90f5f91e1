//! `rc_account_outbox`, our own: effects that are still to happen. An effect is deleted when it has happened.
//!
//! **Order.** Effects that share a lane happen in the order in which they were written. Each notes in `after` the ids of
//! the effects that it waits for: the last one of each of its lanes when it was written. It is `ready` when that list is
//! empty. When an effect is over, its id is taken out of the lists of others in the same write (see [`end`]); [`mend`]
//! does that where somebody has deleted one by hand. So what is to be done next is found by one index, however many
//! effects wait, in whichever lane.
//!
//! **Time.** There is one time, `due`: when the effect may be leased. A lease moves it to the lease's end. All times are
//! the database's own (`$$NOW`), so that instances whose clocks differ agree on them. The look-up takes the first few
//! effects in the order of `due` and asks the database how long each has to wait: so it needs no constant of ours as a
//! bound of the index, and never reads past the first that is not due.

mod admit;
mod changes;
mod depth;
mod effect;
mod end;
mod hand_over;
mod insert;
mod lease;
mod mend;
mod operator;
mod park;
mod signals;

pub use changes::EffectChange;
pub use depth::{EffectState, OutboxDepth};
pub use effect::{Leased, NewEffect, StoredEffect};
pub(super) use hand_over::HandOver;
pub use operator::Wish;
pub use signals::EffectEnd;
pub(super) use signals::Signals;

use super::bounded::Bounded;
use super::{Outdated, Store};
use bson::{Document, doc};
use std::time::Duration;

const OUTBOX: &str = "rc_account_outbox";

impl Store {
    /// Without the deadline of a request: an effect is the worker's.
    pub(super) fn outbox(&self) -> Bounded<Document> {
        Bounded::new(self.database.collection(OUTBOX), None)
    }
}

impl Outdated {
    /// The effects of this lane, as if they were documents with an old name: while there is one, another has to wait.
    #[must_use]
    pub fn waiting_in(lane: &str) -> Outdated {
        Outdated::new(OUTBOX, in_lane(lane))
    }
}

/// The effects of a lane that are still to happen, as far as they have a place in it: one that was parked and is to be
/// tried again gets a new place first (see [`admit`]).
fn in_lane(lane: &str) -> Document {
    doc! {"lanes": lane, "parked": false, "$nor": [{"late": true, "ready": null}]}
}

fn in_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
