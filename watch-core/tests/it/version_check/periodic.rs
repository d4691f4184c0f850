//! When a periodic check is due.

use watch_core::{Input, Start};

use super::{CHECK, SET, asked, is_watch};
use crate::rig::{Rig, bookmark, event, initial_end, list, page, pods, secs, status};

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

/// A periodic check that was due before the end of a watch isn't forgotten, however the end is handed in.
#[test]
fn a_check_that_is_due_at_the_end_of_a_watch_precedes_the_next() {
    let lasts = secs(asked(&Rig::live(pods())));
    for is_batch in [true, false] {
        let mut rig = Rig::live(pods().check_every(lasts)).by_hand();
        rig.advance(lasts - secs(1));
        let (id, bytes) = (rig.id(), event("ADDED", "b@12"));
        rig.now = rig.now + secs(1);
        rig.watcher.handle(Input::Body { id, bytes: bytes.into() }).unwrap();
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
    rig.advance(secs(50)).handle(Input::Relist);
    rig.reply(200, list("11", &[])).open();
    let before = rig.aborted.len();
    rig.advance(secs(59));
    assert_eq!(rig.aborted.len(), before, "60 s after the list");
    rig.advance(secs(1));
    assert_eq!((rig.aborted.len(), rig.uri().as_str()), (before + 1, CHECK));
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
