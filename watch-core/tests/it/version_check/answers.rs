//! What follows from the answer, and from a missing one.

use watch_core::{Config, Notice, Resource, Start, TransportErrorKind, Watcher};

use super::{CHECK, SET, is_watch, watching};
use crate::rig::{Rig, error, event, initial_end, is_check, list, page, pods, secs, status};

/// A restored server answers like this while it starts.
#[test]
fn the_version_check_repeats_until_it_is_answered() {
    let unanswered: [fn(&mut Rig) -> &mut Rig; 7] = [
        |rig| rig.reply(503, status(503, "ServiceUnavailable", "starting")),
        |rig| rig.reply(429, "Too many requests, please try again later.\n"),
        |rig| rig.reply(500, status(500, "InternalError", "etcd")),
        |rig| rig.fail(TransportErrorKind::Reset),
        |rig| rig.open().end(),
        |rig| rig.open().body("{\"items\":["),
        |rig| rig,
    ];
    for (which, answer) in unanswered.into_iter().enumerate() {
        let mut rig = watching();
        rig.fail(TransportErrorKind::Refused).until_sent();
        for _ in 0..3 {
            assert!(is_check(rig.request()), "{which}");
            answer(&mut rig).until_sent();
        }
        for _ in 0..3 {
            assert!(is_check(rig.request()), "{which}");
            rig.reply(200, page("7", "t", &["a@5"])).settle();
        }
        assert_eq!(rig.uri(), SET, "{which}");
        let watches = rig.sent.iter().filter(|request| request.http.uri().to_string().contains("watch=true"));
        assert_eq!(watches.count(), 1, "{which}: none since it broke");
    }
}

/// The content of the first object doesn't matter: in a list of one, it comes after the version.
#[test]
fn an_unreadable_object_still_answers_the_check() {
    for bad in [
        list("11", &["a@5"]).replace("\"resourceVersion\":\"5\"", "\"resourceVersion\":5"),
        list("11", &["a@5"]).replace("uid-a", &"x".repeat(5000)),
    ] {
        let mut limits = watch_core::Limits::default();
        limits.object = 4096;
        let mut rig = Rig::live(pods().limits(limits)).by_hand();
        rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
        assert_eq!(rig.uri(), CHECK);
        rig.open().body(bad.clone());
        assert!(is_watch(&rig), "{}", rig.uri());
        assert_eq!(rig.notices.len(), 1, "{:?}", rig.notices);
        // An object before the version keeps the check open, but not for ever.
        rig.fail(TransportErrorKind::Reset).settle();
        let meta = "\"metadata\":{\"resourceVersion\":\"11\"},";
        let backwards = bad.replacen(meta, "", 1).trim_end().trim_end_matches('}').to_owned()
            + ","
            + meta.trim_end_matches(',')
            + "}";
        for _ in 0..3 {
            assert_eq!(rig.uri(), CHECK);
            rig.open().body(backwards.clone()).settle();
        }
        assert!(is_watch(&rig), "{}", rig.uri());
    }
}

#[test]
fn an_outage_that_lasted_does_not_put_the_confirmations_off() {
    for answer in [
        |rig: &mut Rig| _ = rig.fail(TransportErrorKind::Refused),
        |rig: &mut Rig| _ = rig.reply(503, status(503, "ServiceUnavailable", "starting")),
        |rig: &mut Rig| _ = rig.reply(429, "storage is (re)initializing"),
    ] {
        let mut rig = watching();
        rig.fail(TransportErrorKind::Reset).until_sent();
        for _ in 0..9 {
            answer(&mut rig);
            rig.until_sent();
        }
        let shown = rig.now;
        for _ in 0..2 {
            rig.reply(200, page("7", "t", &["a@5"])).settle();
        }
        // It isn't ready after all, once.
        answer(&mut rig);
        rig.settle().reply(200, page("8", "t", &["a@5"])).settle();
        assert_eq!(rig.uri(), SET);
        assert!(rig.now.since(shown) <= secs(10), "{:?}", rig.now.since(shown));
    }
}

/// A load balancer alternates between this replica and that one.
#[test]
fn a_lagging_replica_is_refuted_by_another() {
    let mut rig = watching();
    for _ in 0..4 {
        rig.fail(TransportErrorKind::Reset).settle();
        for version in ["7", "9"] {
            assert_eq!(rig.uri(), CHECK);
            rig.reply(200, page(version, "t", &["a@5"])).settle();
        }
        rig.reply(200, page("11", "t", &["a@5"]));
        assert!(is_watch(&rig), "{}", rig.uri());
        rig.open();
    }
    assert!(rig.events.is_empty());
}

#[test]
fn without_permission_to_list_the_watch_continues_at_once() {
    for code in [403, 404, 405] {
        let mut rig = watching();
        for _ in 0..3 {
            rig.fail(TransportErrorKind::Reset).settle();
            assert_eq!(rig.uri(), CHECK, "{code}");
            rig.reply(code, status(code, "", "no"));
            assert!(is_watch(&rig), "{code}: {}", rig.uri());
            rig.open();
        }
        let notices = rig.notices.iter().filter(|notice| notice.to_string().starts_with("LIST of one"));
        assert_eq!(notices.count(), 1, "{code}: reported once until there is progress");
    }
}

