//! The documented numbers, exactly: one step before, and at the limit.

use std::time::Duration;

use watch_core::{
    Cause, ConfigBuilder, InitialList, Input, Limits, Notice, OnExpired, Phase, RequestKind, ResponseHead, Start,
    TimedOut, Timing, TransportErrorKind, Waiting,
};

use crate::cuts::CUTS;
use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, secs, status};

const STEP: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A quarter of the shortest backoff.
const SPREAD: Duration = Duration::from_millis(200);

fn is_valid(config: ConfigBuilder) -> bool {
    config.build().is_ok()
}

#[test]
fn each_timeout_is_from_1_s_to_24_h() {
    type Field = fn(&mut Timing) -> &mut Duration;
    let fields: [Field; 9] = [
        |timing| &mut timing.watch,
        |timing| &mut timing.grace,
        |timing| &mut timing.response_timeout,
        |timing| &mut timing.list_item_timeout,
        |timing| &mut timing.page_timeout,
        |timing| &mut timing.idle_timeout,
        |timing| &mut timing.object_timeout,
        |timing| &mut timing.initial_events_timeout,
        |timing| &mut timing.longest_retry_after,
    ];
    for (number, field) in fields.into_iter().enumerate() {
        let with = |value| {
            let mut timing = Timing::default();
            *field(&mut timing) = value;
            is_valid(pods().timing(timing))
        };
        assert_eq!(
            [with(secs(1) - STEP), with(secs(1)), with(DAY), with(DAY + STEP)],
            [false, true, true, false],
            "{number}"
        );
    }
}

#[test]
fn each_backoff_has_its_range() {
    let with = |shortest, longest| {
        let mut timing = Timing::default();
        (timing.shortest_backoff, timing.longest_backoff) = (shortest, longest);
        pods().timing(timing).build().err().map(|error| error.to_string())
    };
    let least = Duration::from_millis(100);
    assert_eq!([with(least, secs(5)), with(secs(5), secs(5)), with(DAY, DAY)], [None, None, None]);
    let shortest = "timing.shortest_backoff must be from 100 ms to timing.longest_backoff";
    let longest = "timing.longest_backoff must be from 5 s to 24 h";
    for (found, expected) in [
        (with(least - STEP, secs(5)), shortest),
        (with(secs(5) + STEP, secs(5)), shortest),
        (with(least, secs(5) - STEP), longest),
        (with(least, DAY + STEP), longest),
    ] {
        assert_eq!(found.as_deref(), Some(expected));
    }
}

#[test]
fn each_limit_has_its_range() {
    let with = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        is_valid(pods().limits(limits))
    };
    type Case = (fn(&mut Limits), bool);
    let cases: [Case; 16] = [
        (|limits| limits.object = 63, false),
        (|limits| limits.object = 64, true),
        (|limits| limits.object = 1 << 30, true),
        (|limits| limits.object = (1 << 30) + 1, false),
        (|limits| limits.nesting = 3, false),
        (|limits| limits.nesting = 4, true),
        (|limits| limits.nesting = 512, true),
        (|limits| limits.nesting = 513, false),
        (|limits| limits.continue_token = 0, true),
        (|limits| limits.continue_token = (16 << 10) + 1, false),
        (|limits| limits.error_body = 16 << 20, true),
        (|limits| limits.error_body = (16 << 20) + 1, false),
        (|limits| limits.pages = 0, false),
        (|limits| limits.pages = 1, true),
        (|limits| limits.objects = 0, false),
        (|limits| limits.objects = 1, true),
    ];
    for (number, (change, is_right)) in cases.into_iter().enumerate() {
        assert_eq!(with(change), is_right, "{number}");
    }
    let every = |period| is_valid(pods().check_every(period));
    assert_eq!([every(secs(10) - STEP), every(secs(10)), every(DAY), every(DAY + STEP)], [false, true, true, false]);
}

/// How long the machine waits until it sends the next request.
fn pause(rig: &mut Rig) -> Duration {
    let before = rig.now;
    if rig.wait.unwrap().on == Waiting::Backoff {
        rig.until_sent();
    }
    rig.now.since(before)
}

