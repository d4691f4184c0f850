//! What can't be read, and nobody says so.

use watch_core::{Done, Event, Instant, Notice, Output};

use super::{begin, end, fresh, trouble, wait};
use crate::oracle::unreadable::{Arrived, Unreadable};
use crate::violation::Oracle;

fn send() -> Output {
    fresh().poll(Instant::ORIGIN)
}

fn notice() -> Output {
    Output::Notice(Notice::NeedsAttention { trouble: trouble(), after: core::time::Duration::ZERO })
}

/// What is found when that was handed in, and these are said.
fn check(what: Arrived, said: impl IntoIterator<Item = Output>) -> Option<Oracle> {
    let mut check = Unreadable::default();
    check.handed_in(what, false);
    said.into_iter().find_map(|output| check.output(&output).err()).map(|violation| violation.oracle)
}

#[test]
fn what_can_not_be_read_and_is_passed_over_is_rejected() {
    for what in [Arrived::Document, Arrived::Bytes, Arrived::List] {
        assert_eq!(check(what, [notice(), wait(), send()]), None, "{what:?}");
        // What came before it is told first.
        assert_eq!(check(what, [Output::Event(begin()), Output::Event(end(2)), notice(), send()]), None, "{what:?}");
        assert_eq!(check(what, [send()]), Some(Oracle::Unreadable), "{what:?}");
        assert_eq!(check(what, [Output::Done(Done::Stopped)]), None, "{what:?}");
    }
    // Of one that is whole nothing more can come; of another the rest may.
    assert_eq!(check(Arrived::Document, [wait()]), Some(Oracle::Unreadable));
    assert_eq!(check(Arrived::Bytes, [wait(), notice(), send()]), None);
    assert_eq!(check(Arrived::Bytes, [wait(), Output::Event(end(2))]), Some(Oracle::Unreadable));
    assert_eq!(check(Arrived::Bytes, [wait(), send()]), Some(Oracle::Unreadable));
}

#[test]
fn content_of_an_unfinished_object_can_be_waited_for() {
    let mut check = Unreadable::default();
    check.handed_in(Arrived::Bytes, false);
    check.output(&wait()).unwrap();
    check.handed_in(Arrived::Document, false);
    check.output(&wait()).unwrap();
    assert_eq!(check.output(&send()).unwrap_err().oracle, Oracle::Unreadable);
}

#[test]
fn what_nobody_looks_at_needs_no_word() {
    let mut check = Unreadable::default();
    // Of an exchange that was given up.
    check.given_up();
    check.handed_in(Arrived::Document, false);
    check.output(&send()).unwrap();
    // Somebody was told to mend it.
    check.handed_in(Arrived::List, true);
    check.output(&send()).unwrap();
    check.handed_in(Arrived::List, false);
    assert_eq!(check.output(&send()).unwrap_err().oracle, Oracle::Unreadable);
}

#[test]
fn an_event_before_what_can_not_be_read_is_none_behind_it() {
    let event = |version| Output::Event(Event::Bookmark { resource_version: super::version(version) });
    assert_eq!(check(Arrived::Document, [event(1), event(2), notice(), wait()]), None);
    assert_eq!(check(Arrived::Document, [event(1), event(2), wait()]), Some(Oracle::Unreadable));
}
