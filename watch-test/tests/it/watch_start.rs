//! The start of a watch: the table of `RunWatchSemantics` (apiserver/pkg/storage/testing/watcher_tests.go), and related
//! rules.

use core::time::Duration;

use serde_json::json;
use watch_test::model::{Config, End, WatchList, Window};

use crate::common::World;

/// Three pods with the versions 203 to 205, and 210 for another resource.
fn three_pods(config: Config) -> World {
    let mut world = World::new(config);
    // "b" first, since initial events come by name.
    for name in ["b", "a", "c"] {
        world.create("pods", json!({"metadata": {"name": name}}));
    }
    world.server.skip_revisions(4);
    world.create("configmaps", json!({"metadata": {"name": "other"}}));
    assert_eq!(world.server.resource_version(), 210);
    world
}

const INITIAL: [&str; 3] = ["ADDED a@204", "ADDED b@203", "ADDED c@205"];
const PODS: &str = "/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1";
const STREAMING: &str = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
const PLAIN: &str = "sendInitialEvents=false&resourceVersionMatch=NotOlderThan";

#[test]
fn version_and_send_initial_events_decide_the_events() {
    // Each row: version, sendInitialEvents, bookmarks allowed; what comes, and what comes after a write of version 211.
    type Row<'a> = (&'a str, &'a str, bool, Vec<&'a str>);
    let with = |end: &'static str| INITIAL.into_iter().chain((!end.is_empty()).then_some(end)).collect::<Vec<_>>();
    let rows: Vec<Row<'_>> = vec![
        // Without the parameter: as if a streaming list was requested.
        ("", "", true, with("BOOKMARK @210 end")),
        ("", "", false, with("")),
        ("0", "", true, with("BOOKMARK @205 end")),
        ("0", "", false, with("")),
        // A streaming list.
        ("", STREAMING, true, with("BOOKMARK @210 end")),
        ("", STREAMING, false, with("")),
        ("0", STREAMING, true, with("BOOKMARK @205 end")),
        ("0", STREAMING, false, with("")),
        ("204", STREAMING, true, with("BOOKMARK @205 end")),
        ("204", STREAMING, false, with("")),
        // No initial state: changes from now on.
        ("", PLAIN, true, vec![]),
        ("", PLAIN, false, vec![]),
        ("0", PLAIN, true, vec![]),
        ("0", PLAIN, false, vec![]),
        // From a version.
        ("204", PLAIN, true, vec!["ADDED c@205"]),
        ("204", PLAIN, false, vec!["ADDED c@205"]),
        ("204", "", true, vec!["ADDED c@205"]),
        ("204", "", false, vec!["ADDED c@205"]),
        // From the future.
        ("999", "", true, vec![]),
    ];
    for (version, send, bookmarks, expected) in rows {
        // Without progress notifications, since they move the cache of an idle resource.
        let mut config = Config::default();
        config.progress_interval = None;
        let mut world = three_pods(config);
        let path = format!("{PODS}&resourceVersion={version}&{send}&allowWatchBookmarks={bookmarks}");
        let id = world.watch(&path);
        assert_eq!(world.read_events(id), expected, "{path}");
        world.create("pods", json!({"metadata": {"name": "d"}}));
        let live: &[&str] = if version == "999" { &[] } else { &["ADDED d@211"] };
        assert_eq!(world.read_events(id), live, "{path}");
    }
}

#[test]
fn a_watch_from_the_future_misses_everything_up_to_there() {
    let mut world = three_pods(Config::default());
    let id = world.watch(&format!("{PODS}&resourceVersion=212"));
    for name in ["d", "e", "f"] {
        world.create("pods", json!({"metadata": {"name": name}}));
    }
    assert_eq!(world.read_events(id), ["ADDED f@213"]);
}

