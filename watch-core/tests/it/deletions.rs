//! Deletions without a version of their own: none is lost, and none moves the version to resume from back.

use std::time::Duration;

use watch_core::{Diff, Event, Input, Start, Timing, TransportErrorKind};

use crate::rig::{Rig, bookmark, changes, error, event, initial_end, list, pods, secs};

fn version(rig: &Rig) -> String {
    rig.watcher.checkpoint().unwrap().resource_version().to_string()
}

/// The same with another uid.
fn another(event: String, pod: &str) -> String {
    event.replace(&format!("uid-{pod}"), "another")
}

/// A watch after a LIST at 10.
fn listed(pods_at: &[&str]) -> Rig {
    let mut rig = Rig::new(pods());
    rig.reply(200, list("11", pods_at)).open();
    rig
}

#[test]
fn one_at_the_version_of_the_addition_is_a_deletion() {
    let mut rig = listed(&[]);
    rig.body(event("ADDED", "a@12") + &event("DELETED", "a@12"));
    assert_eq!(changes(&rig), ["ADDED Pod default/a@12", "DELETED Pod default/a@12"]);
    assert_eq!(version(&rig), "12");
    // Events after it are returned too.
    rig.body(event("ADDED", "b@13") + &event("DELETED", "b@13"));
    assert_eq!(changes(&rig)[2..], ["ADDED Pod default/b@13", "DELETED Pod default/b@13"]);
    assert!(rig.notices.is_empty(), "{:?}", rig.notices);
}

#[test]
fn the_same_event_again_stays_one_event() {
    for kind in ["ADDED", "MODIFIED", "DELETED"] {
        let mut rig = listed(&["a@5"]);
        rig.take_events();
        rig.body(event(kind, "a@12").repeat(3));
        assert_eq!(rig.events.len(), 1, "{kind}");
        assert_eq!(rig.watcher.counters().duplicates, 2, "{kind}");
        assert_eq!(rig.take_notices(), ["skipped a duplicate event (12)"], "{kind}: once per watch");
        // Also after a reconnect, as from a server that takes "after 12" for "from 12 on".
        rig.fail(TransportErrorKind::Reset).until_sent().open().body(event(kind, "a@12"));
        assert_eq!(rig.events.len(), 1, "{kind}");
        assert_eq!(rig.watcher.counters().duplicates, 3, "{kind}");
        assert_eq!(rig.watcher.counters().regressions, 0, "{kind}");
    }
}

/// Each of these eight deletions once caused a relist.
#[test]
fn those_at_old_versions_do_not_indicate_a_rollback() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let set: Vec<_> = names.iter().zip(1..).map(|(name, version)| format!("{name}@{version}")).collect();
    let mut rig = listed(&set.iter().map(String::as_str).chain(["z@11"]).collect::<Vec<_>>());
    let (sent, known) = (rig.sent.len(), changes(&rig).len());
    for pod in &set {
        rig.body(event("DELETED", pod));
        assert_eq!(version(&rig), "11", "the version to resume from doesn't go back");
    }
    let expected: Vec<_> = set.iter().map(|pod| format!("DELETED Pod default/{pod}")).collect();
    assert_eq!(changes(&rig)[known..], expected);
    assert_eq!((rig.sent.len(), rig.notices.len()), (sent, 0));
    assert_eq!(rig.watcher.counters().regressions, 0);
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("resourceVersion=11"), "{}", rig.uri());
}

#[test]
fn a_repeated_one_at_an_old_version_is_handed_out_once() {
    let mut rig = listed(&["y@10", "z@11"]);
    rig.take_events();
    rig.body(event("DELETED", "y@10").repeat(2));
    assert_eq!(rig.events.len(), 1);
    rig.fail(TransportErrorKind::Reset).until_sent().open().body(event("DELETED", "y@10"));
    assert_eq!(rig.events.len(), 1);
    assert_eq!(rig.watcher.counters().duplicates, 2);
}

/// A deletion is news, whatever its version, so the watch may be silent again for as long as after any other event.
#[test]
fn one_at_an_old_version_restarts_the_idle_timeout() {
    let mut timing = Timing::default();
    timing.watch = secs(3600);
    let mut rig = Rig::new(pods().timing(timing));
    rig.reply(200, list("11", &["a@5", "z@11"])).open();
    rig.body(bookmark("11")).advance(secs(149)).body(event("DELETED", "a@5")).advance(secs(149));
    assert!(rig.aborted.is_empty(), "{:?}", rig.take_notices());
    // The same deletion again is a duplicate, which doesn't.
    rig.body(event("DELETED", "a@5")).advance(secs(1));
    assert_eq!(rig.aborted.len(), 1);
    assert!(rig.take_notices()[1].contains("timeout: no bookmark for 150.0s"));
}

