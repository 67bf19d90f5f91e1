use super::*;
use futures_util::FutureExt;
use proptest::prelude::*;
use std::future::Future;
use std::pin::Pin;

type Entering = Pin<Box<dyn Future<Output = Result<Place, HashingError>>>>;

/// Somebody who has asked for a place.
fn enter(gate: &Arc<Gate>, work: Work) -> Entering {
    let gate = Arc::clone(gate);
    let mut entering: Entering = Box::pin(async move { gate.enter(&work).await });
    // Only now do they stand in the queue.
    if let Some(outcome) = entering.as_mut().now_or_never() {
        return Box::pin(std::future::ready(outcome));
    }
    entering
}

fn place(entering: &mut Entering) -> Option<Place> {
    entering.as_mut().now_or_never().and_then(Result::ok)
}

fn user(name: &str) -> Work {
    Work::of_user(name)
}

fn stranger(address: &str) -> Work {
    Work::of_stranger(address)
}

#[test]
fn strangers_never_take_the_last_place() {
    let gate = Arc::new(Gate::new(2));
    let mut strangers: Vec<_> = (0..10).map(|n| enter(&gate, stranger(&n.to_string()))).collect();
    let inside: Vec<_> = strangers.iter_mut().filter_map(place).collect();
    assert_eq!(inside.len(), 1);
    assert!(place(&mut enter(&gate, user("u"))).is_some(), "a signed-in user does not wait");
}

#[test]
fn with_one_core_a_user_waits_for_one_stranger_at_most() {
    let gate = Arc::new(Gate::new(1));
    let mut strangers: Vec<_> = (0..10).map(|n| enter(&gate, stranger(&n.to_string()))).collect();
    let first = place(&mut strangers[0]).expect("a place");
    let mut user = enter(&gate, user("u"));
    assert!(place(&mut user).is_none());
    drop(first);
    assert!(place(&mut user).is_some());
}

#[test]
fn where_both_wait_they_take_turns() {
    let gate = Arc::new(Gate::new(1));
    let held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let mut waiting: Vec<(char, Entering)> = Vec::new();
    for n in 0..3 {
        waiting.push(('u', enter(&gate, user(&n.to_string()))));
        waiting.push(('s', enter(&gate, stranger(&n.to_string()))));
    }
    let mut order = String::new();
    let mut held = Some(held);
    while held.take().is_some() {
        for (class, entering) in &mut waiting {
            if let Some(place) = place(entering) {
                order.push(*class);
                held = Some(place);
                *entering = Box::pin(std::future::pending());
                break;
            }
        }
    }
    assert_eq!(order, "sususu");
}

#[test]
fn callers_of_a_class_take_turns() {
    let gate = Arc::new(Gate::new(1));
    let held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let mut many: Vec<_> = (0..20).map(|_| enter(&gate, user("many"))).collect();
    let mut one = enter(&gate, user("one"));
    drop(held);
    let first = place(&mut many[0]).expect("first come");
    drop(first);
    assert!(place(&mut one).is_some(), "the second turn is the other caller's");
}

#[test]
fn a_full_queue_turns_away_whoever_has_the_most_in_it() {
    let gate = Arc::new(Gate::new(1));
    let _held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let mut many: Vec<_> = (0..WAITING_PER_PLACE).map(|_| enter(&gate, user("many"))).collect();
    let too_many = enter(&gate, user("many"));
    assert!(matches!(too_many.now_or_never(), Some(Err(HashingError::Busy))));
    let one = enter(&gate, user("one"));
    assert!(one.now_or_never().is_none(), "another caller still finds room");
    let last = many.pop().expect("the newest");
    assert!(matches!(last.now_or_never(), Some(Err(HashingError::Busy))));
    assert_eq!(
        gate.load(Class::SignedIn),
        (WAITING_PER_PLACE - 1, 1),
        "the one of another caller has gone, too"
    );
}

