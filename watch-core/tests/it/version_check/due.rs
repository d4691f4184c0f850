//! Which ends of a watch are followed by a check.

use watch_core::{OnExpired, ResponseHead, Start, TransportErrorKind, Waiting};

use super::{CHECK, SET, asked, is_watch, reopening, watching};
use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, secs, status};

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

#[test]
fn a_compacted_history_ends_it_where_expiry_does() {
    let message = "etcd event received with PrevKv=nil (key=\\\"/registry/pods/a\\\", modRevision=12, type=DELETE)";
    let mut rig = Rig::live(pods().on_expired(OnExpired::Stop));
    rig.body(error(500, "InternalError", message));
    assert!(matches!(rig.done, Some(watch_core::Done::Expired(_))), "{:?}", rig.done);
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
