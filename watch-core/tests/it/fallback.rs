//! When a streaming list falls back to LIST, and when it doesn't.

use std::time::Duration;

use watch_core::{Notice, RequestKind, Start, Timing, TransportErrorKind, Waiting};

use crate::recover::live;
use crate::rig::{Rig, error, event, initial_end, list, page, pods, secs, status};

#[test]
fn a_refused_streaming_list_falls_back_at_once_and_for_good() {
    for code in [400, 404, 405, 406, 415, 422] {
        let mut rig = Rig::new(pods().start(Start::default()));
        rig.reply(code, status(code, "", "sendInitialEvents is forbidden for watch"));
        assert_eq!(rig.request().kind, RequestKind::List, "{code}");
        assert!(matches!(rig.notices[..], [Notice::FellBack { .. }]), "{code}");
        rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
        assert_eq!(rig.request().kind, RequestKind::List, "{code}: remembered");
        rig.reply(200, list("20", &[]));
        let checkpoint = rig.watcher.checkpoint().unwrap();
        let mut rig = Rig::resume(pods().start(Start::default()), &checkpoint);
        rig.open().body(error(410, "Expired", "old"));
        assert_eq!(rig.request().kind, RequestKind::List, "{code}: remembered in the checkpoint");
    }
}

#[test]
fn a_404_is_no_evidence_about_streaming_lists() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.reply(404, "404 page not found\n");
    for _ in 0..3 {
        rig.reply(404, "404 page not found\n").until_sent();
    }
    rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old")).until_sent();
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
}

#[test]
fn streaming_lists_that_expire_lead_to_a_list_and_a_report() {
    let mut rig = Rig::new(pods().start(Start::default()));
    let mut lists = 0;
    for _ in 0..8 {
        if rig.request().kind == RequestKind::List {
            lists += 1;
            rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
        } else {
            rig.open().body(initial_end("10")).body(error(410, "Expired", "old"));
        }
        if rig.wait.unwrap().on == Waiting::Backoff {
            rig.until_sent();
        }
    }
    assert_eq!(lists, 5);
    assert_eq!(rig.notices.iter().filter(|notice| matches!(notice, Notice::FellBack { .. })).count(), 1);
    assert_eq!(rig.notices.iter().filter(|notice| matches!(notice, Notice::NeedsAttention { .. })).count(), 1);
}

#[test]
fn a_busy_server_gets_retries_and_never_a_relist() {
    for (code, reason) in [(429, "TooManyRequests"), (409, "Conflict")] {
        let mut rig = live();
        for _ in 0..6 {
            rig.body(error(code, reason, "busy")).until_sent().open();
            assert!(rig.has_query("resourceVersion=11"), "{code}: {}", rig.uri());
        }
        // It isn't evidence against streaming lists.
        let mut rig = Rig::new(pods().start(Start::default()));
        for _ in 0..6 {
            rig.reply(code, status(code, reason, "busy")).until_sent();
            assert!(code == 409 || rig.has_query("sendInitialEvents=true"), "{code}: {}", rig.uri());
        }
    }
}

#[test]
fn one_missing_marker_is_tolerated_and_two_are_not() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().advance(secs(31));
    assert_eq!(rig.request().kind, RequestKind::List, "the marker didn't come");
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert_eq!(
        rig.request().kind,
        RequestKind::List,
        "a connection that breaks isn't evidence against streaming lists"
    );
    rig.reply(200, page("10", "t", &["a@5"])).fail(TransportErrorKind::Reset).until_sent();
    assert_eq!(rig.request().kind, RequestKind::List, "the complete list comes by LIST");
    rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    rig.open().advance(secs(31)).reply(200, list("20", &[])).open().body(error(410, "Expired", "old")).until_sent();
    assert_eq!(rig.request().kind, RequestKind::List, "remembered");
    rig.reply(200, list("30", &[]));
    let checkpoint = serde_json::to_string(&rig.watcher.checkpoint().unwrap()).unwrap();
    assert!(checkpoint.contains(r#""noStreamingList":true"#), "{checkpoint}");
}

#[test]
fn an_outage_is_no_evidence_about_streaming_lists() {
    let mut rig = Rig::new(pods().start(Start::default()));
    for _ in 0..3 {
        rig.reply(503, status(503, "ServiceUnavailable", "starting"));
        while rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        }
    }
    assert_eq!(rig.request().kind, RequestKind::List, "another way is tried");
    rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
}

