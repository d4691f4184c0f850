//! Wrong reasons, waits, ends and checkpoints.

use core::time::Duration;

use watch_core::wire::Status;
use watch_core::{Cause, Done, During, Instant, Next, Notice, Output, Phase, TimedOut, Wait};
use watch_test::check::Position;

use super::{found, fresh, trouble, watcher};
use crate::oracle::endings::{BrokenOff, Known};
use crate::oracle::notices::Notices;
use crate::oracle::{checkpoints, deadlines, endings, notices};
use crate::plan::ClientSetup;
use crate::violation::Oracle;

fn retrying(cause: Cause, after: Duration, next: Next) -> Notice {
    let mut trouble = trouble();
    (trouble.cause, trouble.during) = (cause, During::Watch { after: None });
    Notice::Retrying { trouble, attempt: 1, after, next }
}

#[test]
fn a_resume_from_an_expired_version_is_rejected() {
    let gone = |next| {
        let status = Status::new(410, "Expired", "");
        retrying(Cause::Status(Box::new(status)), Duration::from_millis(1234), next)
    };
    assert_eq!(found(Notices::default().check(&gone(Next::Relist), Duration::ZERO)), None);
    assert_eq!(found(Notices::default().check(&gone(Next::Resume), Duration::ZERO)), Some(Oracle::Restarts));
}

#[test]
fn a_version_that_is_given_up_without_a_reason_is_rejected() {
    let delivered = Position::At { revision: 7, timeline: 0 };
    assert_eq!(notices::gives_up(true, delivered, false), Ok(false));
    assert_eq!(notices::gives_up(false, Position::Unknown, false), Ok(false));
    assert_eq!(notices::gives_up(false, delivered, true), Ok(true));
    assert_eq!(notices::gives_up(false, delivered, false).unwrap_err().oracle, Oracle::Restarts);
}

#[test]
fn a_second_end_is_rejected() {
    assert_eq!(found(endings::again(&Done::Stopped, &Done::Stopped)), None);
    assert_eq!(found(endings::again(&Done::Stopped, &Done::DeadlineReached)), Some(Oracle::Silence));
}

#[test]
fn a_timeout_although_data_arrived_is_rejected() {
    let silence = Cause::Timeout { of: TimedOut::Bookmarks, lasted: Duration::from_secs(150) };
    let notice = retrying(silence, Duration::from_millis(1234), Next::Resume);
    assert_eq!(found(Notices::default().check(&notice, Duration::from_secs(150))), None);
    assert_eq!(found(Notices::default().check(&notice, Duration::from_secs(149))), Some(Oracle::Restarts));
}

#[test]
fn a_backoff_without_jitter_is_rejected() {
    let mut notices = Notices::default();
    let wait = |millis| retrying(trouble().cause, Duration::from_millis(millis), Next::Resume);
    assert_eq!(found(notices.check(&wait(800), Duration::ZERO)), None);
    assert_eq!(found(notices.check(&wait(1600), Duration::ZERO)), Some(Oracle::Rate));
}

#[test]
fn impatience_with_a_status_in_the_stream_is_rejected() {
    let mut status = Status::new(429, "TooManyRequests", "");
    status.details.retry_after_seconds = 9;
    let wait = |seconds| retrying(Cause::Status(Box::new(status.clone())), Duration::from_secs(seconds), Next::Resume);
    assert_eq!(found(Notices::default().check(&wait(9), Duration::ZERO)), None);
    assert_eq!(found(Notices::default().check(&wait(8), Duration::ZERO)), Some(Oracle::Patience));
}

