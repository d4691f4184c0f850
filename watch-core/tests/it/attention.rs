//! A reason that keeps the server unreachable and persists is reported as needing attention.

use watch_core::{Notice, Start, TransportErrorKind};

use crate::rig::{Rig, event, list, pods, status};

const PERSISTENT: [TransportErrorKind; 3] =
    [TransportErrorKind::Resolve, TransportErrorKind::Tls, TransportErrorKind::Credentials];

/// The number of notices of each kind since the last call: retries, and what needs attention.
fn noticed(rig: &mut Rig) -> (usize, usize) {
    let notices = std::mem::take(&mut rig.notices);
    let count = |holds: fn(&Notice) -> bool| notices.iter().filter(|notice| holds(notice)).count();
    (
        count(|notice| matches!(notice, Notice::Retrying { .. })),
        count(|notice| matches!(notice, Notice::NeedsAttention { .. })),
    )
}

fn fail(rig: &mut Rig, kind: TransportErrorKind, times: usize) -> (usize, usize) {
    for _ in 0..times {
        rig.fail(kind).until_sent();
    }
    noticed(rig)
}

/// For each request: a list, a streaming list, a watch, and a version check.
const ASKED: [fn() -> Rig; 4] = [
    || Rig::new(pods()),
    || Rig::new(pods().start(Start::default())),
    || Rig::live_soon(pods()),
    || {
        let mut rig = Rig::live(pods()).by_hand();
        rig.fail(TransportErrorKind::Refused).until_sent();
        assert!(rig.has_query("limit=1"));
        rig.notices.clear();
        rig
    },
];

#[test]
fn lasting_connect_failures_are_reported_once_and_retried() {
    for kind in PERSISTENT {
        for asked in ASKED {
            let mut rig = asked();
            assert_eq!(fail(&mut rig, kind, 4), (4, 0), "{kind:?}: it may be temporary");
            assert!(!rig.watcher.freshness().needs_attention);
            rig.fail(kind);
            let Some(Notice::NeedsAttention { trouble, .. }) = rig.notices.last() else {
                panic!("{kind:?}: {:?}", rig.notices)
            };
            assert!(matches!(&trouble.cause, watch_core::Cause::Transport(error) if error.kind == kind));
            assert!(rig.watcher.freshness().needs_attention);
            rig.until_sent();
            assert_eq!(noticed(&mut rig), (0, 1));
            assert_eq!(fail(&mut rig, kind, 10), (0, 0), "{kind:?}: it was reported");
        }
    }
}

#[test]
fn each_of_them_is_reported() {
    let mut rig = Rig::live_soon(pods());
    for kind in PERSISTENT {
        assert_eq!(fail(&mut rig, kind, 9).1, 1, "{kind:?}");
    }
    for kind in PERSISTENT {
        assert_eq!(fail(&mut rig, kind, 9).1, 0, "{kind:?}: again");
    }
}

#[test]
fn another_failure_in_between_resets_the_count() {
    for kind in PERSISTENT {
        let mut rig = Rig::live_soon(pods());
        for _ in 0..5 {
            fail(&mut rig, kind, 4);
            if rig.uri().ends_with("limit=1") {
                rig.reply(503, status(503, "ServiceUnavailable", "")).until_sent();
            } else {
                rig.fail(TransportErrorKind::Reset).until_sent();
            }
            assert_eq!(noticed(&mut rig), (1, 0), "{kind:?}");
        }
    }
}

#[test]
fn after_progress_they_are_reported_again() {
    for kind in PERSISTENT {
        let mut rig = Rig::new(pods());
        assert_eq!(fail(&mut rig, kind, 6), (4, 1));
        rig.reply(200, list("10", &["a@5"])).open().body(event("ADDED", "b@11"));
        assert_eq!(fail(&mut rig, kind, 3), (3, 0));
        rig.reply(200, list("11", &[])).fail(kind).until_sent();
        assert_eq!(noticed(&mut rig), (1, 0), "{kind:?}: there was an answer in between");
        assert_eq!(fail(&mut rig, kind, 5).1, 1);
    }
}

#[test]
fn an_outage_needs_no_attention() {
    use TransportErrorKind::{Connect, Other, Protocol, Refused, Reset, Timeout, Truncated};
    for kind in [Refused, Connect, Reset, Truncated, Timeout, Protocol, Other] {
        for asked in ASKED {
            let mut rig = asked();
            assert_eq!(fail(&mut rig, kind, 12).1, 0, "{kind:?}");
        }
    }
}
