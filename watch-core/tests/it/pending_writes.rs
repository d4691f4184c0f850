//! Pending writes: what makes a write visible, and what doesn't.

use std::time::Duration;

use watch_core::{Event, InitialCause, Instant, Object, PendingWrites, ResourceVersion, Written};

use crate::rig::secs;

const NS: Option<&str> = Some("default");
const NOW: Instant = Instant::ORIGIN;
const TIMEOUT: Duration = Duration::from_secs(10);

fn version(text: &str) -> ResourceVersion {
    ResourceVersion::new(text).unwrap()
}

/// `a@7#uid`, or `a@7` without a uid. `a@7#uid!` has a `deletionTimestamp`.
fn object(text: &str) -> Object {
    let (text, is_terminating) = text.strip_suffix('!').map_or((text, false), |text| (text, true));
    let (name, rest) = text.split_once('@').unwrap();
    let (version, uid) = rest.split_once('#').unwrap_or((rest, ""));
    let uid = if uid.is_empty() { String::new() } else { format!(r#","uid":"{uid}""#) };
    let terminating = if is_terminating { r#","deletionTimestamp":"2026-01-01T00:00:00Z""# } else { "" };
    let json = format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"default","resourceVersion":"{version}"{uid}{terminating}}}}}"#
    );
    Object::parse(json.into()).unwrap()
}

fn written(uid: &str) -> Written<'_> {
    Written::new(NS, "a").with_uid(Some(uid).filter(|uid| !uid.is_empty()))
}

/// Records a write to `a`: `7#uid`, `deleted#uid`, or `deleting#uid` for a requested deletion.
fn record(book: &mut PendingWrites, write: &str) {
    let (what, uid) = write.split_once('#').unwrap_or((write, ""));
    match what {
        "deleted" => book.deleted(written(uid), NOW),
        "deleting" => book.deletion_requested(written(uid), NOW),
        what => book.wrote(written(uid), &version(what), NOW),
    }
}

fn book(writes: &[&str]) -> PendingWrites {
    let mut book = PendingWrites::new(TIMEOUT);
    writes.iter().for_each(|write| record(&mut book, write));
    book
}

fn bookmark(of: &str) -> Event {
    Event::Bookmark { resource_version: version(of) }
}

/// A complete list.
fn list(objects: &[&str], of: &str) -> Vec<Event> {
    let objects = objects.iter().map(|text| Event::Initial(object(text)));
    let end = Event::InitialEnd { resource_version: version(of) };
    [Event::InitialBegin { cause: InitialCause::Expired }].into_iter().chain(objects).chain([end]).collect()
}

fn is_visible(mut book: PendingWrites, events: &[Event]) -> bool {
    let was_reported = events.iter().filter(|event| book.observe(event)).count() > 0;
    let is_visible = book.is_caught_up(NS, "a", NOW);
    assert_eq!(was_reported, is_visible);
    is_visible
}

