//! A driver that polls late, and hands in its inputs one at a time: nothing is lost, and the server isn't blamed for
//! the time that the driver or its computer needed.

use std::time::Duration;

use bytes::Bytes;
use watch_core::{Input, ResponseHead, Start, TransportErrorKind};

use crate::cuts::{CUTS, Cut};
use crate::rig::{Rig, bookmark, error, event, initial_end, list, pods, secs, status};

const HOUR: Duration = Duration::from_secs(3600);

/// The time before each input.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), HOUR];

/// No poll for an hour; then one input at a time.
fn hand_in_late(rig: &mut Rig, head: Option<ResponseHead>, body: &str, cut: Cut, pause: Duration) {
    let id = rig.id();
    rig.now = rig.now + HOUR;
    let mut pause_before = Duration::ZERO;
    let mut inputs: Vec<Input> = head.into_iter().map(|head| Input::Response { id, head }).collect();
    inputs.extend(cut.pieces(&Bytes::from(body.to_owned())).into_iter().map(|bytes| Input::Body { id, bytes }));
    for input in inputs {
        rig.now = rig.now + pause_before;
        pause_before = pause;
        rig.handle(input);
    }
}

fn ok() -> Option<ResponseHead> {
    Some(ResponseHead::new(200).with_content_type("application/json"))
}

/// An input that is a mistake of the driver is ignored: it doesn't prolong a wait, either.
#[test]
fn a_misuse_postpones_no_timeout() {
    let mut rig = Rig::new(pods());
    let id = rig.id();
    rig.now = rig.wait.unwrap().until.unwrap();
    assert!(rig.watcher.handle(Input::Body { id, bytes: Bytes::new() }).is_err());
    rig.drain();
    assert_eq!(rig.aborted, [id], "the head was awaited for as long as it may take");
}

#[test]
fn a_list_that_lies_ready_is_read() {
    for cut in CUTS {
        for pause in PAUSES {
            let mut rig = Rig::new(pods());
            hand_in_late(&mut rig, ok(), &list("10", &["a@5", "b@6"]), cut, pause);
            rig.end();
            let events = rig.take_events();
            assert_eq!(events[1..], ["INITIAL Pod default/a@5", "INITIAL Pod default/b@6", "INITIAL END @10"]);
            assert!(rig.aborted.is_empty() && rig.notices.is_empty(), "{cut:?} {pause:?}: {:?}", rig.notices);
        }
    }
}

#[test]
fn events_that_lie_ready_are_read_even_if_begun_before() {
    let body = event("ADDED", "a@11") + &bookmark("12") + &event("MODIFIED", "a@13");
    for cut in CUTS {
        for pause in PAUSES {
            for begun in [0, 40, event("ADDED", "a@11").len() + 10] {
                let mut rig = Rig::live(pods());
                rig.body(body[..begun].to_owned());
                hand_in_late(&mut rig, None, &body[begun..], cut, pause);
                assert_eq!(rig.take_events(), ["ADDED Pod default/a@11", "BOOKMARK @12", "MODIFIED Pod default/a@13"]);
                assert!(rig.aborted.is_empty() && rig.notices.is_empty(), "{cut:?} {pause:?}: {:?}", rig.notices);
            }
        }
    }
}

#[test]
fn a_streaming_list_that_lies_ready_is_not_given_up() {
    let body = event("ADDED", "a@5") + &event("ADDED", "b@6") + &initial_end("10");
    for cut in CUTS {
        for pause in PAUSES {
            let mut rig = Rig::new(pods().start(Start::default()));
            rig.open().body(body[..30].to_owned());
            hand_in_late(&mut rig, None, &body[30..], cut, pause);
            assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @10");
            assert!(rig.aborted.is_empty() && rig.notices.is_empty(), "{cut:?} {pause:?}: {:?}", rig.notices);
        }
    }
}