/// 0.8 s, 1.6 s … 30 s, plus a random part of up to the same length.
#[test]
fn each_backoff_is_its_delay_and_up_to_as_much() {
    let delays = [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0].map(Duration::from_secs_f64);
    let mut halves = [[0; 2]; 8];
    for seed in 0..40 {
        let mut rig = Rig::new(pods().seed(seed));
        for (delay, halves) in delays.iter().zip(&mut halves) {
            rig.fail(TransportErrorKind::Refused);
            let found = pause(&mut rig);
            assert!((*delay..2 * *delay).contains(&found), "seed {seed}: {found:?} for {delay:?}");
            halves[usize::from(found >= *delay * 3 / 2)] += 1;
        }
    }
    assert!(halves.iter().flatten().all(|count| *count >= 8), "{halves:?}");
}

#[test]
fn the_backoff_is_that_of_the_configuration() {
    let mut timing = Timing::default();
    (timing.shortest_backoff, timing.longest_backoff) = (secs(2), secs(9));
    let mut rig = Rig::new(pods().timing(timing));
    for delay in [2, 4, 8, 9, 9] {
        let found = pause(rig.fail(TransportErrorKind::Refused));
        assert!((secs(delay)..secs(2 * delay)).contains(&found), "{found:?} for {delay} s");
    }
}

/// A relist after a wait of up to twice the longest backoff isn't the first one after a calm time.
#[test]
fn a_long_backoff_is_no_calm_time_between_relists() {
    let mut timing = Timing::default();
    (timing.shortest_backoff, timing.longest_backoff) = (secs(400), secs(400));
    let mut rig = Rig::live(pods().timing(timing));
    rig.body(event("ADDED", "a@11") + &error(410, "Expired", "old"));
    assert_eq!(pause(&mut rig), Duration::ZERO);
    for version in [20, 30, 40] {
        rig.reply(200, list(&version.to_string(), &[])).open();
        rig.body(event("ADDED", &format!("a@{}", version + 1)) + &error(410, "Expired", "old"));
        assert!(pause(&mut rig) >= secs(400), "{version}");
    }
}

/// The first time within a quarter of the shortest backoff, the second time within an eighth. Both count for the backoff,
/// and the third wait makes up for the time that they saved.
#[test]
fn an_open_watch_that_breaks_resumes_without_a_backoff_twice() {
    let mut halves = [[0; 2]; 2];
    for seed in 0..100 {
        let mut rig = Rig::live(pods().seed(seed));
        let began = rig.now;
        for (spread, halves) in [SPREAD, SPREAD / 2].into_iter().zip(&mut halves) {
            let found = pause(rig.fail(TransportErrorKind::Reset));
            assert!(found < spread, "seed {seed}: {found:?} of {spread:?}");
            halves[usize::from(found >= spread / 2)] += 1;
            rig.open();
        }
        pause(rig.fail(TransportErrorKind::Reset));
        // The backoff of three failures is 5.6 to 11.2 s.
        let found = rig.now.since(began);
        assert!(
            (Duration::from_millis(5_600)..Duration::from_millis(11_200)).contains(&found),
            "seed {seed}: {found:?}"
        );
        // Nothing is left to make up for.
        let found = pause(rig.open().fail(TransportErrorKind::Reset));
        assert!(
            (Duration::from_millis(6_400)..Duration::from_millis(12_800)).contains(&found),
            "seed {seed}: {found:?}"
        );
    }
    assert!(halves.iter().flatten().all(|count| *count >= 30), "{halves:?}");
}

/// What earlier reconnects saved doesn't lengthen it beyond the bound.
#[test]
fn a_fruitless_watch_is_followed_within_ten_seconds() {
    for seed in 0..100 {
        let mut rig = Rig::live(pods().seed(seed));
        for _ in 0..2 {
            pause(rig.fail(TransportErrorKind::Reset));
            rig.open();
        }
        let opened = rig.now;
        rig.advance(secs(5)).end().settle();
        assert!(rig.now.since(opened) <= secs(10), "seed {seed}: {:?}", rig.now.since(opened));
    }
}

