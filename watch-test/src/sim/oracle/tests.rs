//! Each judge rejects what it is there to reject: transcripts written by hand, one lie each.

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Value, json};
use watch_core::{
    Config, Diff, Event, InitialCause, Input, Instant, Object, Output, RequestId, Resource, ResourceVersion,
    TransportError, TransportErrorKind, Watcher,
};

use super::changes::Picture;
use super::exchanges::Exchanges;
use super::limits::Limits;
use super::rate::Rate;
use super::requests;
use super::sequence::{Position, Sequence};
use crate::sim::plan::{ClientSetup, Versions, Watched};
use crate::sim::truth::{Selection, Truth};
use crate::sim::violation::Oracle;

fn value(name: &str, version: u64, text: &str) -> Value {
    json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}"),
            "resourceVersion": version.to_string()},
        "data": {"text": text},
    })
}

fn object(name: &str, version: u64, text: &str) -> Object {
    Object::parse(value(name, version, text).to_string().into()).unwrap()
}

fn version(number: u64) -> ResourceVersion {
    number.to_string().parse().unwrap()
}

/// a@1, b@2, a@3 (changed), b@4 (deleted), a@5 (changed).
fn truth() -> Truth {
    let mut truth = Truth::new();
    truth.record("default/a", Some(value("a", 1, "one")), 1);
    truth.record("default/b", Some(value("b", 2, "two")), 2);
    truth.record("default/a", Some(value("a", 3, "three")), 3);
    truth.record("default/b", None, 4);
    truth.record("default/a", Some(value("a", 5, "five")), 5);
    truth
}

fn begin() -> Event {
    Event::InitialBegin { cause: InitialCause::First }
}

fn end(number: u64) -> Event {
    Event::InitialEnd { resource_version: version(number) }
}

fn a(number: u64, text: &str) -> Object {
    object("a", number, text)
}

