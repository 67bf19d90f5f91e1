//! The gate in front of bcrypt: a place for each core, and who waits for one.
//!
//! Work of strangers and work of signed-in users wait apart. Strangers never take the last place, and where both wait
//! they take turns; so however many strangers come, a signed-in user waits for one run of theirs at most. Within each
//! of the two, callers take turns, so that one caller with much work does not hold up the others.

use super::{HashingError, Work};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many wait for each place, at most: at cost 10 some three seconds.
const WAITING_PER_PLACE: usize = 64;

/// Who the work is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    SignedIn,
    Stranger,
}

#[derive(Debug)]
pub struct Gate {
    places: usize,
    /// How many of them strangers can take.
    for_strangers: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    signed_in: Queue,
    strangers: Queue,
    /// The class that got the last place.
    last: Option<Class>,
    tickets: u64,
}

#[derive(Debug, Default)]
struct Queue {
    /// How many places are taken.
    inside: usize,
    waiting: usize,
    /// In the order of their turns.
    callers: VecDeque<Caller>,
}

#[derive(Debug)]
struct Caller {
    by: Arc<str>,
    /// Never empty.
    waiters: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    admit: oneshot::Sender<Place>,
}

/// A place at the gate; given back when dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    class: Class,
    /// Of a signed-in user, while no other work of signed-in users ran or waited.
    pub is_alone: bool,
}

/// Leaves the queue when whoever waits is dropped.
struct Waiting<'a> {
    gate: &'a Gate,
    class: Class,
    ticket: u64,
}

impl Gate {
    #[must_use]
    pub fn new(places: usize) -> Gate {
        let places = places.max(1);
        Gate { places, for_strangers: (places - 1).max(1), state: Mutex::default() }
    }

    /// How much runs at a time.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`HashingError::Busy`] where too many wait already.
    pub async fn enter(self: &Arc<Self>, work: &Work) -> Result<Place, HashingError> {
        let (_waiting, admitted) = self.queue_up(work);
        admitted.await.map_err(|_| HashingError::Busy)
    }

    /// Whether somebody with this work would be let in or find room to wait.
    pub fn has_room(&self, work: &Work) -> bool {
        let bound = self.bound(work.class);
        self.state().queue(work.class).has_room(&work.by, bound)
    }

    /// How many of a class may wait.
    fn bound(&self, class: Class) -> usize {
        let places = match class {
            Class::SignedIn => self.places,
            Class::Stranger => self.for_strangers,
        };
        places * WAITING_PER_PLACE
    }

    fn queue_up(self: &Arc<Self>, work: &Work) -> (Waiting<'_>, oneshot::Receiver<Place>) {
        let (admit, admitted) = oneshot::channel();
        let mut state = self.state();
        state.tickets += 1;
        let ticket = state.tickets;
        let waiter = Waiter { ticket, admit };
        let turned_away = state.queue(work.class).push(&work.by, waiter, self.bound(work.class));
        let grants = self.admit(&mut state);
        // What is turned away, or granted to nobody any more, comes back through the lock.
        drop(state);
        drop(turned_away);
        send(grants);
        (Waiting { gate: self, class: work.class, ticket }, admitted)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to whoever's turn it is.
    fn admit(self: &Arc<Self>, state: &mut State) -> Vec<(Waiter, Place)> {
        let mut grants = Vec::new();
        while let Some(class) = self.next_class(state) {
            let queue = state.queue(class);
            let Some(waiter) = queue.pop() else { break };
            let is_alone = class == Class::SignedIn && queue.inside + queue.waiting == 0;
            queue.inside += 1;
            state.last = Some(class);
            grants.push((waiter, Place { gate: Arc::clone(self), class, is_alone }));
        }
        grants
    }

    fn next_class(&self, state: &State) -> Option<Class> {
        if state.signed_in.inside + state.strangers.inside >= self.places {
            return None;
        }
        let strangers = state.strangers.waiting > 0 && state.strangers.inside < self.for_strangers;
        match (state.signed_in.waiting > 0, strangers) {
            (true, true) if state.last == Some(Class::SignedIn) => Some(Class::Stranger),
            (true, _) => Some(Class::SignedIn),
            (false, true) => Some(Class::Stranger),
            (false, false) => None,
        }
    }

    /// How many wait, and how many work.
    #[cfg(test)]
    pub fn load(&self, class: Class) -> (usize, usize) {
        let mut state = self.state();
        let queue = state.queue(class);
        (queue.waiting, queue.inside)
    }
}

fn send(grants: Vec<(Waiter, Place)>) {
    for (waiter, place) in grants {
        // Whoever has left meanwhile gives the place back.
        drop(waiter.admit.send(place));
    }
}

impl State {
    fn queue(&mut self, class: Class) -> &mut Queue {
        match class {
            Class::SignedIn => &mut self.signed_in,
            Class::Stranger => &mut self.strangers,
        }
    }
}

impl Queue {
    fn has_room(&self, by: &Arc<str>, bound: usize) -> bool {
        self.waiting < bound || self.longest_beyond(self.position(by)).is_some()
    }

    fn position(&self, by: &Arc<str>) -> Option<usize> {
        self.callers.iter().position(|caller| caller.by == *by)
    }

    /// The caller with the most in the queue, if that is more than this one would have.
    fn longest_beyond(&self, own: Option<usize>) -> Option<usize> {
        let count = |at: usize| self.callers.get(at).map_or(0, |caller| caller.waiters.len());
        let longest = (0..self.callers.len()).max_by_key(|at| count(*at))?;
        (count(longest) > own.map_or(0, count) + 1).then_some(longest)
    }

    /// Returns who is turned away where the queue is full: the newest of the caller who has the most in it.
    fn push(&mut self, by: &Arc<str>, waiter: Waiter, bound: usize) -> Option<Waiter> {
        let own = self.position(by);
        let mut turned_away = None;
        if self.waiting >= bound {
            let longest = self.longest_beyond(own).and_then(|at| self.callers.get_mut(at));
            match longest {
                Some(longest) => turned_away = longest.waiters.pop_back(),
                None => return Some(waiter),
            }
            self.waiting -= 1;
        }
        self.waiting += 1;
        match own.and_then(|at| self.callers.get_mut(at)) {
            Some(caller) => caller.waiters.push_back(waiter),
            None => self.callers.push_back(Caller { by: Arc::clone(by), waiters: VecDeque::from([waiter]) }),
        }
        turned_away
    }

    fn pop(&mut self) -> Option<Waiter> {
        let mut caller = self.callers.pop_front()?;
        let waiter = caller.waiters.pop_front();
        self.waiting -= usize::from(waiter.is_some());
        if !caller.waiters.is_empty() {
            self.callers.push_back(caller);
        }
        waiter
    }

    fn remove(&mut self, ticket: u64) -> Option<Waiter> {
        for (at, caller) in self.callers.iter_mut().enumerate() {
            let Some(place) = caller.waiters.iter().position(|waiter| waiter.ticket == ticket) else {
                continue;
            };
            let waiter = caller.waiters.remove(place);
            if caller.waiters.is_empty() {
                self.callers.remove(at);
            }
            self.waiting -= 1;
            return waiter;
        }
        None
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let left = self.gate.state().queue(self.class).remove(self.ticket);
        drop(left);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.queue(self.class).inside -= 1;
        let grants = self.gate.admit(&mut state);
        drop(state);
        send(grants);
    }
}

#[cfg(test)]
mod tests;
