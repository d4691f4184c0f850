//! A periodic check comes between two events, and not between events that are ready together.

use std::time::Duration;

use super::{CHECK, asked};
use crate::cuts::{CUTS, Cut};
use crate::rig::{Rig, bookmark, error, event, list, pods, secs};

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
