//! P23 to P37: lists that don't end, are inconsistent, or are old.

use std::time::Duration;

use watch_core::{Checkpoint, Config, Input, Instant, Notice, OnExpired, RequestKind, Resource, Watcher};

use super::case::{Case, Scene, listing, second_page};
use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, status, streaming};
use crate::transcript::query;

/// The list was at version 10, and expired.
fn again() -> Rig {
    let mut rig = Rig::live(pods());
    rig.body(error(410, "Expired", "too old"));
    rig
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let a = "INITIAL Pod default/a@5";
    let refused = |code, reason: &str| {
        Case::new("P26", "a streaming list that is refused").on(streaming).head(watch_core::ResponseHead::new(code).with_content_type("application/json"))
            .body(status(code, reason, "no")).ends().gives([format!("~ fell back: the server returned {code} {reason}: no"), "> LIST".into()])
    };
    let no_marker = "timeout: no end marker for 30.0s";
    vec![
        refused(422, "Invalid"), refused(400, "BadRequest"), refused(404, "NotFound"),
        Case::new("P26", "a streaming list that the server answers with 500").on(streaming).status(500, "application/json").body(status(500, "InternalError", "no")).ends().times(3).gives([
            "~ resume 1: the server returned 500 InternalError: no", "> STREAMING LIST", "~ resume 2: the server returned 500 InternalError: no", "> STREAMING LIST",
            "~ fell back: the server returned 500 InternalError: no", "> LIST"]),
        Case::new("P24", "the end marker never comes, nor anything else").on(streaming).body(event("ADDED", "a@5")).silent_for(31)
            .gives(["INITIAL (first)", a, "abort", &format!("~ fell back: {no_marker}"), "> LIST"]),
        Case::new("P27", "the server doesn't support initial events: it is silent").on(streaming).silent_for(31).gives(["abort", &format!("~ fell back: {no_marker}"), "> LIST"]),
        Case::new("P31", "a list older than what was seen").on(again).body(list("9", &["a@5"])).ends().times(4).gives([
            "abort", "~ check 2: server rollback: 10 was seen before, now it is at 9", "> LIST of one",
            "abort", "~ check 3: server rollback: 10 was seen before, now it is at 9", "> LIST of one",
            // It repeats the answer: its history was replaced.
            "abort", "~ relist 4: server rollback: 10 was seen before, now it is at 9", "> LIST",
            "INITIAL (server rollback)", a, "INITIAL END @9", "~ relisted (server rollback) from 10 to 9", "> WATCH 9"]),
        Case::new("P32", "a token that leads to itself").on(second_page).body(page("10", "t1", &["b@2"])).ends().gives([
            "abort", "~ relist 1: list did not end after 2 pages", "> LIST unpaged"]),
        Case::new("P33", "a page at another version").on(second_page).body(page("11", "", &["b@2"])).ends().gives([
            "abort", "~ relist 1: pages have different resourceVersions (10, 11)", "> LIST unpaged"]),
        Case::new("P34", "a 410 with a token for an inconsistent rest").on(second_page).status(410, "application/json")
            .body(r#"{"kind":"Status","metadata":{"continue":"rest"},"reason":"Expired","code":410}"#).ends().gives([
            "~ relist 1: the server returned 410 Expired", "> LIST unpaged"]),
        Case::new("P34", "when the list in one page expires too, it isn't requested at once").on(listing).status(410, "application/json").body(status(410, "Expired", "")).ends().times(2).gives([
            "~ relist 1: the server returned 410 Expired", "> LIST", "~ relist 2: the server returned 410 Expired", "> LIST"]).waits(0..=3),
    ]
}

pub(super) const SCENES: [Scene; 11] = [
    ("P23", "events arrive but no end marker", the_marker_never_comes),
    ("P23", "objects are added but no end marker arrives", the_marker_never_comes_among_additions),
    ("P26", "a refusal of streaming lists is remembered", a_refusal_is_remembered),
    ("P28", "the version expires each time the list is complete", expires_as_soon_as_complete),
    ("P30", "silence after a rollback", silence_after_a_rollback),
    ("P18", "a bookmark from far ahead in a checkpoint", far_ahead_in_a_checkpoint),
    ("P32", "tokens that lead in a circle", tokens_in_a_circle),
    ("P35", "checkpoints that don't fit", checkpoints),
    ("P36", "late answers", late_answers),
    ("P37", "the clock jumps", the_clock_jumps),
    ("P29", "empty watches for ever", empty_watches),
];

