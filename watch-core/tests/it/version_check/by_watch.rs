//! Where LIST is forbidden, a WATCH is the check.

use watch_core::{During, Input, Notice, Start, TransportErrorKind};

use super::{CHECK, SET, is_watch};
use crate::rig::{Rig, event, initial_end, list, page, pods, status};

/// LIST was forbidden for a moment, and the server has no streaming lists.
#[test]
fn after_a_refused_check_by_watch_the_next_one_is_a_list_again() {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(initial_end("10") + &event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK);
    rig.reply(403, status(403, "Forbidden", "no lists for you")).settle();
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    rig.reply(422, status(422, "Invalid", "sendInitialEvents is forbidden for watch")).settle();
    assert!(
        rig.has_query("resourceVersion=11") && !rig.has_query("sendInitialEvents=true"),
        "unchecked: {}",
        rig.uri()
    );
    rig.open().body(event("MODIFIED", "a@12")).fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK, "the next check");
}

/// A WATCH checks version 11, because LIST is forbidden.
fn forbidden() -> Rig {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(initial_end("10") + &event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK);
    rig.reply(403, status(403, "Forbidden", "no lists for you")).settle();
    assert!(rig.has_query("sendInitialEvents=true") && rig.has_query("resourceVersion=11"), "{}", rig.uri());
    assert!(rig.has_query("resourceVersionMatch=NotOlderThan"), "{}", rig.uri());
    rig
}

/// A server that doesn't know streaming lists and repeats its objects answers each check by WATCH, also after a
/// restore. So the WATCH would refute each older list.
#[test]
fn a_list_that_is_not_forbidden_makes_the_check_a_list_again() {
    let older = "Timeout: Too large resource version: 11, current: 7";
    for (code, answer) in [(200, list("7", &["a@5"])), (504, status(504, "Timeout", older))] {
        let mut rig = forbidden();
        rig.open().body(event("ADDED", "a@5")).settle();
        rig.open().body(event("ADDED", "a@5")).handle(Input::Relist).settle();
        rig.reply(422, status(422, "Invalid", "sendInitialEvents is forbidden for watch")).settle();
        assert_eq!(rig.uri(), SET);
        rig.reply(code, answer).settle();
        for _ in 0..2 {
            assert_eq!(rig.uri(), CHECK);
            rig.reply(200, page("7", "t", &["a@5"])).settle();
        }
        assert_eq!(rig.uri(), SET);
        rig.take_events();
        rig.reply(200, list("7", &["a@5"]));
        assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
    }
}

/// The same without LIST: the server knows streaming lists, but ignores the `resourceVersion` of the check.
#[test]
fn in_doubt_an_older_object_does_not_answer_a_check_by_watch() {
    let mut rig = forbidden();
    rig.open().body(event("ADDED", "a@5")).settle();
    assert!(is_watch(&rig) && !rig.has_query("sendInitialEvents=true"), "without doubt it does: {}", rig.uri());
    rig.open().handle(Input::Relist).settle();
    let older = event("ADDED", "a@5") + &initial_end("7");
    rig.open().body(older.clone()).settle();
    for _ in 0..2 {
        assert!(is_watch(&rig) && rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
        rig.take_events();
        rig.open().body(older.clone()).settle();
        assert_eq!(rig.take_events(), [""; 0]);
    }
    assert!(rig.has_query("sendInitialEvents=true") && !rig.has_query("resourceVersion=11"), "{}", rig.uri());
    rig.open().body(older.clone());
    assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
    // An object, or an end marker, that isn't older refutes the doubt.
    for answer in [event("ADDED", "a@5") + &event("ADDED", "b@11"), event("ADDED", "a@5") + &initial_end("11")] {
        let mut rig = forbidden();
        rig.open().body(event("ADDED", "a@5")).settle();
        rig.open().handle(Input::Relist).settle();
        rig.open().body(older.clone()).settle();
        rig.open().body(answer).settle();
        assert!(rig.has_query("sendInitialEvents=true"), "the list: {}", rig.uri());
        rig.open().body(event("ADDED", "b@11") + &initial_end("11"));
        assert_eq!(rig.take_events().pop().unwrap(), "INITIAL END @11");
    }
}

#[test]
fn after_a_complete_list_the_check_is_a_list_again() {
    let mut rig = forbidden();
    rig.open().body(event("ADDED", "a@11")).settle();
    rig.open().handle(Input::Relist).settle();
    rig.reply(422, status(422, "Invalid", "sendInitialEvents is forbidden for watch")).settle();
    rig.reply(200, list("12", &["a@11"]));
    rig.fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK);
}

/// If LIST is forbidden and WATCH allowed, a streaming list that isn't older than what was seen is the check.
#[test]
fn where_list_is_forbidden_a_watch_answers_the_check() {
    // It has the version: an object, or the end of an empty list, shows that. None of that list is emitted.
    for answer in [event("ADDED", "a@11"), initial_end("11")] {
        let mut rig = forbidden();
        rig.take_events();
        rig.open().body(answer).settle();
        assert!(rig.has_query("resourceVersion=11") && !rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
        rig.open().body(event("MODIFIED", "a@12"));
        assert_eq!(rig.take_events(), ["MODIFIED Pod default/a@12"]);
        // From now on the check is a streaming list.
        rig.fail(TransportErrorKind::Reset).settle();
        assert!(rig.has_query("sendInitialEvents=true") && rig.has_query("resourceVersion=12"), "{}", rig.uri());
    }
    // It was restored: that is confirmed, and then accepted.
    let mut rig = forbidden();
    rig.take_events();
    let too_large = r#"{"type":"ERROR","object":{"kind":"Status","code":504,"reason":"Timeout","message":"Timeout: Too large resource version: 11, current: 7","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}}}"#;
    for _ in 0..3 {
        assert!(rig.has_query("resourceVersion=11"), "{}", rig.uri());
        rig.open().body(too_large).settle();
    }
    assert!(rig.has_query("sendInitialEvents=true") && !rig.has_query("resourceVersion=11"), "{}", rig.uri());
    rig.open().body(event("ADDED", "b@7") + &initial_end("7"));
    assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
    // The answer may be an HTTP status, too.
    let mut rig = forbidden();
    let as_status = too_large.trim_start_matches(r#"{"type":"ERROR","object":"#).strip_suffix('}').unwrap();
    rig.take_notices();
    for _ in 0..3 {
        assert!(rig.has_query("resourceVersion=11"), "{}", rig.uri());
        rig.reply(504, as_status).settle();
    }
    assert!(rig.has_query("sendInitialEvents=true") && !rig.has_query("resourceVersion=11"), "{}", rig.uri());
    let trouble = rig.notices.iter().find_map(|notice| match notice {
        Notice::Retrying { trouble, .. } => Some(trouble),
        _ => None,
    });
    assert_eq!(trouble.map(|trouble| &trouble.during), Some(&During::VersionCheck));
    // The check isn't possible this way either: the watch continues without it.
    let mut rig = forbidden();
    rig.reply(403, status(403, "Forbidden", "nor that")).settle();
    assert!(rig.has_query("resourceVersion=11") && !rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
}