#[test]
fn a_watch_with_one_at_an_old_version_is_not_short() {
    let deletion = event("DELETED", "a@5");
    let mut rig = listed(&["a@5", "z@11"]);
    rig.body(deletion.clone()).advance(Duration::from_millis(500)).end();
    assert_eq!(rig.take_notices(), [""; 0]);
    // The same again, on the next watch, isn't news.
    rig.until_sent().open().body(deletion).advance(Duration::from_millis(500)).end();
    let notices = rig.take_notices();
    assert!(notices[1].contains("watch ended after 500.0ms without a new event"), "{notices:?}");
}

/// Some servers repeat these after each list, so they don't show that a short watch is useful.
#[test]
fn a_watch_with_events_of_a_known_version_only_is_short() {
    let repeated = event("ADDED", "z@11");
    let mut rig = listed(&["a@5", "z@11"]);
    rig.body(repeated).end();
    assert!(rig.take_notices()[0].contains("without a new event"));
    // A deletion after an old object may be repeated together with it.
    let mut rig = listed(&["a@5", "z@11"]);
    let history = event("ADDED", "a@5") + &event("DELETED", "a@5");
    rig.body(history.clone()).end();
    let _ = rig.take_notices();
    rig.until_sent().open().body(history).end();
    assert!(rig.take_notices().iter().any(|notice| notice.contains("without a new event")));
}

/// The deletion of an unknown object causes no change, whatever its version.
#[test]
fn one_of_an_unknown_object_is_no_change_and_no_trouble() {
    for deleted in ["ghost@3", "ghost@11", "ghost@12"] {
        let mut rig = listed(&["z@11"]);
        rig.body(event("DELETED", deleted)).body(event("ADDED", "b@13"));
        assert_eq!(changes(&rig), ["ADDED Pod default/z@11", "ADDED Pod default/b@13"], "{deleted}");
        assert!(rig.notices.is_empty(), "{deleted}");
        assert_eq!(version(&rig), "13");
    }
}

#[test]
fn one_of_a_former_object_does_not_delete_its_successor() {
    let mut rig = listed(&["a@5"]);
    // All at one version: deleted, created again, and the same deletion repeated.
    let again = another(event("ADDED", "a@12"), "a");
    rig.body(event("DELETED", "a@5") + &again + &event("DELETED", "a@5") + &event("DELETED", "a@12"));
    assert_eq!(
        changes(&rig),
        ["ADDED Pod default/a@5", "DELETED Pod default/a@5", "ADDED Pod default/a@12"],
        "{:?}",
        rig.events
    );
    rig.body(another(event("DELETED", "a@12"), "a"));
    assert_eq!(changes(&rig)[3..], ["DELETED Pod default/a@12"]);
}

/// `a` was changed while its deletion, with the version before the change, was on its way.
#[test]
fn an_old_one_is_a_deletion_if_its_uid_is_the_known_one() {
    let mut rig = listed(&["a@5"]);
    rig.body(event("MODIFIED", "a@12") + &event("DELETED", "a@5"));
    assert_eq!(changes(&rig)[2..], ["DELETED Pod default/a@5"]);
    // Without a uid it may be about another object with that name.
    let mut rig = listed(&[]);
    let bare = |event: String| event.replace(r#","uid":"uid-a""#, "");
    rig.body(bare(event("ADDED", "a@12")) + &bare(event("DELETED", "a@5")));
    assert_eq!(changes(&rig), ["ADDED Pod default/a@12"]);
    rig.body(bare(event("DELETED", "a@12")));
    assert_eq!(changes(&rig)[1..], ["DELETED Pod default/a@12"]);
}

#[test]
fn a_change_at_the_version_of_the_addition_changes_nothing() {
    let mut rig = listed(&[]);
    rig.body(event("ADDED", "a@12") + &event("MODIFIED", "a@12") + &event("DELETED", "a@12"));
    assert_eq!(
        rig.take_events()[2..],
        ["ADDED Pod default/a@12", "MODIFIED Pod default/a@12", "DELETED Pod default/a@12"]
    );
    let mut rig = listed(&[]);
    rig.body(event("ADDED", "a@12") + &event("MODIFIED", "a@12"));
    assert_eq!(changes(&rig), ["ADDED Pod default/a@12"]);
}

/// "abc" and "def" can't be compared, so a deletion doesn't move the version: at most it is repeated.
#[test]
fn without_version_order_a_deletion_does_not_move_the_version() {
    let mut rig = Rig::new(pods());
    rig.reply(200, list("abc", &["y@aaa"])).open();
    rig.body(event("ADDED", "a@def") + &event("DELETED", "y@aaa"));
    assert_eq!(version(&rig), "def");
    rig.body(event("DELETED", "a@def"));
    assert_eq!(version(&rig), "def");
    assert_eq!(
        changes(&rig),
        [
            "ADDED Pod default/y@aaa",
            "ADDED Pod default/a@def",
            "DELETED Pod default/y@aaa",
            "DELETED Pod default/a@def"
        ]
    );
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("resourceVersion=def"), "{}", rig.uri());
    let handed = rig.events.len();
    rig.open().body(event("DELETED", "y@aaa") + &event("DELETED", "a@def") + &event("ADDED", "b@ghi"));
    assert_eq!(rig.events.len(), handed + 1, "a repeat is known");
    assert_eq!(version(&rig), "ghi");
}

