//! The work queue: one turn a key at a time, and never before it is due.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use watch_core::{Instant, WorkQueue};

fn second(n: u64) -> Instant {
    Instant::from_origin(Duration::from_secs(n))
}

/// A queue that was started, with retries after 1 s to 8 s.
fn started() -> WorkQueue<&'static str> {
    let mut queue = WorkQueue::with_retry(Duration::from_secs(1), Duration::from_secs(8));
    queue.start();
    queue
}

/// Takes all keys that are due.
fn due(queue: &mut WorkQueue<&'static str>, now: u64) -> Vec<&'static str> {
    std::iter::from_fn(|| queue.take(second(now))).collect()
}

#[test]
fn keys_are_handed_out_once_and_in_order() {
    let mut queue = started();
    for (key, at) in [("late", 5), ("b", 1), ("a", 1), ("b", 1), ("late", 3), ("late", 4)] {
        queue.add_at(key, second(at));
    }
    assert_eq!((queue.len(), queue.next_at()), (3, Some(second(1))));
    assert_eq!(due(&mut queue, 0), [""; 0]);
    assert_eq!(due(&mut queue, 2), ["b", "a"]);
    assert_eq!(queue.next_at(), Some(second(3)));
    assert_eq!(due(&mut queue, 3), ["late"]);
    assert!(queue.is_empty());
}

#[test]
fn a_key_added_during_its_turn_has_another_turn_after_it() {
    let mut queue = started();
    queue.add("a", second(0));
    assert_eq!(due(&mut queue, 0), ["a"]);
    queue.add("a", second(1));
    queue.add("a", second(2));
    assert_eq!(due(&mut queue, 3), [""; 0], "its turn hasn't ended");
    queue.succeeded(&"a");
    assert_eq!(due(&mut queue, 3), ["a"]);
    queue.succeeded(&"a");
    assert_eq!(due(&mut queue, 9), [""; 0]);
}

#[test]
fn a_key_that_is_held_back_gives_way_to_the_others() {
    let mut queue = started();
    ["held", "b", "over"].iter().for_each(|key| queue.add(key, second(0)));
    let held_until = |key: &&str| match *key {
        "held" => Some(second(10)),
        "over" => Some(second(1)),
        _ => None,
    };
    let taken: Vec<_> = std::iter::from_fn(|| queue.take_unless(second(1), held_until)).collect();
    assert_eq!(taken, ["b", "over"]);
    assert_eq!((queue.len(), queue.next_at()), (1, Some(second(10))));

    // It is looked at again before its time, and may still be held back.
    queue.release_held(second(2));
    assert_eq!(queue.next_at(), Some(second(2)));
    assert_eq!(queue.take_unless(second(2), held_until), None);
    queue.release_held(second(3));
    assert_eq!(queue.take_unless(second(3), |_| None), Some("held"));
    queue.succeeded(&"held");
    queue.release_held(second(4));
    assert_eq!(queue.next_at(), None, "it is no longer held back");

    // Without a release, its time ends.
    queue.add("held", second(5));
    assert_eq!(queue.take_unless(second(5), held_until), None);
    assert_eq!(queue.take_unless(second(10), held_until), Some("held"));
    assert_eq!(queue.failures(&"held"), 0);
}

#[test]
fn retries_are_delayed_by_key_and_doubled_up_to_the_longest() {
    let mut queue = started();
    queue.add("bad", second(0));
    let mut now = 0;
    for delay in [1, 2, 4, 8, 8] {
        assert_eq!(due(&mut queue, now), ["bad"]);
        queue.failed(&"bad", second(now));
        now += delay;
        assert_eq!(queue.next_at(), Some(second(now)));
    }
    assert_eq!(queue.failures(&"bad"), 5);
    // Another key starts with the first delay.
    queue.add("new", second(0));
    assert_eq!(due(&mut queue, 0), ["new"]);
    queue.failed(&"new", second(0));
    assert_eq!(queue.next_at(), Some(second(1)));
    // And so does this one after a success.
    assert_eq!(due(&mut queue, now), ["new", "bad"]);
    queue.succeeded(&"bad");
    queue.add("bad", second(now));
    due(&mut queue, now);
    queue.failed(&"bad", second(now));
    assert_eq!((queue.failures(&"bad"), queue.next_at()), (1, Some(second(now + 1))));
}

#[test]
fn a_delay_doubles_until_it_is_the_longest_however_short_it_was() {
    let mut queue = WorkQueue::with_retry(Duration::from_nanos(1), Duration::MAX);
    queue.start();
    queue.add("a", second(0));
    let mut now = second(0);
    for failures in 0..60 {
        assert_eq!(queue.take(now), Some("a"));
        queue.failed(&"a", now);
        let next = queue.next_at().unwrap();
        assert_eq!(next.since(now), Duration::from_nanos(1 << failures), "after {failures} failures");
        now = next;
    }
}

#[test]
fn a_key_that_was_added_does_not_wait_for_its_retry() {
    let mut queue = started();
    queue.add("a", second(0));
    for now in 0..3 {
        due(&mut queue, now);
        queue.failed(&"a", second(now));
        queue.add("a", second(now + 1));
    }
    assert_eq!((queue.failures(&"a"), queue.next_at()), (3, Some(second(3))));
    queue.forget(&"a");
    due(&mut queue, 3);
    queue.failed(&"a", second(3));
    assert_eq!(queue.next_at(), Some(second(4)));
}

#[test]
fn a_failure_for_an_object_that_changed_does_not_count() {
    let mut queue = started();
    queue.add("a", second(0));
    due(&mut queue, 0);
    queue.add("a", second(1));
    queue.failed(&"a", second(2));
    assert_eq!((queue.failures(&"a"), queue.next_at()), (0, Some(second(1))));
    // What was added for later isn't a change.
    due(&mut queue, 2);
    queue.add_at("a", second(60));
    queue.failed(&"a", second(2));
    assert_eq!((queue.failures(&"a"), queue.next_at()), (1, Some(second(3))));
}

#[test]
fn nothing_is_handed_out_before_the_start() {
    let mut queue = WorkQueue::new();
    queue.add("a", second(0));
    assert_eq!((queue.take(second(9)), queue.next_at(), queue.len()), (None, None, 1));
    queue.start();
    assert_eq!((queue.next_at(), queue.take(second(9))), (Some(second(0)), Some("a")));
}

#[test]
fn a_queue_that_is_shut_down_hands_out_what_is_due() {
    let mut queue = started();
    for (key, at) in [("working", 0), ("again", 0), ("due", 2), ("delayed", 9)] {
        queue.add_at(key, second(at));
    }
    assert_eq!(due(&mut queue, 1), ["working", "again"]);
    queue.add("again", second(1));
    queue.add_at("working", second(9));
    queue.shut_down(second(2));
    queue.add("new", second(2));
    queue.start();
    assert!(!queue.is_finished());
    queue.failed(&"working", second(2));
    queue.succeeded(&"again");
    assert_eq!(due(&mut queue, 99), ["again", "due"]);
    queue.failed(&"again", second(99));
    assert!(queue.is_empty() && !queue.is_finished());
    queue.succeeded(&"due");
    assert!(queue.is_finished());
}

/// A turn that is deferred after the end is over, except for a key that was added during the turn, before the end.
#[test]
fn a_key_that_is_deferred_after_shut_down_is_dropped() {
    let mut queue = started();
    queue.add("deferred", second(0));
    queue.add("again", second(0));
    assert_eq!(due(&mut queue, 1), ["deferred", "again"]);
    queue.add("again", second(1));
    queue.shut_down(second(2));
    queue.defer(&"deferred", second(9));
    queue.defer(&"again", second(9));
    assert_eq!(due(&mut queue, 2), ["again"]);
    queue.succeeded(&"again");
    assert!(queue.is_finished());
}

#[test]
fn a_queue_that_never_started_is_finished_when_shut_down() {
    let mut queue = WorkQueue::new();
    queue.add("a", second(0));
    queue.shut_down(second(0));
    queue.start();
    assert!(queue.is_finished());
    assert_eq!(queue.take(second(9)), None);
}

#[derive(Clone, Debug)]
enum Step {
    Add { key: u8, after: u64 },
    Take,
    End { key: u8, is_good: bool },
    Forget(u8),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..4_u8;
    let step = prop_oneof![
        (key(), 0..5_u64).prop_map(|(key, after)| Step::Add { key, after }),
        Just(Step::Take),
        (key(), any::<bool>()).prop_map(|(key, is_good)| Step::End { key, is_good }),
        key().prop_map(Step::Forget),
        (0..5_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// Against a model that is nothing but a list of what is owed: no key is lost, doubled, early, or in two turns.
    #[test]
    fn no_key_is_lost_doubled_or_early(steps in steps()) {
        let mut queue = WorkQueue::with_retry(Duration::from_secs(1), Duration::from_secs(8));
        queue.start();
        let (mut now, mut owed, mut working) = (0, BTreeMap::<u8, u64>::new(), BTreeSet::new());
        let owe = |owed: &mut BTreeMap<u8, u64>, key, at| {
            let time = owed.entry(key).or_insert(at);
            *time = at.min(*time);
        };
        let mut failures = BTreeMap::<u8, u32>::new();
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Forget(key) => {
                    queue.forget(&key);
                    failures.remove(&key);
                }
                Step::Add { key, after } => {
                    queue.add_at(key, second(now + after));
                    owe(&mut owed, key, now + after);
                }
                Step::Take => {
                    let is_free = |(key, _): &(&u8, &u64)| !working.contains(*key);
                    let earliest = owed.iter().filter(is_free).map(|(_, at)| *at).min();
                    let taken = queue.take(second(now));
                    prop_assert_eq!(taken.is_some(), earliest.is_some_and(|at| at <= now));
                    if let Some(key) = taken {
                        prop_assert!(working.insert(key));
                        prop_assert_eq!(owed.remove(&key), earliest);
                    }
                }
                Step::End { key, is_good: true } => {
                    queue.succeeded(&key);
                    if working.remove(&key) {
                        failures.remove(&key);
                    }
                }
                Step::End { key, is_good: false } => {
                    queue.failed(&key, second(now));
                    if working.remove(&key) && owed.get(&key).is_none_or(|at| *at > now) {
                        let failures = failures.entry(key).or_default();
                        owe(&mut owed, key, now + (1 << *failures).min(8));
                        *failures += 1;
                    }
                }
            }
            let next = owed.iter().filter(|(key, _)| !working.contains(*key)).map(|(_, at)| second(*at)).min();
            prop_assert_eq!(queue.next_at(), next);
            for key in 0..4 {
                prop_assert_eq!(queue.failures(&key), failures.get(&key).copied().unwrap_or_default());
            }
        }
    }
}

#[test]
fn a_deferred_key_has_its_turn_later_or_when_it_is_added() {
    let at = |seconds| Instant::from_origin(Duration::from_secs(seconds));
    let mut queue = WorkQueue::with_retry(Duration::from_secs(1), Duration::from_secs(60));
    queue.start();
    queue.add("a", at(0));
    assert_eq!(queue.take(at(0)), Some("a"));
    queue.failed(&"a", at(0));
    assert_eq!(queue.take(at(1)), Some("a"));
    queue.defer(&"a", at(30));
    assert_eq!((queue.next_at(), queue.failures(&"a")), (Some(at(30)), 1), "neither a success nor a failure");
    queue.add("a", at(5));
    assert_eq!(queue.take(at(5)), Some("a"));
    // An addition during the turn doesn't shorten the wait: the turn didn't begin.
    queue.add("a", at(6));
    queue.defer(&"a", at(30));
    assert_eq!(queue.next_at(), Some(at(30)));
    queue.defer(&"b", at(1));
    assert_eq!(queue.len(), 1, "without a turn it has no effect");
}
