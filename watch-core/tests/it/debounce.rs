//! Changes that wait until their object is quiet.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use watch_core::{Change, Debounce, Diff, Event, InitialCause, Instant, Object};

use crate::rig::pod_json;

const QUIET: u64 = 2;
const LONGEST: u64 = 5;

fn second(n: u64) -> Instant {
    Instant::from_origin(Duration::from_secs(n))
}

fn pod(text: &str) -> Object {
    Object::parse(pod_json(text).into()).unwrap()
}

fn new() -> Debounce {
    Debounce::new(Duration::from_secs(QUIET), Duration::from_secs(LONGEST))
}

fn due(debounce: &mut Debounce, now: u64) -> Vec<String> {
    std::iter::from_fn(|| debounce.poll(second(now)))
        .map(|change| change.to_string().replace("Pod default/", ""))
        .collect()
}

/// A `Vanished`, which only a `Diff` can make.
fn vanished(text: &str) -> Change {
    let mut diff = Diff::new();
    for event in [
        Event::InitialBegin { cause: InitialCause::First },
        Event::Initial(pod(text)),
        Event::InitialBegin { cause: InitialCause::Expired },
        Event::InitialEnd { resource_version: "99".parse().unwrap() },
    ] {
        diff.handle(event);
    }
    std::iter::from_fn(|| diff.poll()).find(|change| matches!(change, Change::Vanished(_))).unwrap()
}

fn synced() -> Change {
    Change::Synced { resource_version: "99".parse().unwrap() }
}

#[test]
fn changes_are_held_until_their_object_is_quiet_and_joined() {
    let mut debounce = new();
    debounce.handle(Change::Modified(pod("a@1")), second(0));
    debounce.handle(Change::Modified(pod("b@2")), second(1));
    debounce.handle(Change::Modified(pod("a@3")), second(1));
    assert_eq!((due(&mut debounce, 2), debounce.next_at()), (vec![], Some(second(3))));
    assert_eq!(due(&mut debounce, 3), ["MODIFIED a@3", "MODIFIED b@2"]);
    assert_eq!((debounce.next_at(), debounce.is_empty()), (None, true));
    // After it was reported, the next change is held again.
    debounce.handle(Change::Modified(pod("a@4")), second(3));
    assert_eq!((due(&mut debounce, 4), debounce.next_at()), (vec![], Some(second(5))));
}

#[test]
fn an_object_that_never_rests_is_reported_in_time() {
    let mut debounce = new();
    let mut reported = Vec::new();
    for now in 0..12 {
        debounce.handle(Change::Modified(pod(&format!("a@{}", now + 1))), second(now));
        reported.extend(due(&mut debounce, now));
    }
    assert_eq!(reported, ["MODIFIED a@6", "MODIFIED a@12"], "at 5 s and 11 s");
}

#[test]
fn an_object_that_the_consumer_does_not_know_stays_new() {
    let mut debounce = new();
    debounce.handle(Change::Added(pod("a@1")), second(0));
    debounce.handle(Change::Modified(pod("a@2")), second(1));
    assert_eq!(due(&mut debounce, 3), ["ADDED a@2"]);
    debounce.handle(Change::Modified(pod("a@3")), second(3));
    assert_eq!(due(&mut debounce, 5), ["MODIFIED a@3"]);
}

#[test]
fn a_deletion_comes_at_once_after_what_is_held_of_its_object() {
    let mut debounce = new();
    debounce.handle(Change::Modified(pod("b@1")), second(0));
    debounce.handle(Change::Added(pod("a@2")), second(0));
    debounce.handle(Change::Deleted(pod("a@3")), second(1));
    assert_eq!(due(&mut debounce, 1), ["ADDED a@2", "DELETED a@3"]);
    // The next object of this name waits for its own time.
    debounce.handle(Change::Added(pod("a@4")), second(1));
    assert_eq!(due(&mut debounce, 2), ["MODIFIED b@1"]);
    debounce.handle(vanished("a@4"), second(2));
    assert_eq!(due(&mut debounce, 2), ["ADDED a@4", "VANISHED default/a@4"]);
    assert!(debounce.is_empty());
}

