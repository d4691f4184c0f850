//! No server can make the machine spin: the number of requests under failures that never end.

use std::time::Duration;

use watch_core::{ConfigBuilder, InitialList, Next, Notice, RequestKind, Start, TransportErrorKind};

use crate::rig::{Rig, bookmark, error, event, initial_end, is_check, list, pods, status};

/// The response to every request, for ever.
pub(crate) type Server = fn(&mut Rig) -> &mut Rig;

/// Answers LISTs with success, and WATCHes with this.
fn to_watches(rig: &mut Rig, answer: Server) -> &mut Rig {
    match rig.request().kind {
        RequestKind::List => {
            let list = list(&newer(rig).to_string(), &["a@5"]);
            rig.reply(200, list)
        }
        RequestKind::Watch => answer(rig),
    }
}

/// Answers lists with success, breaks watches, and answers version checks with this.
fn to_checks(rig: &mut Rig, answer: Server) -> &mut Rig {
    if is_check(rig.request()) {
        answer(rig)
    } else {
        to_watches(rig, |rig| rig.open().fail(TransportErrorKind::Reset))
    }
}

/// A version that is newer than all before.
fn newer(rig: &Rig) -> u64 {
    1000 + 10 * rig.sent.len() as u64
}

fn is_streaming_list(rig: &Rig) -> bool {
    rig.has_query("sendInitialEvents=true")
}

