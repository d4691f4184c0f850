//! Lower bounds: early timeouts, a backoff that stays long, repeated notices, limits that aren't kept.

use core::time::Duration;

use watch_core::wire::Status;
use watch_core::{Cause, During, Event, Next, Notice, Object, Phase, Skipped, TimedOut, Timing};

use super::{found, object, secs, trouble, value};
use crate::oracle::backoff::Backoff;
use crate::oracle::limits::{Limits, depth};
use crate::oracle::rate::Rate;
use crate::oracle::reconnects::Reconnects;
use crate::oracle::repeats::Repeats;
use crate::oracle::timeouts::Timeouts;
use crate::plan::ClientSetup;
use crate::violation::Oracle;

fn retrying(attempt: u32, after: Duration, retry_after: Option<Duration>) -> Notice {
    let mut trouble = trouble();
    trouble.during = During::Watch { after: None };
    trouble.retry_after = retry_after;
    if retry_after.is_some() {
        trouble.cause = Cause::Status(Box::new(Status::new(429, "TooManyRequests", "")));
    }
    Notice::Retrying { trouble, attempt, after, next: Next::Resume }
}

#[test]
fn a_wait_beyond_an_overall_limit_is_rejected() {
    for (phase, most) in
        [(Phase::Opening, 65), (Phase::Refused, 10), (Phase::Listing, 600), (Phase::StreamingList, 305)]
    {
        let mut timeouts = Timeouts::default();
        timeouts.sent(secs(0), 290);
        assert_eq!(found(timeouts.wait(secs(5), secs(9999), phase)), None);
        assert_eq!(found(timeouts.wait(secs(4 + most), secs(9999), phase)), None, "{phase}");
        assert_eq!(found(timeouts.wait(secs(5 + most), secs(9999), phase)), Some(Oracle::Liveness), "{phase}");
        // The time for which the driver is busy doesn't count.
        timeouts.sent(secs(0), 290);
        assert_eq!(found(timeouts.wait(secs(5), secs(6), phase)), None);
        assert_eq!(found(timeouts.wait(secs(5 + most), secs(9999), phase)), None);
        // A new exchange has its full time.
        timeouts.sent(secs(5 + most), 290);
        assert_eq!(found(timeouts.wait(secs(5 + most), secs(9999), phase)), None);
    }
}

#[test]
fn a_timeout_that_is_put_off_again_and_again_is_rejected() {
    let check = |late_by: u64| {
        let mut timeouts = Timeouts::default();
        timeouts.sent(secs(0), 290);
        timeouts.wait(secs(0), secs(65), Phase::Opening).unwrap();
        timeouts.wait(secs(65), secs(66), Phase::Opening).unwrap();
        timeouts.wait(secs(66), secs(67), Phase::Opening).unwrap();
        let now = Duration::from_millis(67_000 + late_by);
        found(timeouts.wait(now, now + secs(1), Phase::Opening))
    };
    assert_eq!(check(0), Some(Oracle::Liveness));
    assert_eq!(check(100), Some(Oracle::Liveness));
    assert_eq!(check(101), None, "the driver is late");
}

#[test]
fn a_timeout_that_comes_early_is_rejected() {
    let mut timeouts = Timeouts::default();
    timeouts.sent(secs(100), 290);
    for (of, least) in [
        (TimedOut::Head, 65),
        (TimedOut::List, 60),
        (TimedOut::Object, 60),
        (TimedOut::ListEnd, 600),
        (TimedOut::InitialEnd, 30),
        (TimedOut::Bookmarks, 150),
        (TimedOut::Watch, 15),
    ] {
        let check = |lasted: u64| found(timeouts.check(secs(100 + lasted), of, secs(lasted)));
        assert_eq!(check(least), None);
        assert_eq!(check(least - 1), Some(Oracle::Liveness), "{of:?}");
    }
}

#[test]
fn a_backoff_that_does_not_reset_is_rejected() {
    let mut backoff = Backoff::default();
    (0..3).for_each(|_| backoff.sent());
    assert_eq!(found(backoff.check(&retrying(3, secs(4), None))), None);
    backoff.progress();
    assert_eq!(found(backoff.check(&retrying(1, secs(1), None))), None);
    assert_eq!(found(backoff.check(&retrying(4, secs(7), None))), Some(Oracle::Rate));
}

#[test]
fn a_retry_after_that_shortens_the_backoff_is_rejected() {
    let mut backoff = Backoff::default();
    (0..9).for_each(|_| backoff.sent());
    assert_eq!(found(backoff.check(&retrying(5, Duration::from_millis(12_800), Some(secs(1))))), None);
    assert_eq!(found(backoff.check(&retrying(5, secs(1), Some(secs(1))))), Some(Oracle::Patience));
    assert_eq!(found(backoff.check(&retrying(9, secs(29), Some(secs(1))))), Some(Oracle::Patience));
}

#[test]
fn reconnects_without_a_backoff_that_are_not_rare_are_rejected() {
    let millis = Duration::from_millis;
    let retrying = |attempt, after, cause| {
        let mut notice = retrying(attempt, after, None);
        if let Notice::Retrying { trouble, .. } = &mut notice {
            trouble.cause = cause;
        }
        notice
    };
    let check = |reconnects: &mut Reconnects, now: u64, attempt: u32, after: Duration| {
        let notice = retrying(attempt, after, Cause::Truncated { bytes: 1 });
        found(reconnects.check(secs(now), &notice, &Timing::default()))
    };
    let mut reconnects = Reconnects::default();
    assert_eq!(check(&mut reconnects, 1, 1, millis(199)), None);
    assert_eq!(check(&mut reconnects, 2, 2, millis(99)), None);
    assert_eq!(check(&mut reconnects, 30, 1, millis(900)), None);
    assert_eq!(check(&mut reconnects, 30, 1, millis(199)), Some(Oracle::Rate));
    assert_eq!(check(&mut reconnects, 31, 1, millis(199)), None);
    for (attempt, after) in [(1, 0), (1, 201), (2, 101), (3, 80), (3, 3_100)] {
        assert_eq!(check(&mut Reconnects::default(), 1, attempt, millis(after)), Some(Oracle::Rate), "{after}");
    }
    let refused = retrying(1, millis(199), Cause::Status(Box::new(Status::new(500, "InternalError", ""))));
    assert_eq!(found(Reconnects::default().check(secs(1), &refused, &Timing::default())), Some(Oracle::Rate));
}

