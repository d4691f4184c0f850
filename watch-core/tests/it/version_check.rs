//! The version check: when it precedes a watch, and what follows from its answer.

use std::time::Duration;

use watch_core::{
    Config, During, Input, Notice, OnExpired, Resource, ResponseHead, Start, TransportErrorKind, Waiting, Watcher,
};

use crate::cuts::{CUTS, Cut};
use crate::recover::live;
use crate::rig::{Rig, bookmark, error, event, initial_end, is_check, list, page, pods, secs, status};

const CHECK: &str = "/api/v1/namespaces/default/pods?limit=1";
const SET: &str = "/api/v1/namespaces/default/pods?limit=500";

/// A watch after version 11, with the checks left to the test.
fn watching() -> Rig {
    live().by_hand()
}

/// The `timeoutSeconds` of the watch.
fn asked(rig: &Rig) -> u64 {
    rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap()
}

/// The watch ended as announced, and is requested again.
fn reopening(rig: &mut Rig) -> &mut Rig {
    let asked = asked(rig);
    rig.body(bookmark("11"))
        .advance(secs(asked / 2))
        .body(bookmark("11"))
        .advance(secs(asked - asked / 2))
        .end()
        .settle()
}

fn is_watch(rig: &Rig) -> bool {
    rig.has_query("watch=true") && rig.has_query("resourceVersion=11")
}