#[test]
fn only_a_watch_that_was_open_resumes_without_a_backoff() {
    type Break = fn(&mut Rig);
    let breaks: [(&str, Break, bool); 7] = [
        ("reset", |rig| _ = rig.open().fail(TransportErrorKind::Reset), true),
        ("cut in mid-event", |rig| _ = rig.open().body("{\"type\":").end(), true),
        ("a dead connection", |rig| _ = rig.open().body(bookmark("10")).advance(secs(150)), true),
        ("reset before the head", |rig| _ = rig.fail(TransportErrorKind::Reset), false),
        ("empty", |rig| _ = rig.open().end(), false),
        ("429 in the stream", |rig| _ = rig.open().body(error(429, "TooManyRequests", "slow down")), false),
        ("500 in the stream", |rig| _ = rig.open().body(error(500, "InternalError", "etcd")), false),
    ];
    for (name, break_off, is_soon) in breaks {
        let mut rig = Rig::live_soon(pods());
        break_off(&mut rig);
        let found = pause(&mut rig);
        assert_eq!(found < SPREAD, is_soon, "{name}: {found:?}");
    }
}

/// Also if each watch brings something new.
#[test]
fn at_most_two_reconnects_in_30_s_have_no_backoff() {
    for (later, is_soon) in [(secs(30) - STEP, false), (secs(30), true)] {
        let mut rig = Rig::live(pods());
        let mut reconnect = |version: u64| {
            let found = pause(rig.body(event("ADDED", &format!("a@{version}"))).fail(TransportErrorKind::Reset));
            rig.open();
            (found, rig.now)
        };
        let begin = reconnect(11);
        assert!(begin.0 < SPREAD && reconnect(12).0 < SPREAD);
        let (found, now) = reconnect(13);
        assert!((Duration::from_millis(800)..secs(2)).contains(&found), "{found:?}");
        // The reconnect counts from when the watch broke.
        let broke = now.since(begin.1) + begin.0;
        rig.advance(later - broke);
        let found = pause(rig.body(event("ADDED", "a@14")).fail(TransportErrorKind::Reset));
        assert_eq!(found < SPREAD, is_soon, "{found:?}");
    }
}

/// So that watches that began together don't end together.
#[test]
fn each_watch_is_asked_for_up_to_a_quarter_less() {
    let times: Vec<u64> = (0..200)
        .map(|seed| {
            let rig = Rig::live_soon(pods().seed(seed));
            rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap()
        })
        .collect();
    // 290 s, less up to 72.5 s, rounded up.
    assert!(times.iter().all(|time| (218..=290).contains(time)), "{times:?}");
    assert!(times.iter().any(|time| *time < 225) && times.iter().any(|time| *time > 283), "{times:?}");
}

/// A relist costs the server a complete list, so an immediate one follows only after 120 s without one.
#[test]
fn a_relist_is_immediate_after_120_s_without_one() {
    for (calm, is_immediate) in [(secs(120) - STEP, false), (secs(120), true)] {
        let mut rig = Rig::live(pods());
        rig.body(event("ADDED", "a@11") + &error(410, "Expired", "old"));
        assert_eq!(pause(&mut rig), Duration::ZERO);
        rig.reply(200, list("12", &[])).open().body(event("ADDED", "a@13"));
        rig.advance(calm).body(event("ADDED", "a@14") + &error(410, "Expired", "old"));
        assert_eq!(pause(&mut rig).is_zero(), is_immediate, "{calm:?}");
    }
}

/// 2 to 3 s, four times. Then answers that keep disagreeing are asked for less often.
#[test]
fn four_confirmations_are_prompt() {
    let mut rig = Rig::live(pods()).by_hand();
    rig.body(event("ADDED", "a@11")).fail(TransportErrorKind::Reset).settle();
    let mut waits = Vec::new();
    // The server is outdated twice, and then it isn't, again and again.
    for _ in 0..4 {
        for _ in 0..2 {
            rig.reply(200, page("7", "t", &["a@5"]));
            waits.push(pause(&mut rig));
        }
        rig.reply(200, page("11", "t", &["a@5"])).fail(TransportErrorKind::Reset).settle();
    }
    let base = [2, 2, 2, 2, 4, 8, 16, 30].map(secs);
    for (wait, base) in waits.iter().zip(base) {
        assert!((base..base * 3 / 2).contains(wait), "{waits:?}");
    }
}

