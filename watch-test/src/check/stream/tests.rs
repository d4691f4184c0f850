//! The oracle rejects streams that were written by hand, with one violation each.

use serde_json::{Value, json};
use watch_core::{Event, InitialCause, Object, ResourceVersion};

use super::StreamOracle;
use crate::check::{History, Invariant, Oddities, Selection};

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
fn truth() -> History {
    let mut truth = History::new();
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

/// A correct list as of 2.
fn set() -> Vec<Event> {
    vec![begin(), Event::Initial(a(1, "one")), Event::Initial(b(2)), end(2)]
}

fn check(events: impl IntoIterator<Item = Event>) -> Option<Invariant> {
    let (truth, selection) = (truth(), Selection::all());
    let mut sequence = StreamOracle::new(selection, Oddities::default());
    events.into_iter().find_map(|event| sequence.event(&truth, 0, &event).err()).map(|violation| violation.invariant)
}

fn after_set(events: impl IntoIterator<Item = Event>) -> Option<Invariant> {
    check(set().into_iter().chain(events))
}

#[test]
fn a_correct_stream_is_accepted() {
    let delivered = [
        Event::Modified(a(3, "three")),
        Event::Bookmark { resource_version: version(3) },
        Event::Deleted(b(4)),
        Event::Modified(a(5, "five")),
        Event::Bookmark { resource_version: version(9) },
    ];
    assert_eq!(after_set(delivered), None);
}

#[test]
fn inventions_are_rejected() {
    assert_eq!(after_set([Event::Modified(a(3, "other content"))]), Some(Invariant::Invention));
    assert_eq!(after_set([Event::Added(object("ghost", 9, ""))]), Some(Invariant::Invention));
    assert_eq!(check([begin(), Event::Initial(object("ghost", 1, ""))]), Some(Invariant::Invention));
    // DELETED has the previous object, but with the version of the deletion.
    let delivered = [Event::Modified(a(3, "three")), Event::Deleted(object("b", 4, "other content"))];
    assert_eq!(after_set(delivered), Some(Invariant::Invention));
}

#[test]
fn an_event_out_of_order_is_rejected() {
    let delivered = [Event::Modified(a(3, "three")), Event::Bookmark { resource_version: version(2) }];
    assert_eq!(after_set(delivered), Some(Invariant::Ordered));
    assert_eq!(after_set([Event::Modified(a(2, "one"))]), Some(Invariant::Ordered));
    assert_eq!(after_set([begin(), Event::Initial(a(1, "one")), end(1)]), Some(Invariant::Ordered));
}

#[test]
fn a_duplicate_is_rejected() {
    assert_eq!(after_set([Event::Modified(a(3, "three")), Event::Modified(a(3, "three"))]), Some(Invariant::Unique));
    assert_eq!(check([begin(), Event::Initial(b(2)), Event::Initial(b(2))]), Some(Invariant::Unique));
}

#[test]
fn an_event_of_another_type_is_rejected() {
    assert_eq!(after_set([Event::Added(a(3, "three"))]), Some(Invariant::Atomic));
    assert_eq!(after_set([Event::Deleted(a(3, "three"))]), Some(Invariant::Atomic));
}

#[test]
fn a_missing_event_is_reported() {
    assert_eq!(after_set([Event::Deleted(b(4))]), Some(Invariant::Reliable));
    assert_eq!(after_set([Event::Bookmark { resource_version: version(3) }]), Some(Invariant::Bookmarkable));
}

#[test]
fn a_list_that_is_not_the_state_is_rejected() {
    assert_eq!(check([begin(), Event::Initial(a(1, "one")), end(2)]), Some(Invariant::State));
    assert_eq!(check([begin(), Event::Initial(a(1, "one")), Event::Initial(b(2)), end(4)]), Some(Invariant::State));
}

#[test]
fn events_in_an_impossible_order_are_rejected() {
    assert_eq!(check([end(2)]), Some(Invariant::Grammar));
    assert_eq!(check([Event::Modified(a(3, "three"))]), Some(Invariant::Grammar));
    assert_eq!(check([begin(), begin()]), Some(Invariant::Grammar));
    assert_eq!(check([begin(), Event::Added(a(1, "one"))]), Some(Invariant::Grammar));
    assert_eq!(check([begin(), Event::Bookmark { resource_version: version(2) }]), Some(Invariant::Grammar));
}

#[test]
fn a_list_that_broke_off_may_restart_for_three_reasons() {
    for cause in [InitialCause::Retry, InitialCause::Relist, InitialCause::Rollback] {
        assert_eq!(check([begin(), Event::InitialBegin { cause }]), None, "{cause:?}");
    }
    for cause in [InitialCause::First, InitialCause::Expired, InitialCause::Trouble] {
        assert_eq!(check([begin(), Event::InitialBegin { cause }]), Some(Invariant::Grammar), "{cause:?}");
    }
}

fn check_odd(oddities: Oddities, events: impl IntoIterator<Item = Event>) -> Result<StreamOracle, Invariant> {
    let (truth, selection) = (truth(), Selection::all());
    let mut sequence = StreamOracle::new(selection, oddities);
    for event in set().into_iter().chain(events) {
        sequence.event(&truth, 0, &event).map_err(|violation| violation.invariant)?;
    }
    Ok(sequence)
}

/// b@2 is deleted at 4: where deletions have no version of their own, it is delivered as of 2.
#[test]
fn a_deletion_with_an_old_version_leaves_the_position() {
    let odd = Oddities { old_deletions: true, ..Oddities::default() };
    let delivered = || vec![Event::Modified(a(3, "three")), Event::Deleted(b(2))];
    let with = |event: Event| delivered().into_iter().chain([event]);
    assert_eq!(check_odd(odd, delivered()).unwrap().position().revision(), Some(3));
    // It may come again after a reconnect.
    let all = check_odd(odd, with(Event::Deleted(b(2))).chain([Event::Modified(a(5, "five"))])).unwrap();
    assert!(all.is_complete(&truth()) && all.objects().unwrap().len() == 1);
    assert_eq!(check_odd(Oddities::default(), delivered()).err(), Some(Invariant::Ordered));
    assert_eq!(check_odd(odd, [Event::Modified(a(3, "three")), Event::Deleted(b(4))]).err(), Some(Invariant::Reliable));
    assert_eq!(check_odd(odd, with(Event::Deleted(a(3, "three")))).err(), Some(Invariant::Ordered));
    let lost = [Event::Modified(a(3, "three")), Event::Modified(a(5, "five"))];
    assert_eq!(check_odd(odd, lost).err(), Some(Invariant::Reliable));
    assert!(!check_odd(odd, [Event::Modified(a(3, "three"))]).unwrap().is_complete(&truth()));
}

/// The list was requested from version 2 or 3, when b@2 existed, of a server that doesn't know streaming lists.
#[test]
fn a_deletion_in_a_list_may_have_an_old_version() {
    let old = Oddities { old_deletions: true, ..Oddities::default() };
    let within = |odd, deleted: Object| check_odd(odd, [begin(), Event::Deleted(deleted)]).err();
    assert_eq!(within(Oddities::default(), b(4)), None);
    assert_eq!(within(Oddities::default(), b(2)), Some(Invariant::Grammar));
    assert_eq!(within(old, b(2)), None);
    // The next deletion of this object has another version, and a isn't deleted.
    assert_eq!(within(old, b(1)), Some(Invariant::Grammar));
    assert_eq!(within(old, a(3, "three")), Some(Invariant::Grammar));
}

/// k@2 has the label until 3. A client that doesn't get this change keeps the object until the next list.
#[test]
fn an_unreported_departure_lasts_until_the_next_list() {
    let object = |app: &str, revision: u64| json!({"kind": "X", "metadata": {"name": "k", "namespace": "n", "uid": "k", "resourceVersion": revision.to_string(), "labels": {"app": app}}});
    let mut truth = History::new();
    truth.record("n/k", Some(object("x", 2)), 2);
    truth.record("n/k", Some(object("y", 3)), 3);
    let delivered = |app, revision| Object::parse(object(app, revision).to_string().into()).unwrap();
    let end = |version: &str| Event::InitialEnd { resource_version: version.parse().unwrap() };
    let check = |is_silent, events: Vec<Event>| {
        let odd = Oddities { silent_departures: is_silent, ..Oddities::default() };
        let mut sequence = StreamOracle::new(Selection::all().label("app", "x"), odd);
        for event in [begin()].into_iter().chain(events) {
            sequence.event(&truth, 0, &event).map_err(|violation| violation.invariant)?;
        }
        Ok(sequence)
    };
    let had = || vec![Event::Initial(delivered("x", 2)), end("2")];
    assert!(!check(false, had()).unwrap().is_complete(&truth));
    let stale = check(true, had()).unwrap();
    assert!(stale.is_complete(&truth) && stale.objects().unwrap().len() == 1);
    let deleted = had().into_iter().chain([Event::Deleted(delivered("x", 3))]).collect();
    assert_eq!(check(true, deleted).err(), Some(Invariant::Invention));
    let again = had().into_iter().chain([Event::InitialBegin { cause: InitialCause::Relist }, end("3")]).collect();
    assert!(check(true, again).unwrap().objects().unwrap().is_empty());
    // It stopped matching during the list.
    let within = || vec![Event::Initial(delivered("x", 2)), end("3")];
    assert_eq!(check(false, within()).err(), Some(Invariant::State));
    assert!(check(true, within()).is_ok());
}

#[test]
fn repeated_objects_must_be_the_current_ones() {
    let odd = Oddities { repeats_objects: true, ..Oddities::default() };
    let repeated = || vec![Event::Added(a(1, "one")), Event::Added(b(2))];
    let delivered = check_odd(odd, repeated().into_iter().chain([Event::Modified(a(3, "three"))])).unwrap();
    assert_eq!(delivered.position().revision(), Some(3));
    assert_eq!(check_odd(Oddities::default(), repeated()).err(), Some(Invariant::Unique));
    assert_eq!(check_odd(odd, [Event::Added(a(1, "other content"))]).err(), Some(Invariant::Unique));
    let former = [Event::Modified(a(3, "three")), Event::Added(a(1, "one"))];
    assert_eq!(check_odd(odd, former).err(), Some(Invariant::Unique));
    assert_eq!(check_odd(odd, [Event::Modified(a(1, "one"))]).err(), Some(Invariant::Ordered));
    // With old deletions, a repeated object exists again until its deletion is repeated.
    let both = Oddities { old_deletions: true, ..odd };
    let again = vec![Event::Modified(a(3, "three")), Event::Deleted(b(2)), Event::Added(b(2))];
    let five = || Event::Modified(a(5, "five"));
    assert_eq!(check_odd(both, again.clone().into_iter().chain([five()])).err(), Some(Invariant::Reliable));
    let all = check_odd(both, again.into_iter().chain([Event::Deleted(b(2)), five()])).unwrap();
    assert!(all.is_complete(&truth()) && all.objects().unwrap().len() == 1);
}

#[test]
fn a_client_with_a_missing_change_is_incomplete() {
    let (truth, selection) = (truth(), Selection::all());
    let mut sequence = StreamOracle::new(selection, Oddities::default());
    let mut complete = Vec::new();
    let delivered = [Event::Modified(a(3, "three")), Event::Deleted(b(4)), Event::Modified(a(5, "five"))];
    for event in set().into_iter().chain(delivered) {
        sequence.event(&truth, 0, &event).unwrap();
        complete.push(sequence.is_complete(&truth));
    }
    assert_eq!(complete, [false, false, false, false, false, false, true]);
    // During a relist, the stream isn't complete.
    sequence.event(&truth, 0, &begin()).unwrap();
    assert!(!sequence.is_complete(&truth));
}
