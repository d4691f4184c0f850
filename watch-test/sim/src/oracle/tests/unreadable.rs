//! Unreadable bytes that aren't reported.

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

/// Returns the violation after this input and these outputs.
fn check(what: Arrived, outputs: impl IntoIterator<Item = Output>) -> Option<Oracle> {
    let mut check = Unreadable::default();
    check.handed_in(what, false);
    outputs.into_iter().find_map(|output| check.output(&output).err()).map(|violation| violation.oracle)
}

#[test]
fn a_skipped_unreadable_document_is_rejected() {
    for what in [Arrived::Document, Arrived::Bytes, Arrived::List] {
        assert_eq!(check(what, [notice(), wait(), send()]), None, "{what:?}");
        // Earlier events are delivered first.
        assert_eq!(check(what, [Output::Event(begin()), Output::Event(end(2)), notice(), send()]), None, "{what:?}");
        assert_eq!(check(what, [send()]), Some(Oracle::Unreadable), "{what:?}");
        assert_eq!(check(what, [Output::Done(Done::Stopped)]), None, "{what:?}");
    }
    // A complete document has no more bytes; an incomplete one may.
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
fn an_unfinished_object_that_needs_no_report_is_awaited() {
    let mut check = Unreadable::default();
    // It came while a failure was reported as needing attention. An event before it ended that.
    check.handed_in(Arrived::Bytes, true);
    check.output(&wait()).unwrap();
    check.handed_in(Arrived::Document, false);
    check.output(&wait()).unwrap();
    // It belongs to one exchange.
    assert_eq!(check.clone().output(&send()).unwrap_err().oracle, Oracle::Unreadable);
    check.output(&notice()).unwrap();
    check.output(&send()).unwrap();
    check.handed_in(Arrived::Document, false);
    assert_eq!(check.output(&wait()).unwrap_err().oracle, Oracle::Unreadable);
}

#[test]
fn what_is_not_read_needs_no_report() {
    let mut check = Unreadable::default();
    // An exchange that was aborted.
    check.given_up();
    check.handed_in(Arrived::Document, false);
    check.output(&send()).unwrap();
    // It was already reported as needing attention.
    check.handed_in(Arrived::List, true);
    check.output(&send()).unwrap();
    check.handed_in(Arrived::List, false);
    assert_eq!(check.output(&send()).unwrap_err().oracle, Oracle::Unreadable);
}

#[test]
fn an_event_before_an_unreadable_one_is_not_after_it() {
    let event = |version| Output::Event(Event::Bookmark { resource_version: super::version(version) });
    assert_eq!(check(Arrived::Document, [event(1), event(2), notice(), wait()]), None);
    assert_eq!(check(Arrived::Document, [event(1), event(2), wait()]), Some(Oracle::Unreadable));
}