/// This many events of one version are remembered. One more is repeated rather than lost.
#[test]
fn sixteen_events_of_one_version_are_remembered() {
    for (count, repeated) in [(16, 0), (17, 1)] {
        let mut rig = Rig::live(pods());
        let body: String = (0..count).map(|number| event("ADDED", &format!("pod-{number}@11"))).collect();
        rig.body(body.clone());
        assert_eq!(rig.take_events().len(), count);
        rig.body(body);
        assert_eq!(rig.take_events().len(), repeated, "{count}");
    }
}

#[test]
fn a_watch_without_an_event_is_short_if_it_ends_within_a_second() {
    for (lasted, is_short) in [(secs(1) - STEP, true), (secs(1), false)] {
        let mut rig = Rig::live(pods());
        rig.take_notices();
        rig.advance(lasted).end();
        let notices = rig.take_notices();
        assert_eq!(notices.iter().any(|notice| notice.contains("without a new event")), is_short, "{notices:?}");
    }
}

/// The server is healthy, even without an event: the backoff starts small again.
#[test]
fn a_watch_that_lasted_30_s_is_progress() {
    for (lasted, is_progress) in [(secs(30) - STEP, false), (secs(30), true)] {
        let mut rig = Rig::live(pods());
        for _ in 0..4 {
            rig.fail(TransportErrorKind::Reset).until_sent();
        }
        rig.open().advance(lasted).fail(TransportErrorKind::Reset);
        assert_eq!(rig.watcher.freshness().attempts, if is_progress { 1 } else { 5 }, "{lasted:?}");
    }
    // A streaming list that isn't complete shows nothing, however long it takes.
    let mut timing = Timing::default();
    timing.initial_events_timeout = secs(200);
    let mut rig = Rig::new(pods().start(Start::default()).timing(timing));
    rig.fail(TransportErrorKind::Refused).until_sent();
    rig.open().body(event("ADDED", "a@5")).advance(secs(60)).fail(TransportErrorKind::Reset);
    assert_eq!(rig.watcher.freshness().attempts, 2);
}

/// client-go's `minRestartDelay`: also between watches that each bring something.
#[test]
fn watches_begin_at_least_a_second_apart() {
    let mut rig = Rig::live(pods());
    let mut begun = rig.now;
    for version in 11..20 {
        rig.advance(Duration::from_millis(10 * version)).body(event("ADDED", &format!("a@{version}"))).end().settle();
        assert_eq!(rig.now.since(begun), secs(1), "{version}");
        rig.open();
        begun = rig.now;
    }
    // One that lasted longer is followed within a quarter of the shortest backoff.
    rig.advance(secs(2)).body(event("ADDED", "a@20")).end();
    assert!(pause(&mut rig) < SPREAD);
    // One that lasted as long as requested is followed at once: watches that begin together end at different times.
    let until = rig.open().wait.unwrap().until.unwrap();
    rig.advance(until.since(rig.now).saturating_sub(secs(15))).end();
    assert_eq!(pause(&mut rig), Duration::ZERO);
    // Without events the distance grows, up to ten seconds.
    let mut rig = Rig::live(pods());
    let mut longest = Duration::ZERO;
    for _ in 0..12 {
        let begun = rig.now;
        rig.advance(secs(2)).end().settle();
        let apart = rig.now.since(begun);
        assert!(apart <= secs(10), "{apart:?}");
        longest = longest.max(apart);
        rig.open();
    }
    assert_eq!(longest, secs(10));
}

/// The objects with which a watch begins arrive within 10 s.
#[test]
fn old_objects_are_repeats_in_the_first_10_s() {
    for (after, is_repeat) in [(secs(10), true), (secs(10) + STEP, false)] {
        let mut rig = Rig::new(pods()).by_hand();
        rig.reply(200, list("9", &["a@5", "b@7"])).open();
        rig.take_events();
        rig.advance(after).body(event("ADDED", "a@5"));
        assert_eq!(rig.take_events().len(), usize::from(is_repeat), "{after:?}");
        assert_eq!(rig.aborted.is_empty(), is_repeat, "{after:?}");
    }
}

