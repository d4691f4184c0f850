//! What is told isn't what happened.

use watch_core::{Event, InitialCause};

use super::{a, b, begin, end, object, truth, version};
use crate::sim::oracle::sequence::Sequence;
use crate::sim::plan::ClientSetup;
use crate::sim::truth::Selection;
use crate::sim::violation::Oracle;

/// A set as of 2, told right.
fn set() -> Vec<Event> {
    vec![begin(), Event::Initial(a(1, "one")), Event::Initial(b(2)), end(2)]
}

fn judge(events: impl IntoIterator<Item = Event>) -> Option<Oracle> {
    let (truth, selection) = (truth(), Selection::of(&ClientSetup::default()));
    let mut sequence = Sequence::new(selection, false, true);
    events.into_iter().find_map(|event| sequence.event(&truth, 0, &event).err()).map(|violation| violation.oracle)
}

fn after_set(events: impl IntoIterator<Item = Event>) -> Option<Oracle> {
    judge(set().into_iter().chain(events))
}

#[test]
fn the_truth_is_accepted() {
    let told = [
        Event::Modified(a(3, "three")),
        Event::Bookmark { resource_version: version(3) },
        Event::Deleted(b(4)),
        Event::Modified(a(5, "five")),
        Event::Bookmark { resource_version: version(9) },
    ];
    assert_eq!(after_set(told), None);
}

#[test]
fn inventions_are_rejected() {
    assert_eq!(after_set([Event::Modified(a(3, "other content"))]), Some(Oracle::Invention));
    assert_eq!(after_set([Event::Added(object("ghost", 9, ""))]), Some(Oracle::Invention));
    assert_eq!(judge([begin(), Event::Initial(object("ghost", 1, ""))]), Some(Oracle::Invention));
    // What was deleted is told as it was, but with the version of its deletion.
    let told = [Event::Modified(a(3, "three")), Event::Deleted(object("b", 4, "other content"))];
    assert_eq!(after_set(told), Some(Oracle::Invention));
}

#[test]
fn what_is_out_of_order_is_rejected() {
    let told = [Event::Modified(a(3, "three")), Event::Bookmark { resource_version: version(2) }];
    assert_eq!(after_set(told), Some(Oracle::Ordered));
    assert_eq!(after_set([Event::Modified(a(2, "one"))]), Some(Oracle::Ordered));
    assert_eq!(after_set([begin(), Event::Initial(a(1, "one")), end(1)]), Some(Oracle::Ordered));
}

#[test]
fn what_is_told_twice_is_rejected() {
    assert_eq!(after_set([Event::Modified(a(3, "three")), Event::Modified(a(3, "three"))]), Some(Oracle::Unique));
    assert_eq!(judge([begin(), Event::Initial(b(2)), Event::Initial(b(2))]), Some(Oracle::Unique));
}

#[test]
fn another_event_than_what_happened_is_rejected() {
    assert_eq!(after_set([Event::Added(a(3, "three"))]), Some(Oracle::Atomic));
    assert_eq!(after_set([Event::Deleted(a(3, "three"))]), Some(Oracle::Atomic));
}

#[test]
fn what_is_left_out_is_missed() {
    assert_eq!(after_set([Event::Deleted(b(4))]), Some(Oracle::Reliable));
    assert_eq!(after_set([Event::Bookmark { resource_version: version(3) }]), Some(Oracle::Bookmarkable));
}

#[test]
fn a_set_that_is_not_the_state_is_rejected() {
    assert_eq!(judge([begin(), Event::Initial(a(1, "one")), end(2)]), Some(Oracle::State));
    assert_eq!(judge([begin(), Event::Initial(a(1, "one")), Event::Initial(b(2)), end(4)]), Some(Oracle::State));
}

#[test]
fn what_is_no_sentence_is_rejected() {
    assert_eq!(judge([end(2)]), Some(Oracle::Grammar));
    assert_eq!(judge([Event::Modified(a(3, "three"))]), Some(Oracle::Grammar));
    assert_eq!(judge([begin(), begin()]), Some(Oracle::Grammar));
    assert_eq!(judge([begin(), Event::Added(a(1, "one"))]), Some(Oracle::Grammar));
    assert_eq!(judge([begin(), Event::Bookmark { resource_version: version(2) }]), Some(Oracle::Grammar));
}

#[test]
fn a_set_that_broke_off_may_begin_anew_for_three_reasons() {
    for cause in [InitialCause::Retry, InitialCause::Relist, InitialCause::Rollback] {
        assert_eq!(judge([begin(), Event::InitialBegin { cause }]), None, "{cause:?}");
    }
    for cause in [InitialCause::First, InitialCause::Expired, InitialCause::Trouble] {
        assert_eq!(judge([begin(), Event::InitialBegin { cause }]), Some(Oracle::Grammar), "{cause:?}");
    }
}

#[test]
fn who_does_not_know_all_is_not_done() {
    let (truth, selection) = (truth(), Selection::of(&ClientSetup::default()));
    let mut sequence = Sequence::new(selection, false, true);
    let mut complete = Vec::new();
    let told = [Event::Modified(a(3, "three")), Event::Deleted(b(4)), Event::Modified(a(5, "five"))];
    for event in set().into_iter().chain(told) {
        sequence.event(&truth, 0, &event).unwrap();
        complete.push(sequence.is_complete(&truth));
    }
    assert_eq!(complete, [false, false, false, false, false, false, true]);
    // Nor is one that is told the whole set anew.
    sequence.event(&truth, 0, &begin()).unwrap();
    assert!(!sequence.is_complete(&truth));
}