type Ended = (&'static str, fn(&mut Rig));

#[rustfmt::skip]
const BAD_ENDS: &[Ended] = &[
    ("a good end at once", |rig| _ = rig.end()),
    ("a good end that is early", |rig| _ = rig.advance(secs(60)).end()),
    ("a good end that is early, after bookmarks", |rig| _ = rig.body(bookmark("11")).advance(secs(60)).end()),
    ("a good end in the middle of an event", |rig| _ = rig.body(event("ADDED", "b@12")[..50].to_owned()).end()),
    ("reset", |rig| _ = rig.fail(TransportErrorKind::Reset)),
    ("broken off", |rig| _ = rig.fail(TransportErrorKind::Truncated)),
    ("a stream of HTTP/2 that is reset", |rig| _ = rig.fail(TransportErrorKind::Protocol)),
    ("silence", |rig| _ = rig.advance(secs(306))),
    ("silence after bookmarks", |rig| _ = rig.body(bookmark("11")).advance(secs(151))),
    ("an unreadable event", |rig| _ = rig.body("{\"type\":\"ADDED\",\"object\":{}}\n")),
    ("429 in the stream", |rig| _ = rig.body(error(429, "TooManyRequests", "storage is (re)initializing"))),
    ("500 in the stream", |rig| _ = rig.body(error(500, "InternalError", "etcd"))),
    ("401 in the stream", |rig| _ = rig.body(error(401, "Unauthorized", "no"))),
    ("refused connection", |rig| _ = reopening(rig).fail(TransportErrorKind::Refused)),
    ("no address", |rig| _ = reopening(rig).fail(TransportErrorKind::Resolve)),
    ("TLS", |rig| _ = reopening(rig).fail(TransportErrorKind::Tls)),
    ("no credentials", |rig| _ = reopening(rig).fail(TransportErrorKind::Credentials)),
    ("reset before the head", |rig| _ = reopening(rig).fail(TransportErrorKind::Reset)),
    ("no head", |rig| _ = reopening(rig).advance(secs(66))),
    ("a slow head", |rig| _ = reopening(rig).advance(secs(8)).open()),
    ("429", |rig| _ = reopening(rig).reply(429, status(429, "TooManyRequests", "storage is (re)initializing"))),
    ("429 in plain text", |rig| _ = reopening(rig).reply(429, "Too many requests, please try again later.\n")),
    ("503", |rig| _ = reopening(rig).reply(503, status(503, "ServiceUnavailable", "starting"))),
    ("502 from a proxy", |rig| _ = reopening(rig).reply(502, "<html>bad gateway")),
    ("401", |rig| _ = reopening(rig).reply(401, status(401, "Unauthorized", "no"))),
    ("403", |rig| _ = reopening(rig).reply(403, status(403, "Forbidden", "no"))),
    ("404", |rig| _ = reopening(rig).reply(404, "404 page not found\n")),
    ("409", |rig| _ = reopening(rig).reply(409, status(409, "Conflict", ""))),
    ("302", |rig| _ = reopening(rig).reply(302, "")),
    ("HTML with 200", |rig| _ = reopening(rig).head(ResponseHead::new(200).with_content_type("text/html")).body("<html>").end()),
];

/// A restored server may look like any of these, and a watch from its future would be silent for a long time.
#[test]
fn a_watch_that_ends_early_or_fails_is_followed_by_a_check() {
    for (name, end) in BAD_ENDS {
        let mut rig = watching();
        end(&mut rig);
        rig.settle();
        assert_eq!(rig.uri(), CHECK, "{name}");
        let mut restored = rig.clone();
        rig.reply(200, page("900", "t", &["a@5"]));
        assert!(is_watch(&rig), "{name}: {}", rig.uri());
        assert_eq!(rig.wait.unwrap().on, Waiting::Head, "{name}: immediately");

        let shown = restored.now;
        for _ in 0..3 {
            assert_eq!(restored.uri(), CHECK, "{name}");
            restored.reply(200, page("7", "t", &["a@5"])).settle();
        }
        assert_eq!(restored.uri(), SET, "{name}: what the checks have proved isn't asked again");
        assert!(restored.now.since(shown) <= secs(10), "{name}: {:?}", restored.now.since(shown));
        assert!(restored.now.since(shown) >= secs(4), "{name}: a replica that lags has time to catch up");
        restored.take_events();
        restored.reply(200, list("7", &["a@5"]));
        assert_eq!(restored.take_events()[0], "INITIAL (server rollback)", "{name}");
    }
}

#[test]
fn a_watch_that_ends_when_it_was_to_is_followed_by_the_next() {
    let mut rig = watching();
    let before = rig.sent.len();
    reopening(&mut rig);
    assert!(is_watch(&rig) && rig.sent.len() == before + 1, "{}", rig.uri());
    // A watch that was silent this long proves nothing.
    let asked = asked(&rig);
    rig.open().advance(secs(asked)).end().settle();
    assert_eq!(rig.uri(), CHECK);
}

#[test]
fn a_relist_needs_no_check() {
    let mut rig = watching();
    rig.body(error(410, "Expired", "old"));
    assert_eq!(rig.uri(), SET);
    rig.reply(200, list("20", &["a@5"]));
    assert!(rig.has_query("resourceVersion=20"), "the list has shown the server's version");
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    for _ in 0..2 {
        rig.open().body(event("ADDED", "a@5")).fail(TransportErrorKind::Reset).settle();
        assert!(rig.has_query("sendInitialEvents=true"), "nothing was seen that the server could lack");
    }
    rig.open().body(initial_end("10")).fail(TransportErrorKind::Reset).settle();
    assert_eq!(rig.uri(), CHECK);
}

#[test]
fn versions_without_order_need_no_check() {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("v-10", &[])).open().fail(TransportErrorKind::Reset).settle();
    assert!(rig.has_query("watch=true") && rig.has_query("resourceVersion=v-10"), "{}", rig.uri());
    let mut huge = Rig::new(pods()).by_hand();
    huge.reply(200, list("99999999999999999999999", &[])).open().fail(TransportErrorKind::Reset).settle();
    assert_eq!(huge.uri(), CHECK, "numbers of any length have an order");
}

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

#[test]
fn a_server_that_is_always_slow_is_checked_once() {
    let mut rig = watching();
    reopening(&mut rig).advance(secs(5)).open().settle();
    assert!(
        rig.take_notices()[0].contains("WATCH of pods in default after 11: watch opened only after 5.0s; retrying in")
    );
    assert_eq!(rig.uri(), CHECK);
    rig.reply(200, list("11", &[])).advance(secs(5)).open();
    assert!(is_watch(&rig) && rig.wait.unwrap().on == Waiting::Data, "it follows a check");
    // A watch with its list is new in any case, and may take any time.
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.advance(secs(30)).open().body(initial_end("10"));
    assert_eq!(rig.sent.len(), 1);
}

