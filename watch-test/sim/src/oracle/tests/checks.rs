//! Watches that resume without a check, rollbacks that aren't accepted, and recoveries that take too long.

use watch_core::{Cause, During, Event, InitialCause, Instant, Next, Notice, Output, Phase, RequestId};

use super::{end, found, fresh, secs, trouble, version};
use crate::oracle::checks::Checks;
use crate::oracle::recovery::{Recovery, Seen, altogether};
use crate::plan::ClientSetup;
use crate::violation::Oracle;

fn retrying(during: During, cause: Cause, after: u64, next: Next) -> Output {
    let mut trouble = trouble();
    (trouble.during, trouble.cause) = (during, cause);
    Output::Notice(Notice::Retrying { trouble, attempt: 1, after: secs(after), next })
}

fn went_back() -> Cause {
    Cause::Rollback { seen: version(9), found: version(5) }
}

fn broken_watch() -> Output {
    let cause = trouble().cause.clone();
    retrying(During::Watch { after: None }, cause, 1, Next::Resume)
}

fn wait() -> Output {
    let mut watcher = fresh();
    while !matches!(watcher.poll(Instant::ORIGIN), Output::Wait(_)) {}
    watcher.poll(Instant::ORIGIN)
}

#[test]
fn a_watch_that_continues_unchecked() {
    let mut checks = Checks::default();
    checks.output(secs(1), &broken_watch(), Phase::BackingOff).unwrap();
    assert_eq!(found(checks.resumes(secs(2))), Some(Oracle::Checks));
    // A list was answered, or was complete.
    checks.answered();
    checks.resumes(secs(2)).unwrap();
    checks.output(secs(1), &broken_watch(), Phase::BackingOff).unwrap();
    checks.output(secs(1), &Output::Event(end(5)), Phase::Live).unwrap();
    checks.resumes(secs(2)).unwrap();
    // An end is as announced, or isn't.
    checks.ended(secs(300), secs(300), false);
    checks.resumes(secs(2)).unwrap();
    checks.ended(secs(200), secs(300), false);
    assert_eq!(found(checks.resumes(secs(2))), Some(Oracle::Checks));
    let mut checks = Checks::default();
    checks.resumed();
    assert_eq!(found(checks.resumes(secs(2))), Some(Oracle::Checks));
}

#[test]
fn an_end_handed_in_during_a_pause_may_be_checked_or_not() {
    let mut checks = Checks::default();
    checks.resumes(secs(1)).unwrap();
    checks.output(secs(2), &wait(), Phase::Live).unwrap();
    checks.news();
    checks.ended_during_a_pause();
    checks.clone().asks(secs(300), false, false).unwrap();
    checks.resumes(secs(300)).unwrap();
    // What was owed before still is.
    checks.output(secs(301), &broken_watch(), Phase::BackingOff).unwrap();
    checks.ended_during_a_pause();
    assert_eq!(found(checks.resumes(secs(302))), Some(Oracle::Checks));
}

#[test]
fn six_unanswered_checks_suffice_for_the_watches_after_them() {
    let mut checks = Checks::default();
    checks.resumed();
    for _ in 0..5 {
        checks.asks(secs(2), false, false).unwrap();
        assert_eq!(found(checks.clone().resumes(secs(2))), Some(Oracle::Checks));
    }
    checks.asks(secs(2), false, false).unwrap();
    checks.resumes(secs(2)).unwrap();
    // The watch had an event, and ended as announced.
    checks.news();
    checks.ended(secs(300), secs(300), false);
    checks.resumes(secs(300)).unwrap();
    // A later one breaks, and the server answers checks again.
    checks.output(secs(301), &broken_watch(), Phase::BackingOff).unwrap();
    assert_eq!(found(checks.resumes(secs(302))), Some(Oracle::Checks));
}

#[test]
fn a_check_after_a_watch_that_ended_as_announced() {
    let ended = |announced| {
        let mut checks = Checks::default();
        checks.resumes(secs(1)).unwrap();
        checks.output(secs(2), &wait(), Phase::Live).unwrap();
        checks.news();
        checks.ended(secs(300), secs(announced), false);
        checks
    };
    assert_eq!(found(ended(300).asks(secs(300), false, false)), Some(Oracle::Checks));
    ended(300).asks(secs(300), false, true).unwrap();
    // The driver polled later.
    ended(300).asks(secs(301), false, false).unwrap();
    ended(400).asks(secs(300), false, false).unwrap();
    let mut checks = ended(300);
    checks.output(secs(301), &broken_watch(), Phase::BackingOff).unwrap();
    checks.asks(secs(2), false, false).unwrap();
    // No new event arrived, or the clock went back.
    let mut checks = Checks::default();
    checks.ended(secs(300), secs(300), false);
    checks.asks(secs(2), false, false).unwrap();
}

