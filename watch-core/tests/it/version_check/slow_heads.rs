//! A watch whose head is slow: a server may be waiting for a version that it doesn't have yet.

use watch_core::{Start, Waiting};

use super::{CHECK, asked, is_watch, reopening, watching};
use crate::rig::{Rig, event, initial_end, list, page, pods, secs, status};

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
