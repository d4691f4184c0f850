//! Servers whose watches repeat existing objects: they are followed, and a restore from a backup is still found.

use watch_core::{Phase, RequestKind, Start, TransportErrorKind, Waiting, Watcher};

use crate::rig::{Rig, bookmark, changes, error, event, initial_end, list, page, pods, secs, status};

/// The existing objects, as such a server sends them at the beginning of each watch.
fn replay(pods: &[&str]) -> String {
    pods.iter().map(|pod| event("ADDED", pod)).collect()
}

/// The watch lasts for its `timeoutSeconds`, and the next one is opened: immediately, or after the version check, which
/// returns `version`.
fn next_watch(rig: &mut Rig, version: &str) {
    let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap();
    rig.advance(secs(asked)).end();
    reopen(rig, version);
}

fn reopen(rig: &mut Rig, version: &str) {
    while rig.wait.unwrap().on == Waiting::Backoff {
        rig.wake();
    }
    if rig.request().kind == RequestKind::List {
        rig.reply(200, page(version, "t", SET));
    }
    rig.open();
}

const SET: &[&str] = &["a@5", "b@9"];

/// LIST at 9, and a watch that began with all objects.
fn followed() -> Rig {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", SET)).open().body(replay(SET));
    rig
}

/// The watch of a streaming list lasted since the list, so the next watch doesn't directly follow a list.
#[test]
fn old_objects_long_after_a_streaming_list_are_no_repeats() {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(event("ADDED", "a@5") + &event("ADDED", "b@9") + &initial_end("9"));
    next_watch(&mut rig, "9");
    assert_eq!(rig.request().kind, RequestKind::Watch);
    rig.body(event("ADDED", "b@7"));
    assert_eq!(rig.aborted.len(), 1, "the server may have been restored: {:?}", rig.take_events());
    assert!(rig.settle().has_query("sendInitialEvents=true"), "{}", rig.uri());
}

#[test]
fn a_server_that_repeats_objects_on_every_watch_is_followed() {
    let mut rig = followed();
    for round in 0..10_u64 {
        assert_eq!(rig.watcher.phase(), Phase::Live);
        rig.body(event("MODIFIED", &format!("b@{}", 100 + round)));
        let before = rig.now;
        next_watch(&mut rig, &(100 + round).to_string());
        assert!(rig.now.since(before) <= secs(291), "{round}: without a pause");
        rig.body(replay(&["a@5", &format!("b@{}", 100 + round)]));
    }
    let expected = (0..10).map(|round| format!("MODIFIED Pod default/b@{}", 100 + round));
    let expected: Vec<_> =
        ["ADDED Pod default/a@5", "ADDED Pod default/b@9"].map(String::from).into_iter().chain(expected).collect();
    assert_eq!(changes(&rig), expected, "nothing twice, and nothing lost");
    assert!(rig.take_notices().iter().all(|notice| notice.starts_with("skipped")));
    let lists = rig.sent.iter().filter(|request| request.kind == RequestKind::List).count();
    assert!(lists <= 1 + 4, "{lists} lists in 2500 s: it is asked how far it is every ten minutes");
    assert_eq!(rig.watcher.counters().regressions, 11, "`a`, on each of eleven watches");
}

#[test]
fn changes_between_watches_come_by_name_and_none_is_lost() {
    let mut rig = followed();
    next_watch(&mut rig, "15");
    rig.body(replay(&["a@15", "b@9", "c@13"]));
    // Written in between, and sent after it.
    rig.body(event("MODIFIED", "a@15") + &event("ADDED", "c@13") + &event("MODIFIED", "b@16"));
    assert_eq!(
        changes(&rig)[2..],
        ["MODIFIED Pod default/a@15", "ADDED Pod default/c@13", "MODIFIED Pod default/b@16"]
    );
    assert_eq!(rig.watcher.freshness().resource_version.unwrap().to_string(), "16");
    assert_eq!(rig.watcher.phase(), Phase::Live);
    // The watch ends after the newest of them: the rest is repeated.
    next_watch(&mut rig, "20");
    rig.body(event("ADDED", "a@20"));
    next_watch(&mut rig, "20");
    rig.body(replay(&["a@20", "b@16", "c@19"]));
    assert_eq!(changes(&rig)[5..], ["MODIFIED Pod default/a@20", "MODIFIED Pod default/c@19"]);
    assert_eq!(rig.watcher.phase(), Phase::Live);
}