/// The first failure after this time, with the time that it names.
fn times_out(mut rig: Rig, after: Duration) -> (TimedOut, Duration) {
    rig.notices.clear();
    rig.advance(after - STEP);
    assert!(rig.notices.is_empty(), "{:?} before {after:?}", rig.notices);
    rig.advance(STEP);
    match rig.notices.first() {
        Some(Notice::Retrying { trouble, .. } | Notice::FellBack { trouble }) => match trouble.cause {
            Cause::Timeout { of, lasted } => (of, lasted),
            ref other => panic!("{other:?}"),
        },
        other => panic!("{other:?} after {after:?}"),
    }
}

#[test]
fn each_timeout_ends_when_its_time_is_over() {
    let streaming = || Rig::new(pods().start(Start::default()));
    let half = |kind: &str| event(kind, "a@11")[..50].to_owned();
    assert_eq!(times_out(Rig::new(pods()), secs(65)), (TimedOut::Head, secs(65)));
    assert_eq!(times_out(Rig::live_soon(pods()), secs(65)), (TimedOut::Head, secs(65)));
    let mut rig = Rig::new(pods());
    rig.open();
    assert_eq!(times_out(rig.clone(), secs(60)), (TimedOut::List, secs(60)));
    // Half an item doesn't prolong it.
    rig.advance(secs(20)).body(&list("10", &["a@5"]).as_bytes()[..90].to_owned().leak()[..]);
    assert_eq!(times_out(rig.clone(), secs(40)), (TimedOut::List, secs(60)));
    let mut rig = Rig::live(pods());
    rig.body(half("ADDED"));
    assert_eq!(times_out(rig, secs(60)), (TimedOut::Object, secs(60)));
    let mut rig = Rig::live(pods());
    rig.body(bookmark("10"));
    assert_eq!(times_out(rig, secs(150)), (TimedOut::Bookmarks, secs(150)));
    let rig = Rig::live(pods());
    let asked: u64 = rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap();
    assert_eq!(times_out(rig, secs(asked + 15)), (TimedOut::Watch, secs(asked + 15)));
    let mut rig = streaming();
    rig.open();
    assert_eq!(times_out(rig.clone(), secs(30)), (TimedOut::InitialEnd, secs(30)));
    rig.advance(secs(20)).body(event("ADDED", "a@5"));
    assert_eq!(times_out(rig.clone(), secs(30)), (TimedOut::InitialEnd, secs(30)));
    // Neither a change nor a bookmark is an object of the list.
    rig.advance(secs(20)).body(event("MODIFIED", "a@6") + &event("DELETED", "a@7") + &bookmark("8"));
    assert_eq!(times_out(rig, secs(10)), (TimedOut::InitialEnd, secs(30)));
}