#[test]
fn the_body_of_a_refusal_is_read() {
    let mut rig = Rig::new(pods());
    let head = ResponseHead::new(403).with_content_type("application/json");
    hand_in_late(&mut rig, Some(head), &status(403, "Forbidden", "no"), Cut::Random(3), HOUR);
    rig.end();
    assert!(rig.take_notices()[0].contains("the server returned 403 Forbidden: no"));
}

#[test]
fn without_ready_input_the_timeout_counts_at_once() {
    let mut rig = Rig::live(pods());
    rig.now = rig.now + HOUR;
    rig.drain();
    assert_eq!(rig.aborted.len(), 1);
    // Part of what is awaited postpones the timeout for a moment, and no longer.
    let mut rig = Rig::live(pods());
    rig.now = rig.now + HOUR;
    rig.body(event("ADDED", "a@11")[..40].to_owned());
    assert!(rig.aborted.is_empty());
    assert!(rig.wait.unwrap().until.unwrap().since(rig.now) <= Duration::from_secs(1));
    rig.wake();
    assert_eq!(rig.aborted.len(), 1);
}

/// A consumer that is slow with each object of a list doesn't make the list late.
#[test]
fn the_time_of_a_slow_consumer_never_counts() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open();
    for version in 5..20 {
        rig.body(event("ADDED", &format!("pod-{version}@{version}"))).advance(Duration::from_secs(9));
        let id = rig.id();
        let bytes = event("ADDED", &format!("other-{version}@{version}"));
        rig.watcher.handle(Input::Body { id, bytes: bytes.into() }).unwrap();
        _ = rig.watcher.poll(rig.now);
        rig.now = rig.now + HOUR;
        rig.drain();
    }
    rig.body(initial_end("20"));
    assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @20");
    assert!(rig.notices.is_empty(), "{:?}", rig.notices);
}

/// The end of a watch that was handed in late has an unknown time, so a version check follows.
#[test]
fn an_end_that_is_handed_in_late_may_have_been_early() {
    let mut rig = Rig::live(pods()).by_hand();
    rig.body(event("ADDED", "a@11"));
    rig.now = rig.now + HOUR;
    rig.end().settle();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    rig.fail(TransportErrorKind::Reset);
}

/// A computer that slept through all of `give_up_after` tries the server again before it gives up.
#[test]
fn a_sleep_is_no_reason_to_give_up() {
    let config = pods().give_up_after(Duration::from_secs(60));
    let mut rig = Rig::new(config);
    rig.reply(503, status(503, "ServiceUnavailable", "starting"));
    rig.now = rig.now + HOUR;
    rig.drain();
    assert_eq!(rig.done, None);
    rig.reply(200, list("9", &["a@5"]));
    assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @9");
}

/// The driver comes at the very end of the wait, with the rest in two pieces.
#[test]
fn an_input_at_the_end_of_the_wait_is_in_time() {
    let object = event("ADDED", "a@11");
    let mut rig = Rig::live(pods());
    rig.body(object[..40].to_owned());
    rig.now = rig.wait.unwrap().until.unwrap();
    rig.body(object[40..60].to_owned()).body(object[60..].to_owned());
    assert_eq!(rig.take_events(), ["ADDED Pod default/a@11"]);
    assert!(rig.aborted.is_empty() && rig.notices.is_empty(), "{:?}", rig.notices);
}

/// The time to give up is over when the driver hands in the head. The list itself lies ready.
#[test]
fn what_lies_ready_counts_before_giving_up() {
    for late in [Duration::ZERO, HOUR] {
        let mut rig = Rig::new(pods().give_up_after(Duration::from_secs(30)));
        rig.fail(TransportErrorKind::Refused).until_sent();
        rig.now = rig.wait.unwrap().until.unwrap() + late;
        rig.open();
        assert_eq!(rig.done, None, "{late:?}");
        rig.body(list("9", &["a@5"])).end();
        assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @9", "{late:?}");
    }
}