fn b(number: u64) -> Object {
    object("b", number, "two")
}

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
fn changes_that_do_not_come_to_the_truth_are_rejected() {
    let rejects = |changes: &[watch_core::Change]| {
        let mut picture = Picture::default();
        changes.iter().find_map(|change| picture.change(change, None).err()).map(|violation| violation.oracle)
    };
    use watch_core::Change::{Added, Deleted, Modified};
    assert_eq!(rejects(&[Added(a(1, "")), Modified(a(3, "")), Deleted(a(5, ""))]), None);
    assert_eq!(rejects(&[Added(a(1, "")), Added(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Modified(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Added(a(1, "")), Modified(a(1, ""))]), Some(Oracle::Changes));
    assert_eq!(rejects(&[Deleted(a(1, ""))]), Some(Oracle::Changes));
    // Something vanished that is there, and the picture lacks what there is.
    let mut diff = Diff::new();
    for event in [begin(), Event::Initial(a(1, "one")), end(1), begin(), end(2)] {
        diff.handle(event);
    }
    let vanished: Vec<_> = std::iter::from_fn(|| diff.poll()).skip(2).collect();
    assert_eq!(rejects(&vanished), Some(Oracle::Changes));
    let mirror = [(Arc::from("default/a"), Arc::new(value("a", 1, "")))].into_iter().collect();
    assert_eq!(Picture::default().is_like(Some(&mirror)).unwrap_err().oracle, Oracle::Changes);
}

fn watcher() -> (Watcher, RequestId) {
    let mut watcher = Watcher::new(Config::builder(Resource::core("v1", "configmaps")).build().unwrap());
    let Output::Send(request) = watcher.poll(Instant::ORIGIN) else { panic!("it sends") };
    (watcher, request.id)
}

#[test]
fn words_behind_the_end_are_rejected() {
    let (mut first, id) = watcher();
    let send = |exchanges: &mut Exchanges| {
        let mut watcher = Watcher::new(Config::builder(Resource::core("v1", "configmaps")).build().unwrap());
        exchanges.output(&watcher.poll(Instant::ORIGIN))
    };
    let rejected = |result: Result<(), crate::sim::Violation>| result.unwrap_err().oracle == Oracle::Silence;
    // Two at a time.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    assert!(rejected(send(&mut exchanges)));
    // An event of an exchange that was dropped.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    exchanges.output(&Output::Abort(id)).unwrap();
    assert!(rejected(exchanges.output(&Output::Event(begin()))));
    assert!(rejected(exchanges.output(&Output::Abort(id))));
    // Anything behind a stop.
    let mut exchanges = Exchanges::default();
    send(&mut exchanges).unwrap();
    exchanges.stopped();
    exchanges.output(&Output::Abort(id)).unwrap();
    assert!(rejected(exchanges.output(&Output::Event(begin()))));
    let error = TransportError::new(TransportErrorKind::Reset, "");
    first.handle(Input::Failed { id, error }).unwrap();
    assert!(rejected(exchanges.output(&first.poll(Instant::ORIGIN))));
}

#[test]
fn a_set_that_nobody_asked_for_is_rejected() {
    let mut exchanges = Exchanges::default();
    let mut watcher = Watcher::new(Config::builder(Resource::core("v1", "configmaps")).build().unwrap());
    exchanges.output(&watcher.poll(Instant::ORIGIN)).unwrap();
    let asked = Output::Event(Event::InitialBegin { cause: InitialCause::Relist });
    assert_eq!(exchanges.output(&asked).unwrap_err().oracle, Oracle::Restarts);
}

#[test]
fn requests_that_kube_apiserver_refuses_are_rejected() {
    let (setup, unknown) = (ClientSetup::default(), Position::Unknown);
    let known = Position::At { revision: 7, timeline: 0 };
    let judge = |query: &str, kind: &str, position| {
        let mut watcher = Watcher::new(Config::builder(Resource::core("v1", "configmaps")).build().unwrap());
        let Output::Send(mut request) = watcher.poll(Instant::ORIGIN) else { panic!("it sends") };
        *request.http.uri_mut() = format!("/api/v1/configmaps?{query}").parse().unwrap();
        request.kind = if kind == "LIST" { watch_core::RequestKind::List } else { watch_core::RequestKind::Watch };
        requests::judge(&request, &setup, (Watched::ConfigMaps, Versions::default()), position, false).is_ok()
    };
    let watch = "watch=true&allowWatchBookmarks=true&timeoutSeconds=5";
    assert!(judge("limit=500", "LIST", unknown));
    assert!(judge(&format!("{watch}&resourceVersion=7"), "WATCH", known));
    assert!(judge(&format!("{watch}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), "WATCH", unknown));
    for (query, kind, position) in [
        ("limit=500&continue=x&resourceVersion=7", "LIST", unknown),
        ("resourceVersion=7", "LIST", unknown),
        ("resourceVersion=0&resourceVersionMatch=NotOlderThan", "LIST", unknown),
        ("limit=500&limit=500", "LIST", unknown),
        ("limit=500&labelSelector=app", "LIST", unknown),
        ("watch=true&resourceVersion=7&allowWatchBookmarks=true", "WATCH", known),
    ] {
        assert!(!judge(query, kind, position), "{query}");
    }
    for rest in
        ["&resourceVersion=8", "&resourceVersion=6", "", "&sendInitialEvents=true", "&resourceVersion=7&limit=1"]
    {
        assert!(!judge(&format!("{watch}{rest}"), "WATCH", known), "{rest}");
    }
}

#[test]
fn a_storm_is_rejected_and_so_is_impatience() {
    let seconds = Duration::from_secs;
    let storm = |count: u64, every: Duration| {
        let mut rate = Rate::default();
        (0..count).find_map(|n| rate.sent(every * n as u32).err()).map(|violation| violation.oracle)
    };
    assert_eq!(storm(16, seconds(3)), None);
    assert_eq!(storm(17, seconds(3)), Some(Oracle::Rate));
    assert_eq!(storm(9, Duration::from_millis(100)), Some(Oracle::Rate));
    let mut rate = Rate::default();
    rate.retry_after(seconds(10), seconds(5));
    assert_eq!(rate.clone().sent(seconds(14)).unwrap_err().oracle, Oracle::Patience);
    rate.sent(seconds(15)).unwrap();
}

#[test]
fn work_without_end_and_lines_without_end_are_rejected() {
    let mut limits = Limits::default();
    assert!((0..100).any(|_| limits.output().is_err_and(|violation| violation.oracle == Oracle::Spin)));
    let mut limits = Limits::default();
    limits.handed_in(&[b'x'; 100]);
    assert_eq!(limits.waits(true, 64).unwrap_err().oracle, Oracle::Resources);
    limits.handed_in(b"\n{");
    limits.waits(true, 64).unwrap();
}