#[test]
fn a_write_is_visible_once_the_watch_has_it() {
    let added = |text: &str| vec![Event::Added(object(text))];
    let modified = |text: &str| vec![Event::Modified(object(text))];
    let deleted = |text: &str| vec![Event::Deleted(object(text))];
    let rollback = vec![Event::InitialBegin { cause: InitialCause::Rollback }];
    #[rustfmt::skip]
    let rows: [(&str, &[&str], Vec<Event>, bool); 44] = [
        ("nothing yet", &["7"], vec![], false),
        ("an older version", &["7"], modified("a@6"), false),
        ("the version", &["7"], modified("a@7"), true),
        ("the version, new", &["7"], added("a@7"), true),
        ("a later version", &["7"], modified("a@8"), true),
        ("more digits", &["9"], modified("a@10"), true),
        ("fewer digits", &["10"], modified("a@9"), false),
        ("another object", &["7"], modified("b@8"), false),
        ("a later version of another uid", &["7#u"], added("a@8#w"), true),
        ("an older version of another uid", &["7#u"], modified("a@6#w"), false),
        ("the last write counts", &["7", "9"], modified("a@8"), false),
        ("the later version counts", &["9", "7"], modified("a@8"), false),
        ("its deletion", &["7#u"], deleted("a@8#u"), true),
        ("its deletion with an old version", &["7#u"], deleted("a@6#u"), true),
        ("the deletion of a former object", &["7#u"], deleted("a@6#w"), false),
        ("a bookmark of an older version", &["7"], vec![bookmark("6")], false),
        ("a bookmark", &["7"], vec![bookmark("7")], true),
        ("a list of an older version", &["7"], list(&["a@5"], "6"), false),
        ("a list", &["7"], list(&[], "7"), true),
        ("a list that isn't complete", &["7"], list(&["a@8"], "9")[..2].to_vec(), false),
        ("a list with a successor", &["deleted#u"], list(&["a@8#w"], "9"), true),
        ("versions without order", &["7"], modified("a@x"), true),
        ("a list without order", &["7"], list(&[], "x"), true),
        ("the history was replaced", &["7"], rollback, true),
        ("a deletion, and an older state", &["deleted#u"], modified("a@6#u"), false),
        ("a deletion, and a bookmark", &["deleted#u"], vec![bookmark("99")], false),
        ("a deletion", &["deleted#u"], deleted("a@8#u"), true),
        ("a deletion of an unknown uid", &["deleted"], deleted("a@8#u"), true),
        ("the deletion of a former object again", &["deleted#u"], deleted("a@6#w"), false),
        ("a successor", &["deleted#u"], added("a@9#w"), true),
        ("a list that still has it", &["deleted#u"], list(&["a@6#u"], "6"), false),
        ("a list without it", &["deleted#u"], list(&["b@6"], "8"), true),
        ("a list from before its creation", &["7#u", "deleted#u"], list(&[], "6"), false),
        ("a late reply of a write before the deletion", &["deleted#u", "7#u"], modified("a@7#u"), false),
        ("a write to a successor", &["deleted#u", "9#w"], deleted("a@8#u"), false),
        ("a deletion, and its beginning", &["deleted#u"], modified("a@8#u!"), false),
        ("a requested deletion, and an older state", &["deleting#u"], modified("a@6#u"), false),
        ("a requested deletion has begun", &["deleting#u"], modified("a@8#u!"), true),
        ("a requested deletion is over", &["deleting#u"], deleted("a@8#u"), true),
        ("a requested deletion, and a successor", &["deleting#u"], added("a@9#w"), true),
        ("a requested deletion, and a list that still has it", &["deleting#u"], list(&["a@6#u"], "9"), false),
        ("a requested deletion that a list shows", &["deleting#u"], list(&["a@8#u!"], "9"), true),
        ("a request after the deletion", &["deleted#u", "deleting#u"], modified("a@8#u!"), false),
        ("a deletion after the request", &["deleting#u", "deleted#u"], modified("a@8#u!"), false),
    ];
    for (name, writes, events, expected) in rows {
        assert_eq!(is_visible(book(writes), &events), expected, "{name}");
    }
}

/// The reply to a write may arrive later than its event. The reply to a patch without a change has an old version.
#[test]
fn a_write_that_was_shown_before_its_reply_is_visible_at_once() {
    let modified = |text: &str| vec![Event::Modified(object(text))];
    let deleted = |text: &str| vec![Event::Deleted(object(text))];
    let then_rollback = |mut events: Vec<Event>| {
        events.push(Event::InitialBegin { cause: InitialCause::Rollback });
        events
    };
    #[rustfmt::skip]
    let rows: [(&str, Vec<Event>, &str, bool); 22] = [
        ("nothing yet", vec![], "7", false),
        ("the version", modified("a@7"), "7", true),
        ("a later version", vec![Event::Added(object("a@8"))], "7", true),
        ("an older version", modified("a@6"), "7", false),
        ("a later version of another object", modified("b@8"), "7", true),
        ("the deletion of another object", deleted("b@8"), "7", true),
        ("a bookmark", vec![bookmark("7")], "7", true),
        ("a list", list(&[], "7"), "7", true),
        ("an incomplete list", list(&["a@8"], "9")[..2].to_vec(), "7", false),
        ("the latest version counts", [modified("a@9"), modified("b@5")].concat(), "8", true),
        ("a version without order", modified("a@x"), "7", false),
        ("another history", then_rollback(modified("a@9")), "7", false),
        ("a deletion", deleted("a@8#u"), "deleted#u", true),
        ("a deletion without a uid", deleted("a@8"), "deleted", false),
        ("a deletion of another uid", deleted("a@8#w"), "deleted#u", false),
        ("a deletion of another name", deleted("b@8#u"), "deleted#u", false),
        ("a deletion in another history", then_rollback(deleted("a@8#u")), "deleted#u", false),
        ("the beginning of a deletion", modified("a@8#u!"), "deleted#u", false),
        ("a requested deletion has begun", modified("a@8#u!"), "deleting#u", true),
        ("a requested deletion is over", deleted("a@8#u"), "deleting#u", true),
        ("a requested deletion, and an older state", modified("a@8#u"), "deleting#u", false),
        ("a requested deletion in another history", then_rollback(modified("a@8#u!")), "deleting#u", false),
    ];
    for (name, events, write, expected) in rows {
        let mut book = PendingWrites::new(TIMEOUT);
        events.iter().for_each(|event| assert!(!book.observe(event), "{name}: nothing is pending"));
        record(&mut book, write);
        assert_eq!(book.is_caught_up(NS, "a", NOW), expected, "{name}");
    }
}