#[test]
fn there_is_room_until_the_queue_is_full_and_then_for_whoever_has_less_in_it() {
    let gate = Arc::new(Gate::new(1));
    let _held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let mut waiting: Vec<_> = (1..WAITING_PER_PLACE).map(|_| enter(&gate, user("many"))).collect();
    assert!(gate.has_room(&user("many")));
    waiting.push(enter(&gate, user("many")));
    assert!(!gate.has_room(&user("many")) && gate.has_room(&user("one")) && gate.has_room(&stranger("s")));
    drop(waiting);
    assert!(gate.has_room(&user("many")));
}

#[test]
fn a_user_is_alone_while_no_work_of_other_users_runs_or_waits() {
    let gate = Arc::new(Gate::new(2));
    let mut stranger = enter(&gate, stranger("s"));
    assert!(place(&mut stranger).is_some_and(|place| !place.is_alone));
    let first = place(&mut enter(&gate, user("first"))).expect("a place");
    let second = place(&mut enter(&gate, user("second"))).expect("a place");
    let (mut third, mut fourth) = (enter(&gate, user("third")), enter(&gate, user("fourth")));
    assert!(first.is_alone && !second.is_alone);
    drop((first, second));
    let third = place(&mut third).expect("a place");
    let fourth = place(&mut fourth).expect("a place");
    assert!(!third.is_alone && !fourth.is_alone);
    drop((third, fourth));
    assert!(place(&mut enter(&gate, user("last"))).is_some_and(|place| place.is_alone));
}

#[test]
fn whoever_leaves_is_out_of_the_queue_at_once() {
    let gate = Arc::new(Gate::new(1));
    let held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let waiting: Vec<_> = (0..30).map(|n| enter(&gate, stranger(&(n % 3).to_string()))).collect();
    assert_eq!(gate.load(Class::Stranger), (30, 0));
    drop(waiting);
    assert_eq!(gate.load(Class::Stranger), (0, 0));
    drop(held);
    assert_eq!(gate.load(Class::SignedIn), (0, 0));
}

#[test]
fn a_place_that_was_given_to_somebody_who_left_goes_on_to_the_next() {
    let gate = Arc::new(Gate::new(1));
    let held = place(&mut enter(&gate, user("holder"))).expect("a place");
    let leaver = enter(&gate, user("leaver"));
    let mut next = enter(&gate, user("next"));
    drop(held);
    // The place has been handed over, and nobody has taken it.
    drop(leaver);
    assert!(place(&mut next).is_some());
}

proptest! {
    /// Whatever comes and goes in whatever order, no place is lost, and none is given out twice.
    #[test]
    fn places_are_neither_lost_nor_given_twice(
        places in 1_usize..4,
        steps in prop::collection::vec((0_u8..4, any::<prop::sample::Index>(), 0_u8..3), 1..200),
    ) {
        let gate = Arc::new(Gate::new(places));
        let (mut waiting, mut inside): (Vec<Entering>, Vec<Place>) = (Vec::new(), Vec::new());
        for (step, at, by) in steps {
            match step {
                0 => waiting.push(enter(&gate, user(&by.to_string()))),
                1 => waiting.push(enter(&gate, stranger(&by.to_string()))),
                2 if !waiting.is_empty() => drop(waiting.swap_remove(at.index(waiting.len()))),
                3 if !inside.is_empty() => drop(inside.swap_remove(at.index(inside.len()))),
                _ => {}
            }
            let mut left = Vec::new();
            for mut entering in waiting.drain(..) {
                match entering.as_mut().now_or_never() {
                    Some(Ok(place)) => inside.push(place),
                    Some(Err(_)) => {}
                    None => left.push(entering),
                }
            }
            waiting = left;
            let strangers = inside.iter().filter(|place| place.class == Class::Stranger).count();
            prop_assert!(inside.len() <= places && strangers <= (places - 1).max(1));
            let all = gate.load(Class::SignedIn).1 + gate.load(Class::Stranger).1;
            prop_assert_eq!(all, inside.len());
        }
        drop(waiting);
        inside.clear();
        prop_assert_eq!((gate.load(Class::SignedIn), gate.load(Class::Stranger)), ((0, 0), (0, 0)));
    }
}