#[test]
fn the_time_of_a_page_counts_in_total() {
    let mut rig = Rig::new(pods());
    rig.open().body(r#"{"metadata":{"resourceVersion":"10"},"items":["#);
    for number in 0..12 {
        let comma = if number == 0 { "" } else { "," };
        let pause = if number < 11 { secs(50) } else { Duration::ZERO };
        rig.body(format!(r#"{comma}{{"metadata":{{"name":"a{number}","resourceVersion":"5"}}}}"#)).advance(pause);
    }
    assert_eq!(times_out(rig, secs(50)), (TimedOut::ListEnd, secs(600)));
}

#[test]
fn the_longest_retry_after_is_respected_and_no_longer_one() {
    for (asked, waits) in [(300, 300), (301, 300), (u64::MAX, 300), (299, 299)] {
        let head = watch_core::ResponseHead::new(503).with_retry_after(secs(asked));
        let mut rig = Rig::new(pods());
        rig.head(head).end();
        assert_eq!(pause(&mut rig), secs(waits), "{asked}");
    }
    // A shorter one doesn't shorten the backoff.
    let mut rig = Rig::new(pods());
    for _ in 0..5 {
        rig.fail(TransportErrorKind::Refused).until_sent();
    }
    rig.head(watch_core::ResponseHead::new(429).with_retry_after(secs(1))).end();
    assert!(pause(&mut rig) >= Duration::from_secs_f64(25.6));
}

fn limited(change: impl FnOnce(&mut Limits)) -> ConfigBuilder {
    let mut limits = Limits::default();
    change(&mut limits);
    pods().limits(limits)
}

fn is_too_many(rig: &Rig) -> bool {
    rig.notices.iter().any(|notice| match notice {
        Notice::NeedsAttention { trouble, .. } | Notice::FellBack { trouble } => {
            matches!(trouble.cause, Cause::TooManyObjects { limit: 3 })
        }
        _ => false,
    })
}

/// On all pages of a list together.
#[test]
fn a_list_has_at_most_the_objects_that_it_may_have() {
    let config = || limited(|limits| limits.objects = 3);
    for (count, is_complete) in [(3, true), (4, false)] {
        let names: Vec<_> = (0..count).map(|number| format!("pod-{number}@5")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut rig = Rig::new(config());
        rig.reply(200, list("10", &names));
        assert_eq!((is_too_many(&rig), rig.watcher.checkpoint().is_some()), (!is_complete, is_complete), "{count}");
        let mut rig = Rig::new(config());
        rig.reply(200, page("10", "t", &names[..2])).reply(200, list("10", &names[2..]));
        assert_eq!(
            (is_too_many(&rig), rig.watcher.checkpoint().is_some()),
            (!is_complete, is_complete),
            "{count} on pages"
        );
        let mut rig = Rig::new(config().start(Start::InitialList(InitialList::Auto)));
        let objects: String = names.iter().map(|name| event("ADDED", name)).collect();
        rig.open().body(objects + &initial_end("10"));
        assert_eq!(
            (is_too_many(&rig), rig.watcher.checkpoint().is_some()),
            (!is_complete, is_complete),
            "{count} streamed"
        );
    }
}

#[test]
fn a_list_has_at_most_the_pages_that_it_may_have() {
    for (pages, is_complete) in [(5, true), (6, false)] {
        let mut rig = Rig::new(limited(|limits| limits.pages = 5));
        for number in 1..pages {
            rig.reply(200, page("10", &format!("t{number}"), &[&format!("pod-{number}@5")]));
        }
        if rig.notices.is_empty() {
            rig.reply(200, list("10", &[]));
        }
        assert_eq!(rig.watcher.checkpoint().is_some(), is_complete, "{pages}: {:?}", rig.notices);
    }
}

/// Consecutive ones: a page with an object begins the count again.
#[test]
fn ten_pages_without_an_object_may_follow_each_other() {
    let empty = |rig: &mut Rig, count: usize| {
        for _ in 0..count {
            rig.reply(200, page("10", &format!("t{}", rig.sent.len()), &[]));
        }
    };
    let mut rig = Rig::new(pods());
    empty(&mut rig, 10);
    rig.reply(200, page("10", "with", &["a@5"]));
    empty(&mut rig, 10);
    rig.reply(200, list("10", &[]));
    assert!(rig.watcher.checkpoint().is_some(), "{:?}", rig.notices);
    let mut rig = Rig::new(pods());
    empty(&mut rig, 11);
    assert!(rig.notices[0].to_string().contains("pages"), "{:?}", rig.notices);
}

#[test]
fn a_continue_token_has_at_most_the_bytes_that_it_may_have() {
    for (length, is_sent) in [(20, true), (21, false)] {
        let mut rig = Rig::new(limited(|limits| limits.continue_token = 20));
        rig.reply(200, page("10", &"t".repeat(length), &["a@5"]));
        assert_eq!(rig.uri().contains("continue="), is_sent, "{length}");
    }
}

/// A longer one is cut, and counts as far as it was read.
#[test]
fn the_body_of_an_error_is_read_up_to_its_limit() {
    let text = status(403, "Forbidden", "no");
    let text = text.trim_end();
    for (limit, is_read) in [(text.len(), true), (text.len() - 1, false)] {
        let mut rig = Rig::new(limited(|limits| limits.error_body = limit));
        rig.head(watch_core::ResponseHead::new(403)).body(text.to_owned()).end();
        let notices = rig.take_notices();
        assert_eq!(notices[0].contains("403 Forbidden"), is_read, "{notices:?}");
    }
    // Of what isn't a `Status`, 120 bytes are quoted.
    let mut rig = Rig::new(pods());
    rig.head(watch_core::ResponseHead::new(502).with_content_type("text/html")).body("x".repeat(500)).end();
    let notices = rig.take_notices();
    assert!(notices[0].contains(&"x".repeat(120)) && !notices[0].contains(&"x".repeat(121)), "{notices:?}");
}

/// However the body is cut into pieces, and whatever follows.
#[test]
fn the_body_of_an_error_that_is_cut_says_so() {
    let text = status(403, "Forbidden", &"no ".repeat(60));
    for limit in [0, 1, 119, 120, 200] {
        for cut in CUTS {
            let mut rig = Rig::new(limited(|limits| limits.error_body = limit));
            rig.head(ResponseHead::new(403).with_content_type("application/json"));
            let id = rig.id();
            for bytes in cut.pieces(&text.clone().into()) {
                rig.handle(Input::Body { id, bytes });
            }
            let Some(Notice::NeedsAttention { trouble, .. }) = rig.notices.first() else { panic!("{:?}", rig.notices) };
            let Cause::UnexpectedResponse { excerpt, cut_at, .. } = &trouble.cause else { panic!("{trouble}") };
            assert_eq!((&**excerpt, *cut_at), (text[..limit.min(120)].trim(), Some(limit)), "{cut:?}");
            let says = format!("; it was cut at {limit} bytes, the limit in `limits.error_body`");
            assert!(trouble.to_string().ends_with(&says), "{trouble}");
        }
    }
    let mut rig = Rig::new(limited(|limits| limits.error_body = 6));
    rig.reply(502, "12345");
    assert!(!rig.take_notices()[0].contains("cut"));
}

/// Five failures in a row to resolve the name, to agree on TLS, or to get credentials aren't temporary.
#[test]
fn the_fifth_failure_to_connect_needs_attention() {
    for kind in [TransportErrorKind::Resolve, TransportErrorKind::Tls, TransportErrorKind::Credentials] {
        let mut rig = Rig::new(pods());
        for number in 1..=5 {
            rig.fail(kind);
            let needs_attention = matches!(rig.notices.last(), Some(Notice::NeedsAttention { .. }));
            assert_eq!(needs_attention, number == 5, "{kind:?} {number}");
            assert_eq!(rig.watcher.freshness().needs_attention, number == 5);
            rig.until_sent();
        }
    }
}

#[test]
fn two_ends_at_once_lead_to_a_list() {
    let mut rig = Rig::live(pods());
    rig.end().settle();
    assert_eq!(rig.request().kind, RequestKind::Watch);
    rig.open().end().settle();
    assert_eq!((rig.request().kind, rig.watcher.phase()), (RequestKind::List, Phase::Opening));
    // Where the version expired, the configuration may want the end instead, but this is no certain expiry.
    let mut rig = Rig::live(pods().on_expired(OnExpired::Stop));
    rig.end().settle().open().end().settle();
    assert_eq!((rig.done.is_some(), rig.request().kind), (false, RequestKind::List));
}

/// The page that a token leads to isn't read again, whatever its number.
#[test]
fn a_page_with_its_own_token_is_read_once() {
    for lead in 1..8 {
        let mut rig = Rig::new(pods());
        for number in 1..=lead {
            rig.reply(200, page("10", &format!("t{number}"), &[&format!("pod-{number}@5")]));
        }
        assert_eq!(rig.sent.len(), lead + 1);
        rig.reply(200, page("10", &format!("t{lead}"), &["last@5"]));
        let Notice::Retrying { trouble, .. } = &rig.notices[0] else { panic!("{:?}", rig.notices) };
        assert!(matches!(trouble.cause, Cause::EndlessList { .. }), "{trouble}");
        rig.settle();
        assert!(!rig.uri().contains("continue"), "{lead}: {}", rig.uri());
    }
}

/// Brent's algorithm: also if the first tokens don't belong to the circle.
#[test]
fn tokens_in_a_circle_are_found_within_four_times_its_length() {
    for lead in 0..6 {
        for circle in 1..6 {
            let mut rig = Rig::new(pods());
            let mut pages = 0;
            while rig.notices.is_empty() {
                let number = if pages < lead { pages } else { lead + (pages - lead) % circle };
                rig.reply(200, page("10", &format!("t{number}"), &[&format!("pod-{pages}@5")]));
                pages += 1;
                assert!(pages <= 4 * (lead + circle), "{lead} tokens before a circle of {circle}");
            }
            let Notice::Retrying { trouble, .. } = &rig.notices[0] else { panic!("{:?}", rig.notices) };
            assert!(matches!(trouble.cause, Cause::EndlessList { .. }), "{trouble}");
        }
    }
}