#[test]
fn a_periodic_check_closes_the_watch_and_resumes() {
    let mut rig = Rig::live(pods().check_every(secs(60))).by_hand();
    rig.body(event("ADDED", "a@11")).advance(secs(59));
    assert_eq!(rig.aborted.len(), 0);
    rig.advance(secs(1));
    assert_eq!((rig.aborted.len(), rig.uri().as_str()), (1, CHECK));
    assert!(rig.notices.is_empty(), "it is not a failure");
    let mut restored = rig.clone();
    rig.advance(secs(2)).reply(200, page("11", "t", &["a@5"])).open();
    rig.body(event("ADDED", "b@12")).advance(secs(59));
    assert_eq!(rig.aborted.len(), 1);
    rig.advance(secs(1));
    assert_eq!((rig.aborted.len(), rig.uri().as_str()), (2, CHECK), "a minute after the watch was opened");
    assert_eq!(rig.take_events(), ["ADDED Pod default/a@11", "ADDED Pod default/b@12"]);
    // If LIST is forbidden, there are no more checks because of that.
    rig.reply(403, status(403, "Forbidden", "no")).open().advance(secs(59));
    assert_eq!(rig.aborted.len(), 2);
    for _ in 0..3 {
        assert_eq!(restored.uri(), CHECK);
        restored.reply(200, page("7", "t", &["a@5"])).settle();
    }
    assert_eq!(restored.uri(), SET);
    // Without it, watches are left alone.
    let mut rig = Rig::live(pods()).by_hand();
    rig.body(bookmark("11")).advance(secs(149)).body(bookmark("11")).advance(secs(60));
    assert!(rig.aborted.is_empty());
    for period in [0, 9, 86_401] {
        assert!(pods().check_every(secs(period)).build().is_err());
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
fn a_compacted_history_ends_it_where_expiry_does() {
    let message = "etcd event received with PrevKv=nil (key=\\\"/registry/pods/a\\\", modRevision=12, type=DELETE)";
    let mut rig = Rig::live(pods().on_expired(OnExpired::Stop));
    rig.body(error(500, "InternalError", message));
    assert!(matches!(rig.done, Some(watch_core::Done::Expired(_))), "{:?}", rig.done);
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

/// kube-apiserver keeps its watches for 60 s after SIGTERM, while another process may have its port. Writes to that
/// process don't appear on the old watch, which ends without an error.
#[test]
fn a_watch_of_an_old_server_process_is_resumed_when_it_ends() {
    let mut rig = watching();
    rig.body(bookmark("11")).advance(secs(60)).end().settle();
    assert_eq!(rig.uri(), CHECK);
    rig.reply(200, page("14", "t", &["a@11"]));
    assert!(is_watch(&rig), "{}", rig.uri());
    rig.open().body(event("DELETED", "a@12") + &event("ADDED", "b@13") + &event("MODIFIED", "b@14"));
    let came = ["DELETED Pod default/a@12", "ADDED Pod default/b@13", "MODIFIED Pod default/b@14"];
    let events = rig.take_events();
    assert_eq!(events[events.len() - 3..], came);
    assert_eq!(rig.take_notices(), [""; 0]);
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

/// Otherwise an object that takes longer than the period never arrives.
#[test]
fn a_periodic_check_waits_for_the_rest_of_an_object() {
    let mut rig = Rig::live(pods().check_every(secs(30))).by_hand();
    let object = event("ADDED", "b@12");
    rig.advance(secs(25)).body(object[..60].to_owned()).advance(secs(20));
    assert!(rig.aborted.is_empty(), "{:?}", rig.aborted);
    rig.take_events();
    rig.body(object[60..].to_owned());
    assert_eq!(rig.take_events(), ["ADDED Pod default/b@12"]);
    rig.advance(secs(2)).settle();
    assert_eq!(rig.uri(), CHECK);
}

/// Events of which only the first makes the check possible, since the version of the list isn't a number.
#[test]
fn a_check_that_becomes_possible_late_waits_for_what_lies_ready() {
    let began = || {
        let mut rig = Rig::new(pods().check_every(secs(20))).by_hand();
        rig.reply(200, list("v-10", &[])).open().advance(secs(60));
        rig.take_events();
        rig
    };
    check_after_what_lies_ready(&began, &(event("ADDED", "a@11") + &event("ADDED", "b@12")));
}

/// A check that was put off in an earlier watch is put off for as long as any other in the next.
#[test]
fn how_often_a_check_was_put_off_is_forgotten_at_a_list() {
    let expired = error(410, "Expired", "too old resource version");
    for cut in CUTS {
        let mut rig = Rig::new(pods().check_every(secs(20))).by_hand();
        rig.reply(200, list("v-10", &[])).open().advance(secs(60));
        for piece in cut.pieces(&(event("ADDED", "a@11") + expired.trim_end()).into()) {
            rig.body(piece);
        }
        rig.settle().reply(200, list("v-11", &["a@11"])).open().advance(secs(60));
        let now = rig.now;
        rig.body(event("ADDED", "b@12"));
        assert_eq!(rig.wait.unwrap().until, Some(now + secs(1)), "{cut:?}");
    }
}

/// The check is due while an object arrives.
#[test]
fn a_check_after_a_slow_object_waits_for_what_lies_ready() {
    let (slow, next) = (event("ADDED", "a@11"), event("ADDED", "b@12"));
    let began = || {
        let mut rig = Rig::live(pods().check_every(secs(20))).by_hand();
        rig.body(slow[..60].to_owned()).advance(secs(30));
        rig
    };
    check_after_what_lies_ready(&began, &(slow[60..].to_owned() + &next));
}

/// The check is due while the watch is opened.
#[test]
fn a_check_after_a_slow_head_waits_for_what_lies_ready() {
    let began = || {
        let lasts = secs(asked(&Rig::live(pods())));
        let mut rig = Rig::live(pods().check_every(lasts + secs(2))).by_hand();
        rig.body(bookmark("10")).advance(lasts / 2).body(bookmark("10")).advance(lasts - lasts / 2).end().settle();
        rig.take_events();
        assert!(rig.aborted.is_empty() && rig.has_query("watch=true"), "it ended as announced");
        rig.advance(secs(3)).open();
        rig
    };
    check_after_what_lies_ready(&began, &(event("ADDED", "a@11") + &event("ADDED", "b@12")));
}

fn check_after_what_lies_ready(began: &dyn Fn() -> Rig, body: &str) {
    for cut in CUTS {
        let mut rig = began();
        for piece in cut.pieces(&body.to_owned().into()) {
            rig.body(piece);
        }
        assert_eq!(rig.take_events(), ["ADDED Pod default/a@11", "ADDED Pod default/b@12"], "{cut:?}");
        assert!(rig.aborted.is_empty(), "{cut:?}");
        rig.advance(secs(1));
        assert_eq!((rig.aborted.len(), rig.uri().as_str()), (1, CHECK), "{cut:?}: it follows after a moment");
    }
}

/// Objects that arrive in pieces, one after the other, don't put the check off for ever.
#[test]
fn a_check_by_time_comes_between_objects_that_keep_arriving() {
    let mut rig = Rig::live(pods().check_every(secs(20))).by_hand();
    let mut number = 11;
    while rig.aborted.is_empty() {
        let object = event("ADDED", &format!("a@{number}"));
        let half = Duration::from_millis(150);
        rig.body(object[..60].to_owned()).advance(half).body(object[60..].to_owned()).advance(half);
        number += 1;
        assert!(rig.now.since_origin() < secs(1025), "20 s, and a moment");
    }
    assert_eq!(rig.uri(), CHECK);
}

/// A periodic check that was due before the end of a watch isn't forgotten, however the end is handed in.
#[test]
fn a_check_that_is_due_at_the_end_of_a_watch_precedes_the_next() {
    let lasts = secs(asked(&Rig::live(pods())));
    for is_batch in [true, false] {
        let mut rig = Rig::live(pods().check_every(lasts)).by_hand();
        rig.advance(lasts - secs(1));
        let (id, bytes) = (rig.id(), event("ADDED", "b@12"));
        rig.now = rig.now + secs(1);
        rig.watcher.handle(watch_core::Input::Body { id, bytes: bytes.into() }).unwrap();
        if !is_batch {
            rig.drain();
        }
        rig.end().settle();
        assert_eq!(rig.uri(), CHECK, "batch: {is_batch}");
    }
}

#[test]
fn the_period_counts_from_the_last_list_too() {
    let mut rig = Rig::live(pods().check_every(secs(60))).by_hand();
    rig.advance(secs(50)).handle(watch_core::Input::Relist);
    rig.reply(200, list("11", &[])).open();
    let before = rig.aborted.len();
    rig.advance(secs(59));
    assert_eq!(rig.aborted.len(), before, "60 s after the list");
    rig.advance(secs(1));
    assert_eq!((rig.aborted.len(), rig.uri().as_str()), (before + 1, CHECK));
}

/// Otherwise no watch of a slow server would ever be opened.
#[test]
fn where_the_check_is_forbidden_a_slow_head_is_taken() {
    let mut rig = watching();
    rig.advance(secs(60)).end().settle();
    assert_eq!(rig.uri(), CHECK);
    rig.reply(403, status(403, "Forbidden", "no")).settle();
    assert!(is_watch(&rig), "{}", rig.uri());
    rig.advance(secs(4)).open();
    assert_eq!(rig.watcher.phase(), watch_core::Phase::Live);
    rig.body(event("ADDED", "b@12"));
    assert_eq!(rig.take_events().last().unwrap(), "ADDED Pod default/b@12");
}

/// A check is only wanted once: the slow head after it is taken, and the next one is suspicious again.
#[test]
fn each_slow_head_without_a_check_before_it_leads_to_one() {
    let mut rig = watching();
    for _ in 0..2 {
        reopening(&mut rig).advance(secs(4)).open().settle();
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, page("11", "t", &["a@5"])).settle().advance(secs(4)).open();
        assert_eq!(rig.watcher.phase(), watch_core::Phase::Live);
    }
    // A head within 3 s isn't suspicious.
    reopening(&mut rig).advance(secs(3)).open();
    assert_eq!(rig.watcher.phase(), watch_core::Phase::Live);
}

/// A watch that directly follows a list or a check stays open for all of the period, however long its head takes.
/// Otherwise a slow server would get a check, a watch, and the next check without end.
#[test]
fn slow_heads_do_not_shorten_the_period() {
    for slow in [19, 20, 21, 60] {
        let mut rig = Rig::live_soon(pods().check_every(secs(20))).by_hand();
        for round in 0..4 {
            let closed = rig.aborted.len();
            rig.advance(secs(slow)).open();
            // One input a poll.
            for piece in [&event("ADDED", "a@11")[..40], &event("ADDED", "a@11")[40..]] {
                rig.body(piece.to_owned());
            }
            rig.advance(secs(19));
            assert_eq!(rig.aborted.len(), closed, "head after {slow} s, round {round}");
            rig.advance(secs(1));
            assert_eq!((rig.aborted.len(), rig.uri().as_str()), (closed + 1, CHECK));
            rig.advance(secs(slow)).reply(200, page("11", "t", &["a@5"]));
        }
    }
}

/// A streaming list shows the server's version, but its watch isn't followed directly by the next one.
#[test]
fn a_slow_head_after_a_streaming_list_leads_to_a_check() {
    let mut rig = Rig::new(pods().start(Start::default())).by_hand();
    rig.open().body(initial_end("10"));
    let lasts = secs(asked(&rig));
    rig.body(event("ADDED", "a@11")).advance(lasts).end().settle();
    assert!(is_watch(&rig), "{}", rig.uri());
    rig.advance(secs(4)).open().settle();
    assert_eq!(rig.uri(), CHECK);
}

/// The period after a streaming list counts from its end marker, over more than one watch.
#[test]
fn the_period_after_a_streaming_list_counts_over_watches() {
    let config = || pods().start(Start::default());
    let lasts = asked(&Rig::new(config()));
    let mut rig = Rig::new(config().check_every(secs(lasts + 100))).by_hand();
    rig.open().advance(secs(20)).body(initial_end("10") + &event("ADDED", "a@11"));
    rig.advance(secs(lasts - 20)).end().settle().open();
    assert!(is_watch(&rig), "{}", rig.uri());
    rig.advance(secs(119));
    assert!(rig.aborted.is_empty());
    rig.advance(secs(1));
    assert_eq!(rig.uri(), CHECK);
}

/// Bytes that come just when the check is due, twice: a check doesn't come between those that are ready together.
#[test]
fn the_cuts_of_an_event_do_not_change_when_a_check_comes() {
    let requested = |cut: Cut, late: Duration| {
        let mut rig = Rig::live(pods().check_every(secs(20))).by_hand();
        for version in 11..15 {
            rig.now = rig.wait.unwrap().until.unwrap() + late;
            for piece in cut.pieces(&event("ADDED", &format!("a@{version}")).trim_end().to_owned().into()) {
                rig.body(piece);
            }
            if !rig.aborted.is_empty() {
                break;
            }
        }
        rig.wake();
        (rig.take_log(), rig.now)
    };
    for late in [0, 1, 1000].map(Duration::from_millis) {
        let uncut = requested(Cut::None, late);
        for cut in CUTS {
            assert_eq!(requested(cut, late), uncut, "{cut:?}, {late:?}");
        }
    }
}
