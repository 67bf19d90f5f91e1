//! Whether what clients were told can be explained by one change after the other.
//!
//! A history is linearizable if its calls can be put in an order in which each takes effect at one moment between its
//! being asked and its being answered. The search is that of Wing and Gong, with the states that were seen before left out.

use std::collections::HashSet;
use std::hash::Hash;

/// One call of a history. Moments are numbers of one counter for all clients.
#[derive(Debug, Clone)]
pub struct Call<C> {
    pub asked: u32,
    /// `None`: what became of it is not known, and it may take effect at any later time.
    pub told: Option<u32>,
    pub what: C,
}

/// What calls do, one at a time.
pub trait Model {
    type State: Clone + Eq + Hash;
    type What;

    /// The states in which the call, with the answer that was given, may leave this one; none if that answer is wrong here.
    fn after(state: &Self::State, what: &Self::What) -> Vec<Self::State>;
}

/// Whether there is such an order; at most 64 calls.
pub fn is_linearizable<M: Model>(first: M::State, history: &[Call<M::What>]) -> bool {
    assert!(history.len() <= 64, "the calls that are done are the bits of one number");
    let mut seen = HashSet::new();
    let mut stack = vec![(0_u64, first)];
    while let Some((done, state)) = stack.pop() {
        let open = || history.iter().enumerate().filter(|(number, _)| done & (1 << number) == 0);
        let Some(earliest_end) = open().filter_map(|(_, call)| call.told).min() else { return true };
        for (number, call) in open().filter(|(_, call)| call.asked < earliest_end) {
            for next in M::after(&state, &call.what) {
                let entry = (done | 1 << number, next);
                if seen.insert(entry.clone()) {
                    stack.push(entry);
                }
            }
        }
    }
    false
}

mod tests {
    use super::*;

    struct Register;

    #[derive(Debug, Clone)]
    enum Access {
        Write(u8),
        Read(u8),
    }

    impl Model for Register {
        type State = u8;
        type What = Access;

        fn after(state: &u8, access: &Access) -> Vec<u8> {
            match access {
                Access::Write(value) => vec![*value],
                Access::Read(value) => (value == state).then_some(*state).into_iter().collect(),
            }
        }
    }

    fn call(asked: u32, told: impl Into<Option<u32>>, what: Access) -> Call<Access> {
        Call { asked, told: told.into(), what }
    }

    #[test]
    fn what_was_saved_is_read_by_all_who_ask_later() {
        use Access::{Read, Write};
        let holds = |history: &[Call<Access>]| is_linearizable::<Register>(0, history);
        assert!(holds(&[call(1, 2, Write(1)), call(3, 4, Read(1))]));
        assert!(!holds(&[call(1, 2, Write(1)), call(3, 4, Read(0))]), "a lost change");
        assert!(holds(&[call(1, 4, Write(1)), call(2, 3, Read(0)), call(5, 6, Read(1))]));
        assert!(holds(&[call(1, 6, Write(1)), call(2, 3, Read(1)), call(4, 5, Read(1))]));
        assert!(!holds(&[call(1, 6, Write(1)), call(2, 3, Read(1)), call(4, 5, Read(0))]), "back in time");
        assert!(holds(&[call(1, None, Write(1)), call(2, 3, Read(0)), call(4, 5, Read(1))]), "or later");
        assert!(holds(&[call(1, None, Write(1)), call(2, 3, Read(0))]), "or never");
        assert!(!holds(&[call(4, None, Write(1)), call(2, 3, Read(1))]), "not before it was asked");
    }
}