/// A server that ignores `sendInitialEvents` sends changes, which look like objects of the list. kube-apiserver sends
/// only ADDED there, so nothing else prolongs the wait for the marker.
fn the_marker_never_comes() {
    let mut rig = streaming();
    let begin = rig.now;
    rig.open();
    for version in 11..14 {
        rig.body(event("MODIFIED", &format!("a@{version}")) + &bookmark(&version.to_string()));
        rig.advance(Duration::from_secs(9));
    }
    assert_eq!(rig.sent.len(), 1);
    rig.advance(Duration::from_secs(4));
    assert_eq!(rig.log.last().unwrap(), "> LIST");
    assert!(rig.now.since(begin) < Duration::from_secs(32));
    assert!(matches!(rig.notices.last(), Some(Notice::FellBack { .. })));
    assert_eq!(rig.watcher.checkpoint(), None);
}

/// While objects arrive, the list may still be in progress; but not for longer than three watches.
fn the_marker_never_comes_among_additions() {
    let mut rig = streaming();
    let mut version = 10;
    for _ in 0..3 {
        assert_eq!(rig.take_log().last().unwrap(), "> STREAMING LIST");
        rig.open();
        let promised = rig.now + Duration::from_secs(200);
        while rig.now < promised {
            version += 1;
            rig.body(event("ADDED", &format!("a{version}@{version}"))).advance(Duration::from_secs(20));
        }
        rig.end();
        if rig.wait.unwrap().on == watch_core::Waiting::Backoff {
            rig.until_sent();
        }
    }
    assert_eq!(rig.log.last().unwrap(), "> LIST");
    assert_eq!(rig.watcher.checkpoint(), None);
}

fn a_refusal_is_remembered() {
    let mut rig = streaming();
    rig.reply(422, status(422, "Invalid", "no")).reply(200, list("10", &[]));
    rig.open().body(error(410, "Expired", "too old"));
    assert_eq!(rig.log.last().unwrap(), "> LIST");
    rig.reply(200, list("20", &[]));
    let config = Config::builder(Resource::core("v1", "pods")).namespace("default");
    let mut rig = Rig::resume(config, &rig.watcher.checkpoint().unwrap());
    rig.open().body(error(410, "Expired", "too old"));
    assert_eq!(rig.log.last().unwrap(), "> LIST");
}

/// kubernetes#134837: for a large list, a streaming list may have expired when it is complete. A LIST may be faster; if
/// that doesn't help either, it needs attention.
fn expires_as_soon_as_complete() {
    let mut rig = streaming();
    let begin = rig.now;
    for _ in 0..20 {
        if rig.request().kind == RequestKind::List {
            rig.reply(200, list("10", &[]));
        } else {
            rig.open().body(initial_end("10")).end().until_sent();
        }
        assert_eq!(rig.take_log().last().unwrap(), "> WATCH 10");
        rig.open().body(error(410, "Expired", "too old"));
        if rig.watcher.phase() == watch_core::Phase::BackingOff {
            rig.until_sent();
        }
    }
    let sets = |wanted| {
        rig.sent.iter().filter(|request| query(request, "resourceVersion").is_none() && request.kind == wanted).count()
    };
    assert_eq!((sets(RequestKind::Watch), sets(RequestKind::List)), (3, 18));
    let count = |what: fn(&Notice) -> bool| rig.notices.iter().filter(|notice| what(notice)).count();
    assert_eq!(count(|notice| matches!(notice, Notice::FellBack { .. })), 1);
    assert_eq!(count(|notice| matches!(notice, Notice::NeedsAttention { .. })), 1);
    assert!(rig.now.since(begin) > Duration::from_secs(14 * 30), "{:?}", rig.now.since(begin));
}

/// A server that was restored from a backup accepts a version from its future and is silent; so is a quiet one. So a
/// version check follows a watch without events.
fn silence_after_a_rollback() {
    let silent = || {
        let mut rig = Rig::live(pods()).by_hand();
        rig.advance(Duration::from_secs(219)).end();
        if rig.watcher.phase() == watch_core::Phase::BackingOff {
            rig.until_sent();
        }
        assert_eq!(rig.take_log().last().unwrap(), "> LIST of one");
        rig
    };
    assert_eq!(silent().reply(200, list("12", &["a@11"])).take_log(), ["> WATCH 10"], "it was just quiet");
    assert_eq!(
        silent().reply(403, status(403, "Forbidden", "no")).log.last().unwrap(),
        "> WATCH 10",
        "it was only a question"
    );
    let mut rig = silent();
    for _ in 0..4 {
        rig.reply(200, list("7", &["a@7"]));
        if rig.watcher.phase() == watch_core::Phase::BackingOff {
            rig.until_sent();
        }
    }
    let went_back = "server rollback: 10 was seen before, now it is at 7";
    let log: Vec<_> = rig.take_log().into_iter().filter(|line| line != "abort").collect();
    assert_eq!(
        log,
        [
            // A replica that lags would catch up.
            &format!("~ check 1: {went_back}"),
            "> LIST of one",
            &format!("~ check 2: {went_back}"),
            "> LIST of one",
            &format!("~ relist 3: {went_back}"),
            "> LIST",
            "INITIAL (server rollback)",
            "INITIAL Pod default/a@7",
            "INITIAL END @7",
            "~ relisted (server rollback) from 10 to 7",
            "> WATCH 7",
        ]
    );
}