#[test]
fn deletions_with_old_versions_on_such_a_server_are_deletions() {
    let mut rig = followed();
    rig.body(event("DELETED", "a@5") + &event("ADDED", "c@10") + &event("DELETED", "b@9"));
    assert_eq!(changes(&rig)[2..], ["DELETED Pod default/a@5", "ADDED Pod default/c@10", "DELETED Pod default/b@9"]);
    next_watch(&mut rig, "10");
    rig.body(replay(&["c@10"]));
    assert_eq!(changes(&rig).len(), 5);
    assert_eq!(rig.watcher.phase(), Phase::Live);
}

/// Nothing is known about the server when the watch begins: there is one version check.
#[test]
fn a_watch_from_a_given_version_is_followed_after_one_check() {
    let mut rig = Rig::new(pods().start(Start::From("9".parse().unwrap()))).by_hand();
    rig.open().body(replay(SET));
    assert_eq!(rig.take_events(), [""; 0]);
    rig.until_sent();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    let mut forbidden = rig.clone();
    let mut restored = rig.clone();
    rig.reply(200, page("9", "t", &["a@5"])).open().body(replay(SET));
    assert_eq!(rig.take_events(), ["ADDED Pod default/a@5", "ADDED Pod default/b@9"]);
    assert_eq!(rig.watcher.phase(), Phase::Live);
    // If LIST is forbidden, there is no better answer.
    forbidden.reply(403, status(403, "Forbidden", "no")).settle();
    // The check is a streaming list, which this server ignores: its objects show that it has the version.
    assert!(forbidden.has_query("sendInitialEvents=true"), "{}", forbidden.uri());
    forbidden.open().body(replay(SET)).settle();
    assert!(forbidden.has_query("watch=true"), "{}", forbidden.uri());
    forbidden.open().body(replay(SET));
    assert_eq!(forbidden.take_events(), ["ADDED Pod default/a@5", "ADDED Pod default/b@9"]);
    assert_eq!(forbidden.watcher.phase(), Phase::Live);
    // A restored server is found.
    restored.reply(200, page("7", "t", &["a@5"]));
    assert!(restored.take_notices().last().unwrap().contains("server rollback: 9 was seen before, now it is at 7"));
}

#[test]
fn a_new_process_follows_such_a_server_from_its_checkpoint() {
    let mut rig = followed();
    rig.body(event("MODIFIED", "a@12"));
    let checkpoint = rig.watcher.checkpoint().unwrap();
    let mut rig = Rig::with_checks(Watcher::resume(pods().build().unwrap(), &checkpoint).unwrap());
    rig.reply(200, page("12", "t", &["a@12"])).open().body(replay(&["b@9", "a@12"]));
    rig.body(event("ADDED", "c@13"));
    assert_eq!(rig.watcher.phase(), Phase::Live);
    assert_eq!(rig.take_events().last().unwrap(), "ADDED Pod default/c@13");
    assert_eq!(rig.sent.len(), 2);
}

/// It never sends the end marker, and its watches begin with all existing objects, whatever the request says.
#[test]
fn without_streaming_lists_the_list_completes_within_30_s() {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    let begin = rig.now;
    rig.open().body(replay(SET)).until_sent();
    assert_eq!(rig.request().kind, RequestKind::List);
    assert!(rig.now.since(begin) <= secs(30), "{:?}", rig.now.since(begin));
    rig.reply(200, list("9", SET)).open().body(replay(SET)).body(event("ADDED", "c@10"));
    assert_eq!(rig.watcher.phase(), Phase::Live);
    assert_eq!(changes(&rig), ["ADDED Pod default/a@5", "ADDED Pod default/b@9", "ADDED Pod default/c@10"]);
    assert!(rig.notices.iter().all(|notice| !notice.to_string().contains("went back")));
}

#[test]
fn a_streaming_list_is_as_good_as_a_list() {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(replay(SET) + &initial_end("9") + &replay(SET) + &event("ADDED", "c@10"));
    assert_eq!(rig.watcher.phase(), Phase::Live);
    assert_eq!(changes(&rig).last().unwrap(), "ADDED Pod default/c@10");
    assert_eq!(changes(&rig).len(), 3);
}

