//! When a streaming list is given up for a LIST, and when it isn't.

use std::time::Duration;

use watch_core::{Notice, RequestKind, Start, TransportErrorKind};

use crate::recover::live;
use crate::rig::{Rig, error, initial_end, list, pods, status};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_refused_streaming_list_falls_back_to_list_at_once_and_for_good() {
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
fn a_resource_that_is_not_there_yet_says_nothing_about_streaming_lists() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.reply(404, "404 page not found\n");
    for _ in 0..3 {
        rig.reply(404, "404 page not found\n").until_sent();
    }
    rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old")).until_sent();
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
}

#[test]
fn sets_that_have_expired_when_they_are_complete_are_asked_for_by_list_and_then_somebody_is_told() {
    let mut rig = Rig::new(pods().start(Start::default()));
    let mut lists = 0;
    for _ in 0..8 {
        if rig.request().kind == RequestKind::List {
            lists += 1;
            rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
        } else {
            rig.open().body(initial_end("10")).body(error(410, "Expired", "old"));
        }
        if rig.wait.unwrap().on == watch_core::Waiting::Backoff {
            rig.until_sent();
        }
    }
    assert_eq!(lists, 5);
    assert_eq!(rig.notices.iter().filter(|notice| matches!(notice, Notice::FellBack { .. })).count(), 1);
    assert_eq!(rig.notices.iter().filter(|notice| matches!(notice, Notice::Blocked { .. })).count(), 1);
}

#[test]
fn a_busy_server_is_asked_again_and_never_for_the_whole_set() {
    for (code, reason) in [(429, "TooManyRequests"), (409, "Conflict")] {
        let mut rig = live();
        for _ in 0..6 {
            rig.body(error(code, reason, "busy")).until_sent().open();
            assert!(rig.has_query("resourceVersion=11"), "{code}: {}", rig.uri());
        }
        // And it says nothing against streaming lists.
        let mut rig = Rig::new(pods().start(Start::default()));
        for _ in 0..6 {
            rig.reply(code, status(code, reason, "busy")).until_sent();
            assert!(code == 409 || rig.has_query("sendInitialEvents=true"), "{code}: {}", rig.uri());
        }
    }
}

#[test]
fn a_connection_that_breaks_says_nothing_about_streaming_lists() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().advance(secs(31));
    assert_eq!(rig.request().kind, RequestKind::List, "the marker didn't come");
    rig.fail(TransportErrorKind::Reset).until_sent();
    rig.reply(200, list("10", &[])).open().body(error(410, "Expired", "old"));
    assert_eq!(rig.request().kind, RequestKind::List, "remembered");
}