/// The head and the end are handed in together, much later than they came: the watch may have lasted.
#[test]
fn a_watch_that_is_handed_in_late_is_not_short() {
    let mut rig = Rig::live_soon(pods());
    let id = rig.id();
    rig.now = rig.now + HOUR;
    rig.watcher.handle(Input::Response { id, head: ok().unwrap() }).unwrap();
    rig.watcher.handle(Input::End { id }).unwrap();
    rig.drain();
    assert_eq!(rig.take_notices(), [""; 0]);
    rig.settle();
    assert!(rig.has_query("watch=true"), "{}", rig.uri());
}

/// A watch that follows an exchange which was aborted while parts of its body were on their way.
fn live_after_an_abort() -> Rig {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11")).body(error(500, "InternalError", "etcd is gone")).settle();
    assert_eq!(rig.aborted.len(), 1);
    rig.open();
    rig.take_log();
    rig
}

/// How often each input of the aborted exchange is followed by a `poll`.
const STALE: [usize; 3] = [0, 1, 40];

/// Facts of an exchange that is over come first, each with a `poll`. What lies ready after them is in time.
#[test]
fn facts_of_an_exchange_that_is_over_change_nothing() {
    let body = event("ADDED", "b@12") + &event("MODIFIED", "b@13");
    for cut in CUTS {
        for pieces in STALE {
            let mut rig = live_after_an_abort();
            let (id, live) = (rig.aborted[0], rig.wait);
            rig.now = rig.now + HOUR;
            for _ in 0..pieces {
                rig.handle(Input::Body { id, bytes: Bytes::from_static(b"{") });
                assert_eq!(rig.wait, live, "the same wait goes on");
            }
            rig.handle(Input::End { id });
            for piece in cut.pieces(&body.clone().into()) {
                rig.body(piece);
            }
            assert_eq!(rig.take_log(), ["ADDED Pod default/b@12", "MODIFIED Pod default/b@13"], "{cut:?} {pieces}");
        }
    }
}

/// Nothing is ready after them, so the timeout is due at the same time as without them.
#[test]
fn facts_of_an_exchange_that_is_over_delay_no_timeout() {
    for pieces in STALE {
        let mut rig = live_after_an_abort();
        let id = rig.aborted[0];
        rig.now = rig.now + HOUR;
        for _ in 0..pieces {
            rig.handle(Input::Body { id, bytes: Bytes::from_static(b"{") });
        }
        rig.drain();
        assert_eq!(rig.aborted.len(), 2, "{pieces}");
    }
}

/// A driver that doesn't drop an exchange has a timeout a moment later, and no later than that.
#[test]
fn facts_of_a_past_exchange_hold_back_a_timeout_for_a_moment() {
    let mut rig = live_after_an_abort();
    let (id, due) = (rig.aborted[0], rig.wait.unwrap().until.unwrap());
    rig.now = due;
    while rig.aborted.len() == 1 {
        rig.handle(Input::Body { id, bytes: Bytes::from_static(b"{") });
        rig.now = rig.now + Duration::from_millis(100);
        assert!(rig.now.since(due) < Duration::from_secs(2), "it waits until {:?}", rig.wait);
    }
}

/// What the consumer requests isn't held back.
#[test]
fn a_relist_or_stop_before_a_fact_of_a_past_exchange_counts() {
    for input in [Input::Relist, Input::Stop] {
        for late in [Duration::ZERO, HOUR] {
            let mut rig = live_after_an_abort();
            rig.now = rig.now + late;
            let (old, live) = (rig.aborted[0], rig.id());
            rig.watcher.handle(input.clone()).unwrap();
            rig.handle(Input::End { id: old });
            assert_eq!(rig.aborted, [old, live], "{input:?}");
            assert!(rig.id() != live || rig.done.is_some(), "{input:?}");
        }
    }
}

/// A piece without bytes says nothing, so it's no sign of life either.
#[test]
fn an_empty_piece_changes_nothing() {
    for is_empty_ready in [true, false] {
        let mut rig = Rig::live(pods());
        rig.now = rig.now + HOUR;
        if is_empty_ready {
            rig.body(Bytes::new());
        }
        rig.drain();
        assert_eq!(rig.aborted.len(), 1, "{is_empty_ready}");
    }
    // The body of an error ends after it was silent for 2 s.
    let mut rig = Rig::new(pods());
    rig.head(ResponseHead::new(503));
    let due = rig.wait;
    rig.advance(Duration::from_secs(1)).body(Bytes::new());
    assert_eq!(rig.wait, due);
}