/// A list whose version isn't a number, and objects whose versions are, as in kmock.
#[test]
fn opaque_list_versions_are_followed_after_one_more_list() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("...", SET)).open().body(replay(SET));
    for round in 0..5 {
        next_watch(&mut rig, "...");
        rig.body(replay(SET));
        if rig.wait.unwrap().on != Waiting::Data {
            assert_eq!(round, 0, "once");
            rig.until_sent().reply(200, list("...", SET)).open().body(replay(SET));
        }
        assert_eq!(rig.watcher.phase(), Phase::Live);
    }
    assert_eq!(changes(&rig), ["ADDED Pod default/a@5", "ADDED Pod default/b@9"]);
}

/// A change that is older than the list isn't a repeat. The list shows whether the server was rolled back.
#[test]
fn an_old_change_leads_to_a_list_that_shows_its_cause() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", SET)).open().body(event("MODIFIED", "a@7"));
    assert_eq!(rig.take_events().len(), 4, "it is not emitted");
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    assert_eq!(
        rig.take_notices(),
        [
            "WATCH of pods in default after 9: event out of order: version 7 after 9; retrying with a relist now (attempt 1)"
        ]
    );
    let mut restored = rig.clone();
    rig.reply(200, list("9", SET));
    assert_eq!(rig.take_events()[0], "INITIAL (events out of order)");
    assert_eq!(rig.take_notices(), ["relisted (events out of order) from 9 to 9, gap 0.0ns; objects: 2"]);
    // It does it again: more may be missing, so the machine relists again, at growing intervals.
    rig.open().body(event("MODIFIED", "a@7"));
    assert_eq!(rig.wait.unwrap().on, Waiting::Backoff);
    // But a server that is known to repeat objects doesn't order writes either.
    let mut known = followed();
    known.body(event("MODIFIED", "b@11") + &event("MODIFIED", "a@10"));
    assert_eq!(known.watcher.phase(), Phase::Live);
    assert_eq!(changes(&known)[2..], ["MODIFIED Pod default/b@11", "MODIFIED Pod default/a@10"]);

    for _ in 0..3 {
        restored.reply(200, list("7", &["a@7"])).until_sent();
    }
    restored.reply(200, list("7", &["a@7"]));
    assert_eq!(restored.take_events()[0], "INITIAL (server rollback)");
}

/// A server that repeats existing objects is restored from a backup.
#[test]
fn a_restore_is_found_when_the_connection_breaks() {
    let mut rig = followed();
    rig.body(event("MODIFIED", "a@30"));
    rig.fail(TransportErrorKind::Refused).until_sent();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    rig.reply(200, page("9", "t", SET));
    assert!(rig.take_notices().last().unwrap().contains("server rollback: 30 was seen before, now it is at 9"));
}