/// kube-apiserver with `ConsistentListFromCacheSkipTimeoutFallback`, while its cache can't catch up with etcd.
#[test]
fn after_429_a_list_that_is_not_older_suffices() {
    let busy = |rig: &mut Rig| _ = rig.reply(429, status(429, "TooManyRequests", "the cache lags")).settle();
    let not_older =
        |rig: &Rig| rig.has_query("resourceVersion=11") && rig.has_query("resourceVersionMatch=NotOlderThan");
    // A list by LIST.
    let mut rig = watching();
    rig.body(error(410, "Expired", "old"));
    for _ in 0..3 {
        assert!(!rig.uri().contains("resourceVersion="), "{}", rig.uri());
        busy(&mut rig);
    }
    assert!(not_older(&rig) && !rig.uri().contains("limit="), "{}", rig.uri());
    rig.reply(200, list("12", &["a@11"])).open().body(error(410, "Expired", "old")).settle();
    assert!(!rig.uri().contains("resourceVersion="), "the next is to be consistent again: {}", rig.uri());
    // By streaming list.
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(initial_end("11")).body(error(410, "Expired", "old"));
    for _ in 0..3 {
        assert!(rig.has_query("sendInitialEvents=true") && !rig.uri().contains("resourceVersion="), "{}", rig.uri());
        busy(&mut rig);
    }
    assert!(rig.has_query("sendInitialEvents=true") && not_older(&rig), "{}", rig.uri());
    // The version check itself, in plain text.
    let mut rig = watching();
    rig.fail(TransportErrorKind::Reset).settle();
    for _ in 0..3 {
        assert_eq!(rig.uri(), CHECK);
        rig.reply(429, "Too many requests, please try again later.\n").settle();
    }
    assert!(is_check(rig.request()) && not_older(&rig), "{}", rig.uri());
    let mut restored = rig.clone();
    rig.reply(200, list("11", &["a@11"]));
    assert!(is_watch(&rig));
    for _ in 0..3 {
        restored.reply(504, status(504, "Timeout", "Timeout: Too large resource version: 11, current: 7")).settle();
    }
    assert!(restored.uri().ends_with("pods?limit=500"), "{}", restored.uri());
    // Without a version seen, there is no oldest acceptable one.
    let mut rig = Rig::new(pods()).by_hand();
    for _ in 0..5 {
        busy(&mut rig);
        assert_eq!(rig.uri(), SET);
    }
}

#[test]
fn a_new_process_confirms_that_the_server_is_older() {
    let config = || Config::builder(Resource::core("v1", "pods")).namespace("default");
    let mut rig = Rig::new(config());
    rig.open().body(initial_end("11"));
    let checkpoint = rig.watcher.checkpoint().unwrap();
    let mut rig = Rig::with_checks(Watcher::resume(config().build().unwrap(), &checkpoint).unwrap());
    for _ in 0..3 {
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, page("7", "t", &["a@5"])).settle();
    }
    assert!(rig.has_query("sendInitialEvents=true") && !rig.uri().contains("resourceVersion="), "{}", rig.uri());
    let notices: Vec<_> = rig.notices.iter().map(Notice::to_string).collect();
    assert!(notices[0].contains("11 was seen before, now it is at 7; retrying the version check in"), "{notices:?}");
    assert!(notices[2].contains("retrying with a relist now"), "{notices:?}");
}

/// A LIST that always fails doesn't block a watch that works.
#[test]
fn an_unanswered_check_does_not_hold_back_a_watch() {
    let unanswered: [fn(&mut Rig) -> &mut Rig; 4] = [
        |rig| rig.reply(500, status(500, "InternalError", "unable to transform key")),
        |rig| rig.reply(429, status(429, "TooManyRequests", "later")),
        |rig| rig.reply(504, "gateway timeout"),
        |rig| rig,
    ];
    for (which, answer) in unanswered.into_iter().enumerate() {
        let mut rig = Rig::live(pods()).by_hand();
        rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
        let begin = rig.now;
        for _ in 0..6 {
            assert!(is_check(rig.request()), "{which}: {}", rig.uri());
            answer(&mut rig);
            if which == 3 {
                rig.until_sent()
            } else {
                rig.settle()
            };
        }
        assert!(is_watch(&rig) && rig.has_query("resourceVersion=11"), "{which}: {}", rig.uri());
        // By now, a restarting server has had half a minute.
        assert!(rig.now.since(begin).as_secs() >= 40, "{which}: {:?}", rig.now.since(begin));
        rig.open().body(event("ADDED", "b@12"));
        assert_eq!(rig.take_events().last().unwrap(), "ADDED Pod default/b@12", "{which}");
    }
}

/// Only what the server answered counts: an outage says nothing about whether it can be asked.
#[test]
fn an_outage_before_a_503_does_not_drop_the_check() {
    let mut rig = watching();
    rig.fail(TransportErrorKind::Reset).settle();
    for attempt in 0..6 {
        assert_eq!(rig.uri(), CHECK, "{attempt}");
        rig.fail(TransportErrorKind::Refused).settle();
    }
    rig.reply(503, status(503, "ServiceUnavailable", "starting")).settle();
    assert_eq!(rig.uri(), CHECK);
}