#[test]
fn synced_comes_after_every_change_before_it() {
    let mut debounce = new();
    for text in ["c@1", "a@2", "b@3", "c@4"] {
        debounce.handle(Change::Added(pod(text)), second(0));
    }
    debounce.handle(synced(), second(0));
    assert_eq!(due(&mut debounce, 0), ["ADDED c@4", "ADDED a@2", "ADDED b@3", "SYNCED @99"]);
}

#[test]
fn a_flush_makes_everything_due() {
    let mut debounce = new();
    debounce.handle(Change::Modified(pod("b@1")), second(0));
    debounce.handle(Change::Modified(pod("a@2")), second(0));
    debounce.flush();
    assert!(!debounce.is_empty());
    assert_eq!((due(&mut debounce, 0), debounce.next_at()), (vec!["MODIFIED b@1".into(), "MODIFIED a@2".into()], None));
}

#[test]
fn held_objects_are_in_memory_of_their_own() {
    let mut debounce = new();
    let object = pod("a@1");
    let address = object.raw().as_ptr();
    debounce.handle(Change::Modified(object), second(0));
    let Some(Change::Modified(held)) = debounce.poll(second(9)) else { panic!() };
    assert_ne!(held.raw().as_ptr(), address);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8),
    Delete { name: u8, is_vanished: bool },
    Synced,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3_u8).prop_map(Step::Put),
        2 => (0..3_u8, any::<bool>()).prop_map(|(name, is_vanished)| Step::Delete { name, is_vanished }),
        1 => Just(Step::Synced),
        4 => (0..4_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    /// Against the changes that went in: no deletion is lost, late or early; no state is older than `LONGEST`.
    #[test]
    fn deletions_and_the_last_state_of_each_object_come_out(steps in steps()) {
        let (mut debounce, mut now, mut version) = (new(), 0, 0);
        // What the server has and what the consumer knows: the version of each object.
        let (mut truth, mut known) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
        // Since when the consumer lacks a state of an object.
        let mut lacking = BTreeMap::<String, u64>::new();
        for step in steps {
            let mut must_be_equal = Vec::new();
            let mut deleted = None;
            match step {
                Step::Put(name) => {
                    version += 1;
                    let (name, object) = (name.to_string(), pod(&format!("{name}@{version}")));
                    let is_new = truth.insert(name.clone(), version).is_none();
                    lacking.entry(name).or_insert(now);
                    debounce.handle(if is_new { Change::Added(object) } else { Change::Modified(object) }, second(now));
                }
                Step::Delete { name, is_vanished } => {
                    let name = name.to_string();
                    if let Some(version) = truth.remove(&name) {
                        let text = format!("{name}@{version}");
                        let change = if is_vanished { vanished(&text) } else { Change::Deleted(pod(&text)) };
                        debounce.handle(change, second(now));
                        deleted = Some(name);
                    }
                }
                Step::Synced => {
                    debounce.handle(synced(), second(now));
                    must_be_equal = truth.keys().cloned().collect();
                }
                Step::Wait(seconds) => now += seconds,
            }
            let mut deletions = Vec::new();
            while let Some(change) = debounce.poll(second(now)) {
                match change {
                    Change::Added(object) => {
                        prop_assert!(known.insert(object.name().into(), object.resource_version().to_string().parse().unwrap()).is_none());
                    }
                    Change::Modified(object) => {
                        prop_assert!(known.insert(object.name().into(), object.resource_version().to_string().parse().unwrap()).is_some());
                    }
                    Change::Deleted(object) => deletions.push(object.name().to_owned()),
                    Change::Vanished(object) => deletions.push(object.name().to_owned()),
                    Change::Synced { .. } => {}
                }
            }
            for name in &deletions {
                prop_assert!(known.remove(name).is_some(), "the consumer knows what is deleted");
            }
            prop_assert_eq!(deletions, Vec::from_iter(deleted));
            for name in must_be_equal {
                prop_assert_eq!(known.get(&name), truth.get(&name));
            }
            lacking.retain(|name, _| known.get(name) != truth.get(name));
            for since in lacking.values() {
                prop_assert!(now < since + LONGEST);
            }
            prop_assert_eq!(lacking.is_empty(), debounce.is_empty());
        }
        debounce.flush();
        while let Some(change) = debounce.poll(second(now)) {
            let object = change.applied().unwrap();
            known.insert(object.name().into(), object.resource_version().to_string().parse().unwrap());
        }
        prop_assert_eq!(known, truth);
    }
}