/// An event and the end of the watch are handed in late. The end may have been early, also if each has its own `poll`.
#[test]
fn an_end_after_an_event_handed_in_late_may_have_been_early() {
    for cut in CUTS {
        for is_one_a_poll in [true, false] {
            let mut rig = Rig::live(pods()).by_hand();
            let id = rig.id();
            rig.now = rig.now + HOUR;
            for bytes in cut.pieces(&event("ADDED", "a@11").into()) {
                rig.watcher.handle(Input::Body { id, bytes }).unwrap();
                if is_one_a_poll {
                    rig.drain();
                }
            }
            rig.end().settle();
            let check = "/api/v1/namespaces/default/pods?limit=1";
            assert_eq!(rig.uri(), check, "{cut:?}, one a poll: {is_one_a_poll}");
        }
    }
}

/// A driver that was late once, and has waited since, knows when the watch ended.
#[test]
fn an_end_long_after_a_late_event_is_in_time() {
    let mut rig = Rig::live(pods()).by_hand();
    rig.advance(Duration::from_secs(5));
    let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    let object = event("ADDED", "a@11");
    rig.body(object[..40].to_owned());
    // Later than the limit of an object, and earlier than the end of the watch.
    rig.now = rig.now + Duration::from_secs(61);
    rig.body(object[40..].to_owned());
    rig.advance(Duration::from_secs(asked - 66)).end().settle();
    assert!(rig.has_query("watch=true"), "{}", rig.uri());
}

/// One byte, with a given lateness, each time that the machine waited as long as it asked for. A server that drips, and
/// timers that fire a moment late, have this effect.
fn drip(mut rig: Rig, late: Duration, bytes: &[u8]) -> Rig {
    for byte in bytes.iter().cycle().take(2000) {
        if !rig.notices.is_empty() || !rig.aborted.is_empty() || rig.done.is_some() {
            break;
        }
        rig.now = rig.wait.unwrap().until.unwrap() + late;
        rig.body(vec![*byte]);
    }
    rig
}

/// Such a byte puts a timeout off once.
#[test]
fn bytes_that_come_just_when_a_timeout_is_due_put_it_off_once() {
    let text = event("ADDED", "a@11")[..40].to_owned();
    let opened = |mut rig: Rig| {
        rig.open();
        rig
    };
    let begun = || {
        let mut rig = Rig::live(pods());
        rig.body(text.clone());
        rig
    };
    let refused = || {
        let mut rig = Rig::new(pods());
        rig.head(ResponseHead::new(500).with_content_type("text/plain"));
        rig
    };
    let in_trouble = || {
        let mut rig = Rig::new(pods().give_up_after(secs(20)));
        rig.fail(TransportErrorKind::Reset).settle().open();
        rig.notices.clear();
        rig
    };
    for late in [0, 1, 20] {
        let late = Duration::from_millis(late);
        for (name, rig, within) in [
            ("list", opened(Rig::new(pods())), 60),
            ("object", begun(), 60),
            ("watch", Rig::live(pods()), 305),
            ("streaming list", opened(Rig::new(pods().start(Start::default()))), 30),
            ("error", refused(), 10),
            ("trouble", in_trouble(), 20),
            ("version check", Rig::live(pods().check_every(secs(30))).by_hand(), 30),
        ] {
            let began = rig.now;
            let rig = drip(rig, late, b" ");
            let lasted = rig.now.since(began);
            assert!(lasted <= secs(within + 2), "{name}, {late:?} late: {lasted:?}");
            assert!(!rig.notices.is_empty() || !rig.aborted.is_empty() || rig.done.is_some(), "{name}, {late:?} late");
        }
    }
}