#[test]
fn one_before_the_end_marker_counts_whatever_its_version() {
    for deleted in ["a@5", "a@3", "a@8"] {
        let mut rig = Rig::new(pods().start(Start::default()));
        rig.open()
            .body(event("ADDED", "a@5") + &event("ADDED", "b@6") + &event("DELETED", deleted) + &initial_end("9"));
        assert_eq!(
            changes(&rig),
            ["ADDED Pod default/a@5".into(), "ADDED Pod default/b@6".into(), format!("DELETED Pod default/{deleted}")]
        );
        assert_eq!(version(&rig), "9");
    }
    // In a list that is older than what is known, an object that was deleted before its end stays deleted.
    let mut diff = Diff::new();
    let pod = |text: &str| watch_core::Object::parse(crate::rig::pod_json(text).into()).unwrap();
    diff.handle(Event::Added(pod("a@20")));
    diff.handle(Event::InitialBegin { cause: watch_core::InitialCause::Expired });
    diff.handle(Event::Initial(pod("a@15")));
    diff.handle(Event::Deleted(pod("a@15")));
    diff.handle(Event::InitialEnd { resource_version: "30".parse().unwrap() });
    let all: Vec<_> = std::iter::from_fn(|| diff.poll()).map(|change| change.to_string()).collect();
    assert_eq!(all, ["ADDED Pod default/a@20", "DELETED Pod default/a@15", "SYNCED @30"]);
}

/// A checkpoint taken after such a deletion covers it, and what came before.
#[test]
fn a_new_process_continues_from_before_a_deletion() {
    let mut rig = listed(&["y@10", "z@11"]);
    rig.body(bookmark("15") + &event("DELETED", "y@10"));
    let checkpoint = rig.watcher.checkpoint().unwrap();
    assert_eq!(checkpoint.resource_version().to_string(), "15");
    let mut rig = Rig::resume(pods(), &checkpoint);
    assert!(rig.has_query("resourceVersion=15"), "{}", rig.uri());
    rig.open().body(event("DELETED", "z@11"));
    assert_eq!(rig.take_events(), ["DELETED Pod default/z@11"]);
    assert_eq!(version(&rig), "15");
}

/// A watch without a version begins with the existing objects in no order; the first deletion may have any version.
#[test]
fn one_never_sets_the_version_below_what_was_seen() {
    let config = pods().start(Start::From("1".parse().unwrap()));
    let mut rig = Rig::new(config.on_expired(watch_core::OnExpired::RestartWithoutVersion));
    rig.open().body(error(410, "Expired", "old")).open();
    rig.body(event("ADDED", "b@50") + &event("ADDED", "a@20"));
    assert_eq!(rig.watcher.checkpoint(), None);
    rig.body(event("DELETED", "a@20"));
    assert_eq!(version(&rig), "50");
    rig.body(event("DELETED", "b@60"));
    assert_eq!(version(&rig), "60");
}

/// None of that is progress: a server could repeat it for ever.
#[test]
fn those_at_old_versions_do_not_keep_a_server_busy() {
    let mut rig = listed(&["z@11"]);
    let begin = rig.now;
    let end = begin + std::time::Duration::from_secs(600);
    let mut requests = 0;
    while rig.now < end {
        requests += 1;
        if rig.request().kind == watch_core::RequestKind::List {
            rig.reply(200, list("11", &["z@11"]));
        } else {
            if requests > 1 {
                rig.open();
            }
            let events: String = (0..40).map(|n| event("DELETED", &format!("pod-{n}@5"))).collect();
            rig.body(events).end();
        }
        while rig.wait.unwrap().on == watch_core::Waiting::Backoff {
            rig.wake();
        }
    }
    assert!(requests < 60, "{requests}");
}

/// A server whose watches show only the present state of objects doesn't report one that leaves a selector.
#[test]
fn one_that_leaves_a_selector_silently_is_found_by_a_list() {
    let mut rig = Rig::new(pods().labels("app=web"));
    rig.reply(200, list("11", &["a@5", "b@9"])).open();
    // `a` left, which is an event at 12 that isn't sent.
    rig.body(event("MODIFIED", "b@13")).fail(TransportErrorKind::Reset).until_sent().open();
    assert_eq!(changes(&rig), ["ADDED Pod default/a@5", "ADDED Pod default/b@9", "MODIFIED Pod default/b@13"]);
    rig.handle(Input::Relist).settle();
    rig.reply(200, list("14", &["b@13"])).open();
    assert_eq!(changes(&rig)[3..], ["VANISHED default/a@5"]);
}