/// The server's lists have opaque versions, so it isn't known whether a check is required. A silent watch doesn't inherit
/// the events of the watch before it.
#[test]
fn a_check_after_a_silent_watch_with_opaque_versions() {
    let mut checks = Checks::default();
    checks.opens();
    checks.news();
    checks.ended(secs(230), secs(230), false);
    assert_eq!(found(checks.clone().asks(secs(230), false, false)), Some(Oracle::Checks));
    checks.opens();
    checks.ended(secs(477), secs(477), false);
    checks.asks(secs(477), false, false).unwrap();
}

#[test]
fn an_outage_is_no_answer_to_a_check() {
    let mut checks = Checks::default();
    checks.resumed();
    for _ in 0..6 {
        checks.asks(secs(2), false, false).unwrap();
        checks.unanswered();
    }
    assert_eq!(found(checks.resumes(secs(2))), Some(Oracle::Checks));
}

/// The events of a WATCH show nothing about the server's version if the server repeats objects. A LIST does, and so does
/// a complete streaming list.
#[test]
fn a_check_answered_by_the_events_of_a_watch() {
    let checked = |is_by_watch| {
        let mut checks = Checks::default();
        checks.resumed();
        checks.asks(secs(2), is_by_watch, false).unwrap();
        assert!(!checks.is_answered_by_events(), "it isn't answered yet");
        checks.answered();
        checks.resumes(secs(2)).unwrap();
        checks
    };
    assert!(checked(true).is_answered_by_events());
    assert!(!checked(false).is_answered_by_events());
    let mut checks = checked(true);
    checks.asks(secs(300), false, true).unwrap();
    checks.resumes(secs(300)).unwrap();
    assert!(!checks.is_answered_by_events(), "the next check is a LIST");
    let mut checks = checked(true);
    checks.resumed();
    assert!(!checks.is_answered_by_events(), "another process begins");
    for output in [
        broken_watch(),
        retrying(During::VersionCheck, went_back(), 2, Next::Check),
        Output::Event(Event::InitialBegin { cause: InitialCause::Rollback }),
    ] {
        let mut checks = checked(true);
        checks.output(secs(3), &output, Phase::Live).unwrap();
        assert!(!checks.is_answered_by_events(), "{output:?}");
    }
}

/// Only the first of these checks is reported. Before that, a watch that was opened late isn't kept without an answer.
#[test]
fn after_enough_unanswered_checks_a_late_watch_is_kept() {
    let opened_late = |asks: u32| {
        let mut checks = Checks::default();
        (0..asks).for_each(|_| checks.asks(secs(2), false, false).unwrap());
        checks.resumes(secs(3)).unwrap();
        checks.output(secs(4), &wait(), Phase::Opening).unwrap();
        checks.output(secs(50), &wait(), Phase::Live)
    };
    opened_late(6).unwrap();
    opened_late(7).unwrap();
    assert_eq!(found(opened_late(5)), Some(Oracle::Checks));
}

#[test]
fn a_watch_that_was_opened_late_and_is_kept() {
    let mut checks = Checks::default();
    checks.resumes(secs(1)).unwrap();
    checks.output(secs(2), &wait(), Phase::Live).unwrap();
    checks.resumes(secs(10)).unwrap();
    assert_eq!(found(checks.output(secs(18), &wait(), Phase::Live)), Some(Oracle::Checks));
    // A watch after a check isn't checked.
    checks.answered();
    checks.resumes(secs(20)).unwrap();
    checks.output(secs(28), &wait(), Phase::Live).unwrap();
    // An aborted exchange isn't kept.
    checks.resumes(secs(30)).unwrap();
    let abort = Output::Abort(request());
    checks.output(secs(40), &abort, Phase::BackingOff).unwrap();
    checks.output(secs(40), &wait(), Phase::Live).unwrap();
}