type Break = (&'static str, fn(&mut Rig));

#[rustfmt::skip]
const BREAKS: &[Break] = &[
    ("reset", |rig| _ = rig.fail(TransportErrorKind::Reset)),
    ("broken off", |rig| _ = rig.fail(TransportErrorKind::Truncated)),
    ("a stream of HTTP/2 that is reset", |rig| _ = rig.fail(TransportErrorKind::Protocol)),
    ("a good end in the middle of an event", |rig| _ = rig.body(event("ADDED", "c@12")[..50].to_owned()).end()),
    ("silence", |rig| _ = rig.advance(secs(306))),
];

/// The next watch shows the existing objects, and doesn't report what was deleted in the gap.
#[test]
fn a_deletion_during_a_broken_watch_is_found_by_a_list() {
    for (name, breaks) in BREAKS {
        let mut rig = followed();
        breaks(&mut rig);
        rig.settle();
        assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500", "{name}");
        assert!(rig.take_notices().last().unwrap().contains("retrying with a relist"), "{name}");
        let mut restored = rig.clone();
        rig.reply(200, list("12", &["b@9"])).open().body(replay(&["b@9"]));
        assert_eq!(rig.watcher.phase(), Phase::Live, "{name}");
        assert_eq!(changes(&rig)[2..], ["VANISHED default/a@5"], "{name}");
        assert!(rig.take_notices()[0].contains("relisted (watch broke, deletions may be missing)"), "{name}");
        // A list that is older than what was seen still leads to the version check.
        restored.reply(200, list("7", &["a@5"]));
        assert!(restored.take_notices().last().unwrap().contains("server rollback: 9 was seen"), "{name}");
    }
}

/// If the versions of a server's lists aren't numbers, the first watch shows nothing old. Only the watch after the
/// break shows that the server repeats objects, and by then a deletion may be missing. A version check lists no
/// deletions.
#[test]
fn repeats_first_seen_after_a_break_lead_to_a_list() {
    for (name, breaks) in BREAKS {
        let mut rig = Rig::new(pods()).by_hand();
        rig.reply(200, list("...", SET)).open().body(replay(SET));
        assert_eq!(rig.watcher.phase(), Phase::Live);
        breaks(&mut rig);
        reopen(&mut rig, "...");
        rig.body(replay(&["a@5", "c@10"])).settle();
        assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500", "{name}");
        rig.reply(200, list("...", &["a@5", "c@10"])).open().body(replay(&["a@5", "c@10"]));
        assert_eq!(changes(&rig)[2..], ["ADDED Pod default/c@10", "VANISHED default/b@9"], "{name}");
        assert_eq!(rig.watcher.phase(), Phase::Live, "{name}");
        // From then on it is known.
        breaks(&mut rig);
        rig.settle();
        assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500", "{name}");
    }
}

#[test]
fn other_ends_and_other_servers_need_no_list() {
    const CHECK: &str = "/api/v1/namespaces/default/pods?limit=1";
    // A server whose watches begin after the version.
    let mut kube = Rig::new(pods()).by_hand();
    kube.reply(200, list("9", SET)).open().body(event("ADDED", "c@10")).fail(TransportErrorKind::Reset).settle();
    assert_eq!(kube.uri(), CHECK);
    // The server can't be reached, or returns an error: its objects aren't available now.
    let mut refused = followed();
    refused.fail(TransportErrorKind::Refused).settle();
    assert_eq!(refused.uri(), CHECK);
    let mut failing = followed();
    failing.body(error(500, "InternalError", "etcd")).settle();
    assert_eq!(failing.uri(), CHECK);
    // A watch that ends without an error, late or early.
    let mut early = followed();
    early.body(event("ADDED", "c@10")).advance(secs(60)).end().settle();
    assert_eq!(early.uri(), CHECK);
    // A watch that began without a list: it wasn't requested, and may be forbidden.
    let mut rig = Rig::new(pods().start(Start::From("9".parse().unwrap()))).by_hand();
    rig.open().body(replay(SET)).until_sent().reply(200, page("9", "t", &["a@5"]));
    rig.open().body(replay(SET)).fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK);
}

#[test]
fn watches_that_break_each_time_cost_few_lists() {
    for seconds in [60, 600] {
        let mut rig = followed();
        let (end, before) = (rig.now + secs(seconds), rig.sent.len());
        let mut round = 10;
        rig.fail(TransportErrorKind::Reset);
        while rig.now < end {
            while rig.wait.unwrap().on == Waiting::Backoff {
                rig.wake();
            }
            if rig.request().kind == RequestKind::List {
                rig.reply(200, list(&round.to_string(), SET));
            } else {
                // Each brings something new: only the backoff of relists grows.
                round += 1;
                rig.open().body(event("ADDED", &format!("c@{round}"))).fail(TransportErrorKind::Reset);
            }
        }
        let most = if seconds == 60 { 16 } else { 60 };
        assert!(rig.sent.len() - before <= most, "{} requests in {seconds} s", rig.sent.len() - before);
    }
}

/// Nothing breaks, and no watch ends early: the check comes after ten minutes.
#[test]
fn a_restore_between_watches_is_found_within_15_minutes() {
    let mut rig = followed();
    rig.body(event("MODIFIED", "a@30"));
    let begin = rig.now;
    loop {
        assert!(rig.now.since(begin) < secs(900), "{:?}", rig.now.since(begin));
        let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap();
        rig.advance(secs(asked)).end();
        while rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        }
        if rig.request().kind == RequestKind::List {
            break;
        }
        rig.open().body(replay(SET));
    }
    rig.reply(200, page("9", "t", SET));
    assert!(rig.take_notices().last().unwrap().contains("server rollback: 30 was seen before, now it is at 9"));
}

/// Repeats come first on a watch, and as ADDED. A watch that has continued from there isn't repeating.
#[test]
fn an_old_object_in_mid_watch_is_no_repeat_unless_listed() {
    for before in [bookmark("20"), event("MODIFIED", "b@20"), event("DELETED", "b@20"), event("DELETED", "b@9")] {
        let mut rig = Rig::new(pods()).by_hand();
        rig.reply(200, list("9", &["b@9"])).open().body(before.clone() + &event("ADDED", "a@7"));
        assert_eq!(rig.request().kind, RequestKind::List, "{before}");
        // It does repeat.
        rig.reply(200, list("20", &["a@7"])).open().body(before.clone() + &event("ADDED", "a@7"));
        assert_eq!(rig.watcher.phase(), Phase::Live, "{before}");
    }
}