/// Such a server sends the existing objects, and then new ones, for ever (antrea#8123).
#[test]
fn an_ignored_parameter_is_noticed_however_much_is_sent() {
    for ends in [false, true] {
        let mut rig = Rig::new(pods().start(Start::default()));
        rig.open();
        let began = rig.now;
        let mut version = 10;
        while rig.request().kind == RequestKind::Watch {
            version += 1;
            assert_eq!(rig.sent.len(), 1, "{ends}: one such watch is enough");
            if ends && rig.now.since(began) > secs(289) {
                rig.end();
            } else {
                rig.body(event("ADDED", &format!("pod-{version}@{version}"))).advance(secs(5));
            }
        }
        assert!(rig.now.since(began) <= secs(310), "{ends}: {:?}", rig.now.since(began));
        rig.reply(200, list("1000", &["a@5"]));
        assert!(rig.has_query("resourceVersion=1000"));
    }
}

#[test]
fn objects_cut_off_in_a_streaming_list_lead_to_a_list() {
    let mut timing = Timing::default();
    timing.initial_events_timeout = secs(600);
    let mut rig = Rig::new(pods().start(Start::default()).timing(timing));
    for _ in 0..3 {
        assert_eq!(rig.request().kind, RequestKind::Watch);
        rig.open().body(event("ADDED", "a@5")[..40].to_owned()).advance(secs(61));
        while rig.wait.unwrap().on == Waiting::Backoff {
            rig.wake();
        }
    }
    assert_eq!(rig.request().kind, RequestKind::List);
}

#[test]
fn streaming_lists_that_keep_failing_are_replaced_by_a_list() {
    let troubles: [fn(&mut Rig) -> &mut Rig; 4] = [
        |rig| rig.open().body(event("ADDED", "a@5")).fail(TransportErrorKind::Reset),
        |rig| rig.open().body(event("ADDED", "a@5")).fail(TransportErrorKind::Truncated),
        |rig| rig.open().body(event("ADDED", "a@5") + "{").end(),
        // It sends the head with the first event.
        |rig| rig.advance(secs(65)),
    ];
    for (which, trouble) in troubles.into_iter().enumerate() {
        let mut rig = Rig::new(pods().start(Start::default()));
        for attempt in 0..3 {
            assert!(rig.has_query("sendInitialEvents=true"), "{which}, {attempt}: {}", rig.uri());
            let sent = rig.sent.len();
            trouble(&mut rig);
            if rig.sent.len() == sent {
                rig.until_sent();
            }
        }
        assert_eq!(rig.request().kind, RequestKind::List, "{which}");
        rig.reply(200, list("10", &["a@5"])).open().body(error(410, "Expired", "old"));
        assert!(rig.has_query("sendInitialEvents=true"), "{which}: the network may have been to blame");
    }
    // A server that can't be reached isn't evidence.
    let mut rig = Rig::new(pods().start(Start::default()));
    for _ in 0..10 {
        rig.fail(TransportErrorKind::Refused).until_sent();
        assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    }
}

#[test]
fn the_backoff_starts_over_when_a_list_replaces_a_stream() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(initial_end("10")).end().until_sent();
    for _ in 0..3 {
        rig.reply(500, status(500, "InternalError", "no")).until_sent();
    }
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    for _ in 0..3 {
        rig.open().fail(TransportErrorKind::Truncated);
        if rig.request().kind == RequestKind::Watch {
            rig.until_sent();
        }
    }
    assert_eq!(rig.request().kind, RequestKind::List);
    // The LIST fails too.
    for (attempt, most) in [(2, 3_200), (3, 6_400), (4, 12_800)] {
        rig.take_notices();
        rig.reply(500, status(500, "InternalError", "no"));
        let Notice::Retrying { attempt: found, after, .. } = rig.notices[0] else { panic!("{:?}", rig.notices) };
        assert_eq!(found, attempt);
        assert!(after <= Duration::from_millis(most), "{attempt}: {after:?}");
        rig.until_sent();
    }
}

/// A LIST that fails for another reason doesn't show that streaming wasn't the reason. Only the same refusal does.
#[test]
fn a_list_that_fails_otherwise_does_not_acquit_streaming_lists() {
    for code in [401, 403, 404, 429, 500, 503] {
        let mut rig = Rig::new(pods().start(Start::default()));
        rig.reply(422, status(422, "Invalid", "sendInitialEvents is forbidden for watch"));
        rig.reply(code, status(code, "", "later")).until_sent();
        rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old")).settle();
        assert_eq!(rig.request().kind, RequestKind::List, "{code}: {}", rig.uri());
    }
}