/// A reconnect after 100 of 200 ms replaces a backoff of 1.2 s.
#[test]
fn a_wait_that_does_not_make_up_for_a_reconnect_is_rejected() {
    let millis = Duration::from_millis;
    let check = |reconnects: &mut Reconnects, attempt: u32, after: u64| {
        let mut notice = retrying(attempt, millis(after), None);
        if let Notice::Retrying { trouble, .. } = &mut notice {
            trouble.cause = Cause::Truncated { bytes: 1 };
        }
        found(reconnects.check(secs(1), &notice, &Timing::default()))
    };
    for (after, is_rejected) in [(1_600, true), (2_699, true), (2_701, false)] {
        let mut reconnects = Reconnects::default();
        assert_eq!(check(&mut reconnects, 1, 100), None);
        assert_eq!(reconnects.saved(2), millis(1_100));
        assert_eq!(check(&mut reconnects, 2, after), is_rejected.then_some(Oracle::Rate), "{after}");
        // That is made up for once.
        assert_eq!(check(&mut reconnects, 3, 3_200), None);
    }
    // After progress nothing is left of it, and a failure without a notice may have made up for it.
    for attempt in [1, 3] {
        let mut reconnects = Reconnects::default();
        assert_eq!(check(&mut reconnects, 1, 100), None);
        assert_eq!(check(&mut reconnects, attempt, 3_200), None, "{attempt}");
    }
}

#[test]
fn a_wait_that_makes_up_for_a_reconnect_shows_no_jitter() {
    let mut backoff = Backoff::default();
    (0..9).for_each(|_| backoff.sent());
    for _ in 0..64 {
        for (attempt, millis) in [(1, 150), (2, 4_000)] {
            assert_eq!(found(backoff.check(&retrying(attempt, Duration::from_millis(millis), None))), None);
        }
    }
}

#[test]
fn jitter_of_half_the_width_is_rejected() {
    let check = |delays: [u64; 2]| {
        let mut backoff = Backoff::default();
        let delays = delays.into_iter().cycle().take(64);
        delays
            .map(|millis| found(backoff.check(&retrying(1, Duration::from_millis(millis), None))))
            .find_map(|found| found)
    };
    assert_eq!(check([900, 1_500]), None);
    assert_eq!(check([900, 1_100]), Some(Oracle::Rate));
    assert_eq!(check([1_300, 3_100]), Some(Oracle::Rate));
}

#[test]
fn a_deletion_excuses_two_requests_without_progress() {
    let sends = |deletions: u32| {
        let mut rate = Rate::default();
        for _ in 0..deletions {
            rate.deleted();
        }
        (0..).find(|at| rate.sent(secs(3 * at), 0).is_err())
    };
    // 16 in a minute are allowed.
    assert_eq!(sends(0), Some(16));
    assert_eq!(sends(1), Some(18));
    // A server that repeats deletions doesn't excuse more.
    let mut rate = Rate::default();
    let at = (0..).find(|at| {
        rate.deleted();
        rate.sent(secs(2 * at), 0).is_err()
    });
    assert!(at.is_some_and(|at| at < 60), "{at:?}");
}

#[test]
fn a_notice_that_is_repeated_is_rejected() {
    let blocked = Notice::NeedsAttention { trouble: trouble(), after: Duration::ZERO };
    let skipped = Notice::Skipped { what: Skipped::BookmarkWithoutVersion };
    let mut fell_back = trouble();
    fell_back.during = During::StreamingList;
    let fell_back = Notice::FellBack { trouble: fell_back };
    let mut repeats = Repeats::default();
    repeats.sent(true);
    for notice in [blocked, skipped, fell_back] {
        assert_eq!(found(repeats.check(&notice)), None);
        assert_eq!(found(repeats.check(&notice)), Some(Oracle::Notices), "{notice}");
        repeats.progress();
        repeats.sent(true);
        assert_eq!(found(repeats.check(&notice)), None);
    }
}

#[test]
fn objects_and_errors_beyond_a_limit_are_rejected() {
    let setup = ClientSetup { largest: 64, nesting: Some(3), ..ClientSetup::default() };
    let check = |object: Object| found(Limits::default().event(&Event::Added(object), &setup));
    assert_eq!(check(object("a", 1, "")), None);
    assert_eq!(check(object("a", 1, &"x".repeat(200))), Some(Oracle::Resources));
    let mut deep = value("a", 1, "");
    deep["data"]["text"] = serde_json::json!([["]"]]);
    assert_eq!(depth(deep.to_string().as_bytes()), 4);
    assert_eq!(check(Object::parse(deep.to_string().into()).unwrap()), Some(Oracle::Resources));
    let mut limits = Limits::default();
    limits.handed_in(&[b'x'; 100]);
    assert_eq!(found(limits.waits_for_error(100)), None);
    assert_eq!(found(limits.waits_for_error(99)), Some(Oracle::Resources));
}