/// A watch that was resumed without a list: an old object may come from a restored server.
#[test]
fn an_old_object_on_a_watch_that_was_resumed_leads_to_one_list() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", &[])).open().body(event("ADDED", "b@10"));
    next_watch(&mut rig, "10");
    assert!(rig.has_query("resourceVersion=10"), "{}", rig.uri());
    rig.body(event("ADDED", "a@5"));
    assert_eq!(rig.request().kind, RequestKind::List, "{}", rig.uri());
    rig.reply(200, list("10", &["a@5", "b@10"])).open().body(replay(&["a@5", "b@10"]));
    assert_eq!(rig.watcher.phase(), Phase::Live);
    assert_eq!(changes(&rig), ["ADDED Pod default/b@10", "ADDED Pod default/a@5"]);
}

/// Repeated old objects don't reset a timeout, aren't progress, and cost the server nothing.
#[test]
fn a_server_that_only_repeats_gets_few_requests() {
    // On one watch that never ends.
    let mut rig = followed();
    let begin = rig.now;
    while rig.aborted.is_empty() {
        rig.body(replay(&["a@5"])).advance(secs(10));
        assert!(rig.now.since(begin) < secs(320), "it ends after 290 s at the latest");
    }
    // On watches that end immediately.
    for seconds in [60, 600] {
        let mut rig = followed();
        let (end, before) = (rig.now + secs(seconds), rig.sent.len());
        rig.end();
        while rig.now < end {
            while rig.wait.unwrap().on == Waiting::Backoff {
                rig.wake();
            }
            if rig.request().kind == RequestKind::List {
                rig.reply(200, list("9", SET));
            } else {
                rig.open().body(replay(SET)).end();
            }
        }
        let most = if seconds == 60 { 16 } else { 52 };
        assert!(rig.sent.len() - before <= most, "{} requests in {seconds} s", rig.sent.len() - before);
    }
}

#[test]
fn repeats_do_not_count_as_fresh_data() {
    let mut rig = followed();
    let then = rig.watcher.freshness().synced_as_of;
    rig.advance(secs(60)).body(replay(&["a@5"]));
    assert_eq!(rig.watcher.freshness().synced_as_of, then);
}

/// The watch didn't begin with an old object after a pause: only a list can distinguish a repeat from a restore.
#[test]
fn an_old_object_after_a_pause_is_no_repeat_until_listed() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("100", &["a@5", "b@70", "c@80"])).open();
    rig.take_events();
    rig.advance(secs(50)).body(event("ADDED", "x@61"));
    assert_eq!(rig.take_events(), [""; 0], "it is not emitted");
    for _ in 0..4 {
        rig.settle().reply(200, list("109", &["a@5", "x@61"]).replace("109", "62"));
    }
    assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
}

#[test]
fn a_start_from_now_follows_such_a_server() {
    let mut rig = Rig::new(pods().start(Start::Now)).by_hand();
    rig.reply(200, page("9", "t", SET)).open().body(replay(SET)).body(event("ADDED", "c@10"));
    assert_eq!(rig.watcher.phase(), Phase::Live);
    assert!(rig.aborted.is_empty(), "{:?}", rig.take_notices());
    assert_eq!(rig.take_events().last().unwrap(), "ADDED Pod default/c@10");
}

/// A bookmark shows that the repeats are over, as far as there were any.
#[test]
fn an_old_object_after_a_bookmark_is_no_repeat() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", SET)).open();
    rig.take_events();
    rig.body(bookmark("9") + &event("ADDED", "a@5"));
    assert_eq!(rig.take_events(), ["BOOKMARK @9"], "it isn't emitted");
    assert_eq!(rig.aborted.len(), 1);
    // As after any event that isn't ADDED.
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", SET)).open();
    rig.take_events();
    rig.body(event("MODIFIED", "a@10") + &event("ADDED", "b@7"));
    assert_eq!(rig.take_events(), ["MODIFIED Pod default/a@10"]);
    assert_eq!(rig.aborted.len(), 1);
}