#[test]
fn a_wait_beyond_the_deadline_is_rejected() {
    let (mut watcher, _) = watcher();
    let Output::Wait(wait) = watcher.poll(Instant::ORIGIN) else { panic!("it waits for the head") };
    let now = Duration::from_secs(10);
    let check = |seconds: Option<u64>, phase, has_bookmark| {
        let until = seconds.map(|seconds| Instant::from_origin(Duration::from_secs(seconds)));
        let mut wait: Wait = wait;
        wait.until = until;
        found(deadlines::check(now, &wait, phase, has_bookmark, 290))
    };
    for (phase, has_bookmark, most) in [
        (Phase::Opening, false, 65),
        (Phase::Listing, false, 60),
        (Phase::StreamingList, false, 30),
        (Phase::Refused, false, 10),
        (Phase::Live, true, 150),
        (Phase::Live, false, 305),
        (Phase::BackingOff, false, 300),
    ] {
        assert_eq!(check(Some(10 + most), phase, has_bookmark), None);
        assert_eq!(check(Some(11 + most), phase, has_bookmark), Some(Oracle::Liveness), "{phase}");
        assert_eq!(check(None, phase, has_bookmark), Some(Oracle::Liveness), "{phase}");
        // A wait whose time is over when it begins would never end.
        assert_eq!(check(Some(10), phase, has_bookmark), Some(Oracle::Spin), "{phase}");
    }
}

#[test]
fn ends_that_were_not_requested_are_rejected() {
    let check = |done, setup: &ClientSetup, was_stopped, seconds| {
        let time = Duration::from_secs(seconds);
        found(endings::check(&done, setup, Known { was_stopped, lasted: time, in_trouble: time }))
    };
    let plain = ClientSetup::default();
    let ending = ClientSetup { stop_on_expired: true, deadline: Some(9), patience: Some(9), ..plain.clone() };
    let gave_up = || Done::GaveUp { attempts: 3, last: trouble() };
    assert_eq!(check(Done::Stopped, &plain, true, 0), None);
    assert_eq!(check(Done::Expired(trouble()), &ending, false, 0), None);
    let refused = |code| {
        let mut trouble = trouble();
        trouble.cause = Cause::Status(Box::new(Status::new(code, "", "")));
        Done::Refused(trouble)
    };
    assert_eq!(check(refused(422), &plain, false, 0), None);
    assert_eq!(check(Done::DeadlineReached, &ending, false, 9), None);
    assert_eq!(check(gave_up(), &ending, false, 9), None);
    for (done, setup, was_stopped, seconds) in [
        (Done::Stopped, &plain, false, 0),
        (Done::Expired(trouble()), &plain, false, 0),
        (refused(422), &plain, true, 0),
        (refused(429), &plain, false, 0),
        (Done::DeadlineReached, &plain, false, 9),
        (Done::DeadlineReached, &ending, false, 8),
        (gave_up(), &plain, false, 9),
        (gave_up(), &ending, false, 8),
    ] {
        assert_eq!(check(done, setup, was_stopped, seconds), Some(Oracle::Endings));
    }
}

#[test]
fn a_truncated_body_that_counts_as_complete_is_rejected() {
    let send = fresh().poll(Instant::ORIGIN);
    let mut broken_off = BrokenOff::default();
    broken_off.ended(true);
    assert_eq!(found(broken_off.output(&send)), Some(Oracle::Endings));
    broken_off.ended(true);
    let notice = Notice::NeedsAttention { trouble: trouble(), after: Duration::ZERO };
    assert_eq!(found(broken_off.output(&Output::Notice(notice))), None);
    assert_eq!(found(broken_off.output(&send)), None);
}

#[test]
fn a_checkpoint_that_is_not_what_was_emitted_is_rejected() {
    let delivered = Position::At { revision: 7, timeline: 0 };
    let check = |version, position, is_from_now_on| found(checkpoints::check(version, position, is_from_now_on));
    assert_eq!(check(Some("7"), delivered, false), None);
    assert_eq!(check(Some("8"), delivered, false), Some(Oracle::Resumable));
    assert_eq!(check(Some("6"), delivered, false), Some(Oracle::Resumable));
    assert_eq!(check(None, delivered, false), Some(Oracle::Resumable));
    assert_eq!(check(Some("7"), Position::Unknown, false), Some(Oracle::Resumable));
    assert_eq!(check(Some("7"), Position::Unknown, true), None);
}
