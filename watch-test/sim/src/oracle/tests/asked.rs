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