#[test]
fn the_last_deletions_are_remembered() {
    let mut book = PendingWrites::new(TIMEOUT);
    for number in 0..1025 {
        book.observe(&Event::Deleted(object(&format!("a@{}#u{number}", number + 1))));
    }
    let is_remembered = |uid: &str| {
        let mut book = book.clone();
        book.deleted(written(uid), NOW);
        book.is_caught_up(NS, "a", NOW)
    };
    assert!(is_remembered("u1") && is_remembered("u1024"));
    assert!(!is_remembered("u0"), "1,024 of them");
    // A deletion that is repeated takes no second place.
    book.observe(&Event::Deleted(object("a@2000#u1024")));
    book.deleted(written("u1"), NOW);
    assert!(book.is_caught_up(NS, "a", NOW));
}

#[test]
fn a_list_is_judged_by_itself() {
    let mut book = book(&["deleted#u"]);
    list(&["a@6#u"], "6").iter().for_each(|event| _ = book.observe(event));
    assert!(!book.is_caught_up(NS, "a", NOW));
    assert!(is_visible(book, &list(&[], "8")));
}

#[test]
fn versions_without_order_are_never_pending() {
    for odd in ["x", "007", "1.5", "-1"] {
        assert!(book(&[odd]).is_caught_up(NS, "a", NOW), "{odd}");
    }
    assert!(!book(&["184467440737095516170"]).is_caught_up(NS, "a", NOW), "any number of digits has an order");
}

#[test]
fn a_write_counts_as_visible_after_the_timeout() {
    let book = book(&["7"]);
    let end = NOW + TIMEOUT;
    assert_eq!(book.pending_until(NS, "a", NOW), Some(end));
    assert_eq!(book.pending_until(NS, "a", NOW + (TIMEOUT - Duration::from_nanos(1))), Some(end));
    assert_eq!(book.pending_until(NS, "a", end), None);
    assert_eq!((book.pending(NOW).collect::<Vec<_>>(), book.pending(end).count()), (vec![("default", "a")], 0));
}

/// Namespace and name are one key, wherever the border between them is.
#[test]
fn an_object_is_its_namespace_and_its_name() {
    let mut book = PendingWrites::new(TIMEOUT);
    book.wrote(Written::new(Some("a"), "bc"), &version("7"), NOW);
    book.wrote(Written::new(None, "abc"), &version("7"), NOW);
    let pending = |book: &PendingWrites| {
        [(Some("a"), "bc"), (Some("ab"), "c"), (None, "abc")].map(|(ns, name)| !book.is_caught_up(ns, name, NOW))
    };
    assert_eq!(pending(&book), [true, false, true]);
}

#[test]
fn a_full_book_forgets_what_is_over_and_then_records_no_more() {
    let mut book = PendingWrites::new(TIMEOUT);
    for number in 0..10_000 {
        book.wrote(Written::new(None, &format!("n{number}")), &version("7"), NOW);
    }
    book.wrote(Written::new(None, "more"), &version("7"), NOW + secs(9));
    assert!(book.is_caught_up(None, "more", NOW + secs(9)), "it counts as visible");
    assert_eq!(book.pending(NOW + secs(9)).count(), 10_000);
    book.wrote(Written::new(None, "n1"), &version("8"), NOW + secs(9));
    book.wrote(Written::new(None, "more"), &version("7"), NOW + TIMEOUT);
    assert!(!book.is_caught_up(None, "more", NOW + TIMEOUT));
    assert_eq!(book.pending(NOW + TIMEOUT).count(), 2);
}