/// It is stored like any other, because it looks like one of a busy server; a resume from it reveals it.
fn far_ahead_in_a_checkpoint() {
    let mut rig = Rig::live(pods());
    rig.body(bookmark("9223372036854775808"));
    let watcher = Watcher::resume(pods().build().unwrap(), &rig.watcher.checkpoint().unwrap()).unwrap();
    let mut rig = Rig::with_checks(watcher);
    assert_eq!(rig.take_log().last().unwrap(), "> LIST of one");
    for _ in 0..4 {
        rig.reply(200, list("12", &["a@11"]));
        if rig.watcher.phase() == watch_core::Phase::BackingOff {
            rig.until_sent();
        }
    }
    assert_eq!(rig.take_events(), ["INITIAL (server rollback)", "INITIAL Pod default/a@11", "INITIAL END @12"]);
    assert_eq!(rig.log.last().unwrap(), "> WATCH 12");
}

fn tokens_in_a_circle() {
    let mut rig = Rig::new(pods());
    for page_number in 0..4 {
        rig.reply(200, page("10", ["x", "y"][page_number % 2], &["a@1"]));
    }
    assert_eq!(rig.log[rig.log.len() - 2..], ["abort", "~ relist 1: list did not end after 4 pages"]);
    rig.until_sent();
    assert_eq!(rig.log.last().unwrap(), "> LIST unpaged");
}

fn checkpoints() {
    let checkpoint = Rig::live(pods()).watcher.checkpoint().unwrap();
    let refused = |config: watch_core::ConfigBuilder| Watcher::resume(config.build().unwrap(), &checkpoint).is_err();
    assert!(!refused(pods()));
    assert!(refused(pods().labels("app=web")) && refused(pods().namespace("other")) && refused(pods().name("a")));
    let json = serde_json::to_string(&checkpoint).unwrap();
    assert!(serde_json::from_str::<Checkpoint>(&json).is_ok());
    for (from, to) in
        [("\"10\"", "\"0\""), ("\"10\"", "\"\""), ("\"10\"", "10"), ("resourceVersion", "resource"), ("}", "")]
    {
        assert!(serde_json::from_str::<Checkpoint>(&json.replacen(from, to, 1)).is_err(), "{from} as {to} in {json}");
    }
    // It belongs to another cluster. That isn't visible, but the server reports that it doesn't know the version.
    let mut rig = Rig::resume(pods(), &checkpoint);
    rig.open().body(error(410, "Expired", "too old"));
    assert_eq!(rig.log.last().unwrap(), "> LIST");
}

fn late_answers() {
    let mut rig = Rig::live(pods());
    let old = rig.id();
    rig.handle(Input::Relist);
    let sent = rig.log.clone();
    rig.handle(Input::Body { id: old, bytes: event("ADDED", "a@11").into() }).handle(Input::End { id: old });
    assert_eq!(rig.log, sent);
    assert_eq!(rig.take_events(), Vec::<String>::new());
}

fn the_clock_jumps() {
    let mut rig = Rig::live(pods());
    let sent = rig.sent.len();
    // The consumer slept for a night. No timeout ran without a wait, but this one did.
    rig.now = rig.now + Duration::from_secs(8 * 3600);
    rig.drain();
    rig.advance(Duration::from_secs(10));
    assert_eq!(rig.sent.len(), sent + 1, "one request, not a burst");
    rig.now = Instant::ORIGIN;
    rig.drain();
    assert_eq!(rig.sent.len(), sent + 1, "and none when it goes back");
}

fn empty_watches() {
    let mut rig = Rig::new(pods().on_expired(OnExpired::Relist));
    let begin = rig.now;
    rig.reply(200, list("10", &[]));
    for _ in 0..100 {
        match rig.request().kind {
            RequestKind::Watch => rig.open().end(),
            RequestKind::List => rig.reply(200, list("10", &[])),
        };
        if rig.wait.unwrap().on == watch_core::Waiting::Backoff {
            rig.until_sent();
        }
    }
    assert!(rig.now.since(begin) > Duration::from_secs(40 * 30), "{:?}", rig.now.since(begin));
}