#[test]
fn an_answer_before_the_last_watch_excuses_no_slow_opening() {
    let mut checks = Checks::default();
    // A streaming list, whose watch goes on after it.
    checks.output(secs(1), &Output::Event(end(5)), Phase::Live).unwrap();
    checks.ended(secs(300), secs(300), false);
    checks.resumes(secs(300)).unwrap();
    assert_eq!(found(checks.output(secs(304), &wait(), Phase::Live)), Some(Oracle::Checks));
}

#[test]
fn the_time_before_the_wait_for_a_head_does_not_count() {
    let mut checks = Checks::default();
    // A clock that went back is right again after the request.
    checks.resumes(secs(1)).unwrap();
    checks.output(secs(9), &wait(), Phase::Opening).unwrap();
    checks.output(secs(11), &wait(), Phase::Opening).unwrap();
    let mut late = checks.clone();
    checks.output(secs(12), &wait(), Phase::Live).unwrap();
    assert_eq!(found(late.output(secs(13), &wait(), Phase::Live)), Some(Oracle::Checks));
}

fn request() -> RequestId {
    super::watcher().1
}

#[test]
fn a_rollback_that_is_not_accepted() {
    let again = |after| retrying(During::VersionCheck, went_back(), after, Next::Check);
    let mut checks = Checks::default();
    checks.output(secs(1), &again(2), Phase::BackingOff).unwrap();
    checks.output(secs(3), &again(3), Phase::BackingOff).unwrap();
    let mut late = checks.clone();
    assert_eq!(found(checks.output(secs(6), &again(1), Phase::BackingOff)), Some(Oracle::Checks), "three are enough");
    let unanswered = |after| retrying(During::VersionCheck, trouble().cause.clone(), after, Next::Check);
    assert_eq!(found(late.output(secs(6), &unanswered(6), Phase::BackingOff)), Some(Oracle::Checks), "within 10 s");
    let mut checks = Checks::default();
    checks.output(secs(1), &again(2), Phase::BackingOff).unwrap();
    checks.output(secs(3), &retrying(During::VersionCheck, went_back(), 0, Next::Relist), Phase::BackingOff).unwrap();
    checks.output(secs(9), &again(9), Phase::BackingOff).unwrap();
}

#[test]
fn recoveries_that_take_too_long() {
    let setup = ClientSetup::default();
    let seen = |phase, is_open, is_ahead| Seen { phase, link: Some(1), is_open, is_ahead, is_within_an_object: false };
    let check = |seen: Seen, is_owed: bool, seconds: u64| {
        let mut recovery = Recovery::default();
        recovery.check(secs(1000), seen, is_owed, &setup).unwrap();
        found(recovery.check(secs(1000 + seconds), seen, is_owed, &setup))
    };
    for (name, seen, bound) in [
        ("silence", seen(Phase::Live, false, false), 307),
        ("a watch from the future", seen(Phase::Live, true, true), 307),
        ("a watch that is open", seen(Phase::Live, true, false), 32),
        ("an object", Seen { is_within_an_object: true, ..seen(Phase::Live, true, false) }, 62),
        ("a set", seen(Phase::StreamingList, true, false), 307),
        ("an answer", seen(Phase::Opening, true, false), 132),
        ("a wait", seen(Phase::BackingOff, false, false), 302),
    ] {
        assert_eq!(check(seen, false, bound), None, "{name}");
        assert_eq!(check(seen, false, bound + 1), Some(Oracle::Liveness), "{name}");
    }
    // A minute without a check, or without a useful answer; a request that hangs has its own bound.
    for (last, expected) in [(61, None), (63, Some(Oracle::Checks))] {
        let mut recovery = Recovery::default();
        let phases = [(0, Phase::BackingOff), (30, Phase::Opening), (31, Phase::BackingOff), (last, Phase::BackingOff)];
        let found =
            phases.map(|(at, phase)| found(recovery.check(secs(1000 + at), seen(phase, true, false), true, &setup)));
        assert_eq!(found, [None, None, None, expected]);
    }
    assert_eq!(check(seen(Phase::Opening, true, false), true, 63), None);
    // A client that makes progress has a bound for each recovery.
    let mut recovery = Recovery::default();
    for (at, phase) in [(0, Phase::BackingOff), (300, Phase::Opening), (400, Phase::Listing), (401, Phase::Live)] {
        recovery.check(secs(at), seen(phase, true, false), false, &setup).unwrap();
    }
    assert_eq!(altogether(&setup), secs(305 + 300 + 60 + 10 + 120 + 65));
}