#[rustfmt::skip]
pub(crate) const FAILURES: &[(&str, Server)] = &[
    ("connection refused", |rig| rig.fail(TransportErrorKind::Refused)),
    ("410 as status, to everything", |rig| rig.reply(410, status(410, "Expired", "old"))),
    ("410 as status, to watches", |rig| to_watches(rig, |rig| rig.reply(410, status(410, "Gone", "old")))),
    ("410 as event, to watches", |rig| to_watches(rig, |rig| rig.open().body(error(410, "Expired", "old")))),
    ("410 as event, to everything", |rig| rig.open().body(error(410, "Expired", "old"))),
    ("empty 200, to everything", |rig| rig.open().end()),
    ("empty 200, to watches", |rig| to_watches(rig, |rig| rig.open().end())),
    ("reset after the head, to watches", |rig| to_watches(rig, |rig| rig.open().fail(TransportErrorKind::Reset))),
    ("reset in mid-event, to watches", |rig| to_watches(rig, |rig| {
        rig.open().body(event("ADDED", "b@11")[..40].to_owned()).fail(TransportErrorKind::Reset)
    })),
    ("unreadable event, to watches", |rig| to_watches(rig, |rig| rig.open().body("{\"type\":1}\n"))),
    ("unreadable list", |rig| rig.open().body("{\"kind\":\"PodList\",\"items\":[{}]}")),
    ("HTML with 200", |rig| rig.head(watch_core::ResponseHead::new(200).with_content_type("text/html")).body("<html>").end()),
    ("401", |rig| rig.reply(401, status(401, "Unauthorized", "Unauthorized"))),
    ("403", |rig| rig.reply(403, status(403, "Forbidden", "no"))),
    ("404", |rig| rig.reply(404, "404 page not found\n")),
    ("429", |rig| rig.reply(429, "Too many requests, please try again later.\n")),
    ("500", |rig| rig.reply(500, status(500, "InternalError", "oops"))),
    ("500 as event, to watches", |rig| to_watches(rig, |rig| rig.open().body(error(500, "InternalError", "oops")))),
    ("503 HTML", |rig| rig.head(watch_core::ResponseHead::new(503).with_content_type("text/html")).body("<html>").end()),
    ("504 version too large", |rig| rig.reply(504, status(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"))),
    ("302", |rig| rig.reply(302, "")),
    ("old bookmarks, then the end", |rig| to_watches(rig, |rig| rig.open().body(bookmark("10").repeat(3)).end())),
    ("an end marker, then 410 (kubernetes#134837)", |rig| if is_streaming_list(rig) {
        rig.open().body(initial_end("10")).body(error(410, "Expired", "old"))
    } else {
        to_watches(rig, |rig| rig.open().body(error(410, "Expired", "old")))
    }),
    ("one event, then 410", |rig| to_watches(rig, |rig| { let a = newer(rig); rig.open().body(initial_end(&a.to_string()) + &event("MODIFIED", &format!("a@{}", a + 1)) + &error(410, "Expired", "old")) })),
    ("a new bookmark, then 410", |rig| to_watches(rig, |rig| { let a = newer(rig); rig.open().body(initial_end(&a.to_string()) + &bookmark(&(a + 1).to_string()) + &error(410, "Expired", "old")) })),
    ("one event, then an older one", |rig| to_watches(rig, |rig| { let a = newer(rig); rig.open().body(initial_end(&a.to_string()) + &event("MODIFIED", &format!("a@{}", a + 1)) + &event("MODIFIED", "b@2")) })),
    ("one event, then 504 version too large", |rig| to_watches(rig, |rig| { let a = newer(rig); rig.open().body(initial_end(&a.to_string()) + &event("MODIFIED", &format!("a@{}", a + 1)) + &error(504, "Timeout", "Too large resource version: 9, current: 5")) })),
    ("reset, to watches, and checks from the past", |rig| to_checks(rig, |rig| rig.reply(200, list("1", &["a@1"])))),
    ("reset, to watches, and checks from the past by turns", |rig| to_checks(rig, |rig| {
        let version = if rig.sent.len().is_multiple_of(2) { 1 } else { newer(rig) };
        rig.reply(200, list(&version.to_string(), &["a@1"]))
    })),
    ("reset, to watches, and to checks 403", |rig| to_checks(rig, |rig| rig.reply(403, status(403, "Forbidden", "no")))),
    ("reset, to watches, and to checks 429", |rig| to_checks(rig, |rig| rig.reply(429, "busy"))),
    ("reset, to watches, and to checks 504 version too large", |rig| to_checks(rig, |rig| {
        rig.reply(504, status(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"))
    })),
    ("429 to everything but watches, and to those reset", |rig| match rig.request().kind {
        RequestKind::List => rig.reply(429, "busy"),
        RequestKind::Watch => rig.open().fail(TransportErrorKind::Reset),
    }),
    ("opened after ten seconds, and reset, to watches", |rig| to_watches(rig, |rig| rig.advance(Duration::from_secs(10)).open().fail(TransportErrorKind::Reset))),
    ("a list that goes round in circles", |rig| rig.reply(200, crate::rig::page("10", "again", &["a@5"]))),
    ("pages of different states", |rig| {
        let version = format!("{}", 1_000_000 - rig.sent.len());
        rig.reply(200, crate::rig::page(&version, &format!("t{version}"), &["a@5"]))
    }),
    ("a list from the past after the first", |rig| {
        if rig.request().kind == RequestKind::Watch {
            rig.open().body(error(410, "Expired", "old"))
        } else {
            let version = format!("{}", 1_000_000 - rig.sent.len());
            rig.reply(200, list(&version, &["a@5"]))
        }
    }),
];

/// A watch of a server that fails in this way for this long.
pub(crate) fn endure(server: Server, config: ConfigBuilder, duration: Duration) -> Rig {
    let mut rig = Rig::new(config).by_hand();
    let end = rig.now + duration;
    let mut answered = 0;
    while rig.now < end {
        if answered < rig.sent.len() {
            // However many it sends in between without waiting, only the last can be open.
            answered = rig.sent.len();
            server(&mut rig);
            assert!(answered < 10_000, "a request storm");
        } else if rig.done.is_some() {
            break;
        } else {
            rig.wake();
        }
    }
    rig
}

#[test]
fn requests_are_bounded_under_each_endless_failure() {
    let mut table = String::new();
    for set in [InitialList::List, InitialList::Auto] {
        for (name, server) in FAILURES {
            let requests = |seconds| {
                let config = pods().start(Start::InitialList(set));
                endure(*server, config, Duration::from_secs(seconds)).sent.len()
            };
            let minute = requests(60);
            let ten = requests(600);
            table += &format!("{set:?} | {name} | {minute} | {ten}\n");
            // Seven attempts fit into the first minute of the backoff (0.8 s, 1.6 s … 30 s, before the jitter), a
            // restart and a fallback are free, and an attempt is two requests where a LIST succeeds and its watch
            // fails: a set or a version check, and the watch. README states both numbers.
            assert!(minute <= 15, "{name} ({set:?}): {minute} requests in the first minute");
            // Then one attempt in 30 to 60 s. The most come from a server whose versions go back each time: it gets
            // three version checks and a relist.
            assert!(ten <= 44, "{name} ({set:?}): {ten} requests in ten minutes");
        }
    }
    println!("start | failure | requests in 1 min | in 10 min\n{table}");
}

/// The waits between confirmations begin small, however long an outage lasted: a rollback is accepted within 10 s. If one
/// replica answers the checks and another one refuses each list, an attempt is two requests. The waits grow nevertheless,
/// and only progress makes them small again.
#[test]
fn a_replica_that_lags_after_an_outage_gets_more_for_one_minute() {
    let lags: Server = |rig| {
        if is_check(rig.request()) {
            rig.reply(200, list("5000", &["a@5"]))
        } else if rig.has_query("resourceVersionMatch=NotOlderThan") {
            rig.reply(504, status(504, "Timeout", "Timeout: Too large resource version: 5000, current: 9"))
        } else {
            rig.reply(200, list("9", &["a@5"]))
        }
    };
    let outage: Server = |rig| to_watches(rig, |rig| rig.open().end());
    let mut rig = endure(outage, pods(), Duration::from_secs(600));
    let (begin, answered) = (rig.now, rig.sent.len() - 1);
    let mut sent = Vec::new();
    let mut seen = answered;
    while rig.now < begin + Duration::from_secs(600) {
        if seen < rig.sent.len() {
            seen = rig.sent.len();
            sent.push(rig.now.since(begin));
            lags(&mut rig);
        } else {
            rig.wake();
        }
    }
    let within = |from: Duration| sent.iter().filter(|at| (from..from + Duration::from_secs(60)).contains(*at)).count();
    let busiest = sent.iter().map(|at| within(*at)).max().unwrap();
    assert!((9..=15).contains(&busiest), "{busiest} requests in a minute: {sent:?}");
    let later: Vec<usize> = sent.iter().filter(|at| at.as_secs() >= 90).map(|at| within(*at)).collect();
    assert!(later.iter().all(|count| *count <= 4), "{later:?}: {sent:?}");
}

/// With the shortest backoff that can be configured, and with longer ones.
#[test]
fn requests_are_bounded_with_each_backoff() {
    for (shortest, longest, first_minute, ten_minutes) in [(100, 5, 29, 175), (5_000, 5, 21, 163), (60_000, 600, 8, 11)]
    {
        let mut timing = watch_core::Timing::default();
        timing.shortest_backoff = Duration::from_millis(shortest);
        timing.longest_backoff = Duration::from_secs(longest);
        for (name, server) in FAILURES {
            let requests =
                |seconds| endure(*server, pods().timing(timing.clone()), Duration::from_secs(seconds)).sent.len();
            let (minute, ten) = (requests(60), requests(600));
            assert!(minute <= first_minute, "{name}: {minute} requests in the first minute, from {shortest} ms");
            assert!(ten <= ten_minutes, "{name}: {ten} requests in ten minutes, from {shortest} ms");
        }
    }
}

#[test]
fn a_list_takes_no_more_requests_than_it_may_have_pages() {
    let mut limits = watch_core::Limits::default();
    limits.pages = 20;
    let endless = |rig: &mut Rig| {
        let token = format!("t{}", rig.sent.len());
        rig.reply(200, crate::rig::page("10", &token, &["a@5"]));
    };
    let mut rig = Rig::new(pods().limits(limits));
    for _ in 0..20 {
        assert_eq!(rig.wait.unwrap().on, watch_core::Waiting::Head);
        endless(&mut rig);
    }
    assert_eq!(rig.sent.len(), 20);
    assert!(rig.take_notices().last().unwrap().contains("list did not end after 20 pages"));
    // From now on it is requested in one page, and there is no second page.
    for _ in 0..5 {
        assert_eq!(rig.wait.unwrap().on, watch_core::Waiting::Backoff, "it waits");
        rig.until_sent();
        assert!(!rig.uri().contains("limit=") && !rig.uri().contains("continue="), "{}", rig.uri());
        endless(&mut rig);
    }
    assert_eq!(rig.sent.len(), 25);
    rig.until_sent().reply(200, list("10", &["a@5"]));
    assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @10");
}

#[test]
fn circular_continue_tokens_are_noticed_by_the_third_time() {
    for length in 1..20 {
        let mut rig = Rig::new(pods());
        while rig.wait.unwrap().on == watch_core::Waiting::Head {
            let token = format!("t{}", rig.sent.len() % length);
            rig.reply(200, crate::rig::page("10", &token, &[]));
        }
        assert!(rig.sent.len() <= 3 * length + 1, "{length}: {}", rig.sent.len());
        assert!(rig.take_notices().last().unwrap().contains("list did not end"));
    }
}

/// White space doesn't reset a timeout: a list and a watch that send only white space are closed.
#[test]
fn white_space_keeps_nothing_open() {
    let mut rig = Rig::new(pods());
    rig.open().body("{\"items\":[");
    for _ in 0..2 {
        rig.advance(Duration::from_secs(25)).body(" ");
    }
    rig.advance(Duration::from_secs(11));
    assert_eq!(rig.aborted.len(), 1);
    let mut rig = Rig::live(pods());
    for _ in 0..31 {
        if rig.aborted.is_empty() {
            rig.body("\n").advance(Duration::from_secs(10));
        }
    }
    assert_eq!(rig.aborted.len(), 1, "it ends after 290 s at the latest");
}

#[test]
fn one_event_a_watch_costs_a_watch_and_a_check_a_second() {
    let mut rig = Rig::live(pods()).by_hand();
    let (end, mut version) = (rig.now + Duration::from_secs(60), 10);
    while rig.now < end {
        version += 1;
        rig.body(event("MODIFIED", &format!("a@{version}"))).end();
        rig.settle();
        if is_check(rig.request()) {
            rig.reply(200, list(&version.to_string(), &["a@5"]));
        }
        rig.open();
    }
    assert!(rig.sent.len() <= 2 * 62 + 1, "{} requests", rig.sent.len());
    assert_eq!(rig.events.len(), version - 10, "and no event is lost");
}

/// Each brings something new before it fails: the backoff is reset each time, so the next attempt comes after 0.8 to
/// 1.6 s.
#[test]
fn failing_after_each_event_costs_little_more() {
    let failures: [Server; 3] = [
        |rig| rig.fail(TransportErrorKind::Reset),
        |rig| rig.body(error(500, "InternalError", "oops")),
        |rig| rig.body("{").end(),
    ];
    for (which, fail) in failures.into_iter().enumerate() {
        for news in
            [|version: u64| event("MODIFIED", &format!("a@{version}")), |version: u64| bookmark(&version.to_string())]
        {
            let mut rig = Rig::live(pods()).by_hand();
            let end = rig.now + Duration::from_secs(60);
            while rig.now < end {
                let version = 1000 + rig.sent.len() as u64;
                rig.body(news(version));
                fail(&mut rig);
                rig.settle();
                if is_check(rig.request()) {
                    rig.reply(200, list(&version.to_string(), &["a@5"]));
                }
                rig.open();
            }
            assert!(rig.sent.len() <= 2 * 75, "{which}: {} requests", rig.sent.len());
        }
    }
}

/// Objects that share a version could be repeated in turns for ever.
#[test]
fn events_of_one_version_are_no_progress() {
    let mut rig = Rig::live(pods());
    for round in 0..6_u64 {
        let events: String = (0..40).map(|n| event("MODIFIED", &format!("pod-{n}@10"))).collect();
        rig.body(events).fail(TransportErrorKind::Reset);
        let before = rig.now;
        rig.until_sent();
        // The first two reconnects have no backoff, but count for it.
        let least = if round < 2 { 0 } else { 800 << round };
        assert!(rig.now.since(before) >= Duration::from_millis(least), "{round}");
        rig.open();
    }
}

#[test]
fn progress_makes_the_backoff_small_again_and_nothing_else_does() {
    let delay_after = |rig: &mut Rig| {
        rig.fail(TransportErrorKind::Reset);
        let before = rig.now;
        rig.until_sent();
        rig.now.since(before)
    };
    let mut rig = Rig::live(pods());
    for _ in 0..6 {
        delay_after(&mut rig);
    }
    let long = Duration::from_secs(25);
    // A head, a bookmark without a new version, and a duplicate event aren't progress.
    rig.open();
    assert!(delay_after(&mut rig) > long);
    rig.open().body(bookmark("10"));
    assert!(delay_after(&mut rig) > long);
    // A new event is.
    rig.open().body(event("ADDED", "b@11"));
    assert!(delay_after(&mut rig) < Duration::from_secs(2));
    // And so is a watch that lasted.
    for _ in 0..6 {
        delay_after(&mut rig);
    }
    rig.open().advance(Duration::from_secs(31));
    assert!(delay_after(&mut rig) < Duration::from_secs(2));
}

#[test]
fn two_watchers_with_other_seeds_do_not_retry_together() {
    let moments = |seed| {
        let mut rig = Rig::new(pods().seed(seed));
        (0..8)
            .map(|_| {
                rig.fail(TransportErrorKind::Refused).until_sent();
                rig.now
            })
            .collect::<Vec<_>>()
    };
    let (one, other) = (moments(1), moments(2));
    assert!(one.iter().zip(&other).all(|(a, b)| a != b));
    assert_eq!(one, moments(1), "the same seed, the same run");
}

#[test]
fn pages_without_items_end() {
    let mut rig = Rig::new(pods());
    while rig.wait.unwrap().on == watch_core::Waiting::Head {
        rig.reply(200, crate::rig::page("10", &format!("t{}", rig.sent.len()), &[]));
    }
    assert!(rig.sent.len() <= 12, "{}", rig.sent.len());
    rig.until_sent();
    assert!(!rig.uri().contains("limit="), "the rest comes in one page: {}", rig.uri());
}

/// The first watches are lost in this way. Then each request fails.
fn lost(rig: &mut Rig, watches: usize, lose: Server) -> &mut Rig {
    match rig.sent.len() {
        number if number > 2 * watches => rig.fail(TransportErrorKind::Refused),
        number if number.is_multiple_of(2) => lose(rig),
        // The first list, or a version check.
        _ => rig.reply(200, list("10", &["a@5"])),
    }
}

const RESET: Server = |rig| rig.open().fail(TransportErrorKind::Reset);
const REFUSED: Server = |rig| rig.fail(TransportErrorKind::Refused);

/// The first reconnects have no backoff. The next wait makes up for the time that they saved.
#[test]
fn an_immediate_reconnect_brings_no_later_attempt_forward() {
    let cases: [(&str, Server, u32); 3] = [
        ("once", |rig| lost(rig, 1, RESET), 1),
        ("twice", |rig| lost(rig, 2, RESET), 2),
        ("each watch", |rig| to_watches(rig, RESET), 2),
    ];
    for (name, server, saved) in cases {
        for seed in 0..200 {
            let rig = endure(server, pods().seed(seed), Duration::from_secs(120));
            let (mut waited, mut least) = (Duration::ZERO, Duration::ZERO);
            for notice in &rig.notices {
                let Notice::Retrying { attempt, after, next: Next::Resume, .. } = notice else {
                    panic!("{name}, seed {seed}: {notice}")
                };
                waited += *after;
                least += Duration::from_millis(800 << (attempt - 1)).min(Duration::from_secs(30));
                let is_late = waited >= least;
                assert_eq!(
                    is_late,
                    *attempt > saved,
                    "{name}, seed {seed}, attempt {attempt}: {waited:?} of {least:?}"
                );
            }
            assert!(rig.notices.len() >= 5, "{name}, seed {seed}");
        }
    }
}

/// With the same random numbers, each later attempt comes at the same moment.
#[test]
fn a_broken_watch_sends_no_more_requests_than_a_refused_one() {
    let cases: [(&str, Server, Server); 2] = [
        ("once", |rig| lost(rig, 1, RESET), |rig| lost(rig, 1, REFUSED)),
        ("twice", |rig| lost(rig, 2, RESET), |rig| lost(rig, 2, REFUSED)),
    ];
    for (name, broken, never_opened) in cases {
        for seed in 0..200 {
            for seconds in [10, 30, 60, 120] {
                let requests = |server| endure(server, pods().seed(seed), Duration::from_secs(seconds)).sent.len();
                let (found, expected) = (requests(broken), requests(never_opened));
                assert_eq!(found, expected, "{name}, seed {seed}: requests in {seconds} s");
            }
        }
    }
}