#[test]
fn a_streaming_list_from_the_future_fails_after_three_seconds() {
    let mut world = three_pods(Config::default());
    let reply = world.get(&format!("{PODS}&resourceVersion=999&{STREAMING}&allowWatchBookmarks=1"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.head_at, Duration::from_secs(3));
    assert_eq!(reply.events(), ["ERROR 504 Timeout: Too large resource version: 999, current: 210"]);
    assert_eq!(reply.header("retry-after"), None);
    assert_eq!(reply.json()["object"]["details"]["retryAfterSeconds"], 1);
}

#[test]
fn a_streaming_list_waits_for_a_version_written_in_time() {
    let mut world = three_pods(Config::default());
    let id = world.watch(&format!("{PODS}&resourceVersion=211&{STREAMING}&allowWatchBookmarks=1"));
    assert_eq!(world.read(id), "");
    world.now += Duration::from_secs(2);
    world.create("pods", json!({"metadata": {"name": "d"}}));
    assert!(world.server.take_woken().any(|woken| woken == id));
    assert_eq!(world.read_events(id).last().map(String::as_str), Some("BOOKMARK @211 end"));
}

#[test]
fn before_1_27_send_initial_events_is_ignored() {
    let mut config = Config::default();
    config.watch_list = WatchList::Unknown;
    let mut world = three_pods(config);
    let id = world.watch(&format!("{PODS}&{STREAMING}&allowWatchBookmarks=1"));
    assert_eq!(world.read_events(id), INITIAL);
    let id = world.watch(&format!("{PODS}&{STREAMING}&resourceVersion=205&allowWatchBookmarks=1"));
    assert!(world.read_events(id).is_empty());
}

#[test]
fn with_the_gate_off_send_initial_events_is_refused() {
    let mut config = Config::default();
    config.watch_list = WatchList::Off;
    let mut world = three_pods(config);
    let reply = world.get(&format!("{PODS}&{STREAMING}"));
    assert_eq!(reply.status, 422);
    let causes = &reply.json()["details"]["causes"];
    assert_eq!(causes[0]["field"], "sendInitialEvents");
    // A watch without a version gets the state without an end marker.
    let id = world.watch(&format!("{PODS}&allowWatchBookmarks=1"));
    assert_eq!(world.read_events(id), INITIAL);
}

#[test]
fn a_version_outside_the_window_is_gone() {
    let mut config = Config::default();
    config.window = Window::Events(2);
    let mut world = three_pods(config);
    // The window holds 204 and 205, so a watch can begin with 203.
    let id = world.watch(&format!("{PODS}&resourceVersion=203"));
    assert_eq!(world.read_events(id), ["ADDED a@204", "ADDED c@205"]);
    let reply = world.get(&format!("{PODS}&resourceVersion=202"));
    assert_eq!(reply.events(), ["ERROR 410 too old resource version: 202 (203)"]);
    assert_eq!(reply.ended_at, Duration::ZERO);
}

#[test]
fn the_window_of_a_busy_resource_grows() {
    let mut world = World::standard();
    let begin = world.server.resource_version();
    for index in 0..1000 {
        world.create("pods", json!({"metadata": {"name": format!("p{index:03}")}}));
    }
    let id = world.watch(&format!("{PODS}&resourceVersion={begin}"));
    assert_eq!(world.read_events(id).len(), 1000);
}

#[test]
fn events_are_watched_in_the_store_itself() {
    let mut world = World::standard();
    let event = |name: &str| json!({"metadata": {"name": name}, "involvedObject": {"kind": "Pod", "name": name}});
    world.create("events", event("a"));
    world.create("events", event("b"));
    let path = "/api/v1/namespaces/default/events?watch=1&timeoutSeconds=130&allowWatchBookmarks=1";
    let id = world.watch(path);
    assert_eq!(world.read_events(id), ["ADDED a@203", "ADDED b@204", "BOOKMARK @204 end"]);
    let id = world.watch(&format!("{path}&resourceVersion=203&fieldSelector=involvedObject.name%3Db"));
    let reply = world.finish(id);
    // More than two minutes, and no bookmark.
    assert_eq!(reply.events(), ["ADDED b@204"]);
    for name in ["c", "d", "e"] {
        world.create("events", event(name));
    }
    world.server.expire();
    let reply = world.get(&format!("{path}&resourceVersion=203"));
    assert_eq!(reply.events(), ["ERROR 410 The resourceVersion for the provided watch is too old."]);
}

#[test]
fn an_idle_resource_gets_bookmarks_of_other_writes() {
    let mut world = three_pods(Config::default());
    let id = world.watch("/api/v1/namespaces/default/pods?watch=1&resourceVersion=205&allowWatchBookmarks=1");
    assert!(world.read_events(id).is_empty());
    world.now += Duration::from_secs(61);
    assert_eq!(world.read_events(id), ["BOOKMARK @210"]);
    // No bookmark repeats a version from before the watch.
    let id = world.watch("/api/v1/namespaces/default/pods?watch=1&resourceVersion=210&allowWatchBookmarks=1");
    world.now += Duration::from_secs(61);
    assert!(world.read_events(id).is_empty());
}

#[test]
fn bookmarks_are_of_the_resource_s_type() {
    let mut world = World::standard();
    let mut ask = |path: &str| {
        let id = world.watch(&format!("{path}?watch=1&allowWatchBookmarks=1"));
        world.read(id)
    };
    assert_eq!(
        ask("/apis/example.com/v1/widgets"),
        concat!(
            r#"{"type":"BOOKMARK","object":{"apiVersion":"example.com/v1","kind":"Widget","metadata":"#,
            r#"{"annotations":{"k8s.io/initial-events-end":"true"},"resourceVersion":"202"}}}"#,
            "\n"
        )
    );
    assert_eq!(
        ask("/api/v1/configmaps"),
        concat!(
            r#"{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":"#,
            r#"{"resourceVersion":"202","annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
            "\n"
        )
    );
}

#[test]
fn a_watch_lasts_as_long_as_it_asked_or_half_an_hour_to_an_hour() {
    let mut world = World::standard();
    let mut lasts = |query: &str| world.get(&format!("/api/v1/pods?watch=1{query}")).ended_at;
    assert_eq!(lasts("&timeoutSeconds=7"), Duration::from_secs(7));
    assert_eq!(lasts("&timeoutSeconds=-1"), Duration::ZERO);
    assert!(three_pods(Config::default()).get("/api/v1/pods?watch=1&timeoutSeconds=-1").body.is_empty());
    for query in ["", "&timeoutSeconds=0"] {
        let lasted = lasts(query).as_secs();
        assert!((1800..3600).contains(&lasted), "{lasted}");
    }
}

#[test]
fn a_negative_timeout_ends_before_the_first_event() {
    let reply = three_pods(Config::default()).get(&PODS.replace("=1", "=-1"));
    assert_eq!((reply.status, reply.body.len(), reply.end), (200, 0, End::Complete));
}

#[test]
fn a_watch_for_lists_of_metadata_gets_nothing_repeatedly() {
    let mut world = three_pods(Config::default());
    let reply = world.ask(crate::common::get(PODS, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"));
    assert_eq!((reply.status, reply.body.len(), reply.ended_at), (200, 0, Duration::ZERO));
}
