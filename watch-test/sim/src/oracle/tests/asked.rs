//! Invalid requests, and too many of them.

use core::time::Duration;

use watch_core::{Instant, Output};
use watch_test::check::Position;

use super::fresh;
use crate::oracle::rate::Rate;
use crate::oracle::requests;
use crate::plan::{ClientSetup, Versions, Watched};
use crate::violation::Oracle;

#[test]
fn requests_that_kube_apiserver_refuses_are_rejected() {
    let (setup, unknown) = (ClientSetup::default(), Position::Unknown);
    let known = Position::At { revision: 7, timeline: 0 };
    let check = |query: &str, kind: &str, position| {
        let mut watcher = fresh();
        let Output::Send(mut request) = watcher.poll(Instant::ORIGIN) else { panic!("it sends") };
        *request.http.uri_mut() = format!("/api/v1/configmaps?{query}").parse().unwrap();
        request.kind = if kind == "LIST" { watch_core::RequestKind::List } else { watch_core::RequestKind::Watch };
        requests::check(&request, &setup, (Watched::ConfigMaps, Versions::default()), position, false).is_ok()
    };
    let watch = "watch=true&allowWatchBookmarks=true&timeoutSeconds=5";
    assert!(check("limit=500", "LIST", unknown));
    assert!(check(&format!("{watch}&resourceVersion=7"), "WATCH", known));
    assert!(check(&format!("{watch}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), "WATCH", unknown));
    for (query, kind, position) in [
        ("limit=500&continue=x&resourceVersion=7", "LIST", unknown),
        ("resourceVersion=7", "LIST", unknown),
        ("resourceVersion=0&resourceVersionMatch=NotOlderThan", "LIST", unknown),
        ("limit=500&limit=500", "LIST", unknown),
        ("limit=500&labelSelector=app", "LIST", unknown),
        ("watch=true&resourceVersion=7&allowWatchBookmarks=true", "WATCH", known),
    ] {
        assert!(!check(query, kind, position), "{query}");
    }
    for rest in
        ["&resourceVersion=8", "&resourceVersion=6", "", "&sendInitialEvents=true", "&resourceVersion=7&limit=1"]
    {
        assert!(!check(&format!("{watch}{rest}"), "WATCH", known), "{rest}");
    }
}

#[test]
fn a_storm_is_rejected_and_so_is_impatience() {
    let seconds = Duration::from_secs;
    let storm = |count: u64, every: Duration| {
        let mut rate = Rate::default();
        (0..count).find_map(|n| rate.sent(every * n as u32, 0).err()).map(|violation| violation.oracle)
    };
    assert_eq!(storm(16, seconds(3)), None);
    assert_eq!(storm(17, seconds(3)), Some(Oracle::Rate));
    assert_eq!(storm(13, Duration::from_millis(80)), Some(Oracle::Rate));
    let mut rate = Rate::default();
    rate.retry_after(seconds(10), seconds(5));
    assert_eq!(rate.clone().sent(seconds(14), 0).unwrap_err().oracle, Oracle::Patience);
    rate.sent(seconds(15), 0).unwrap();
}

/// The bound of the first minute includes four repeated checks. Each further one adds itself and the list after it.
#[test]
fn the_fifth_repeated_check_adds_two_requests_to_a_minute() {
    let mut rate = Rate::default();
    let mut now = Duration::ZERO;
    let mut send = |rate: &mut Rate| {
        now += Duration::from_secs(2);
        rate.sent(now, 0)
    };
    (0..8).for_each(|_| send(&mut rate).unwrap());
    for _ in 0..5 {
        rate.confirms();
        (0..2).for_each(|_| send(&mut rate).unwrap());
    }
    assert_eq!(send(&mut rate).map_err(|violation| violation.oracle), Err(Oracle::Rate));
}

/// The bound of the first minute includes no repeated check after more than eight requests without progress, because the
/// backoff of failures has used its short waits.
#[test]
fn a_repeated_check_after_failures_adds_two_requests_to_a_minute() {
    let most = |failures: usize| {
        let mut rate = Rate::default();
        let mut now = Duration::ZERO;
        let mut send = |rate: &mut Rate| {
            now += Duration::from_secs(2);
            rate.sent(now, 0)
        };
        (0..failures).for_each(|_| send(&mut rate).unwrap());
        for _ in 0..2 {
            rate.confirms();
            (0..2).for_each(|_| send(&mut rate).unwrap());
        }
        failures + 4 + (0..20).take_while(|_| send(&mut rate).is_ok()).count()
    };
    assert_eq!([most(8), most(9)], [16, 20]);
}

/// The waits of repeated version checks begin small once, even if the backoff of failures is long. The check and the list
/// after it are two requests.
#[test]
fn seven_repeated_checks_may_follow_a_long_outage() {
    let seconds = Duration::from_secs;
    let outage = || {
        let mut rate = Rate::default();
        (0..20).for_each(|n| rate.sent(seconds(30 * n), 0).unwrap());
        rate
    };
    let confirm = |mut rate: Rate, count: u32| {
        let begin = seconds(700);
        (0..count).find_map(|n| {
            rate.confirms();
            let at = begin + seconds(8) * n;
            rate.sent(at, 0).and_then(|()| rate.sent(at, 0)).err()
        })
    };
    assert_eq!(confirm(outage(), 7).map(|violation| violation.oracle), None);
    // Without the repeated checks, the same requests are too many.
    let mut rate = outage();
    let storm = (0..14).find_map(|n| rate.sent(seconds(700 + 8 * (n / 2)), 0).err());
    assert_eq!(storm.map(|violation| violation.oracle), Some(Oracle::Rate));
    // More than these aren't excused: the waits have grown by then.
    let mut rate = outage();
    (0..7).for_each(|_| rate.confirms());
    (0..2).for_each(|n| rate.sent(seconds(700 + n), 0).unwrap());
    assert_eq!(confirm(rate.clone(), 5).map(|violation| violation.oracle), Some(Oracle::Rate));
    // Progress begins again.
    rate.progress();
    assert_eq!(confirm(rate, 7).map(|violation| violation.oracle), None);
}
