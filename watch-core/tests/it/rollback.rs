//! Servers that were restored from a backup, or lag: no loop, and no silent time travel.

use watch_core::{Start, TransportErrorKind};

use crate::recover::too_large;
use crate::rig::{Rig, error, event, initial_end, list, page, pods, secs, status};

/// The LIST of a version check.
const CHECK: &str = "/api/v1/namespaces/default/pods?limit=1";
const SET: &str = "/api/v1/namespaces/default/pods?limit=500";

#[test]
fn a_list_from_the_past_needs_three_confirmations() {
    let mut rig = Rig::live(pods()).by_hand();
    rig.body(event("ADDED", "a@100")).body(error(410, "Expired", "old"));
    rig.take_events();
    rig.reply(200, list("50", &["ghost@40"])).until_sent();
    assert_eq!(rig.take_events(), [""; 0]);
    assert_eq!(rig.uri(), CHECK, "that costs the server less than a list");
    let mut lagging = rig.clone();
    rig.reply(200, list("52", &["ghost@40"])).until_sent();
    assert_eq!(rig.uri(), CHECK);
    rig.reply(504, too_large_status()).settle();
    assert_eq!(rig.uri(), SET, "the server was rolled back");
    rig.reply(200, list("50", &["ghost@40"]));
    assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
    assert!(rig.has_query("resourceVersion=50"));
    // A replica that caught up, or another one, shows that there was no restore; but the list may come from the first.
    lagging.reply(200, list("100", &["a@100"]));
    assert!(lagging.has_query("resourceVersion=100") && lagging.has_query("resourceVersionMatch=NotOlderThan"));
    assert!(!lagging.uri().contains("limit="), "with a limit it would bypass the cache");
    lagging.reply(200, list("101", &["a@100"]));
    assert_eq!(lagging.take_events(), ["INITIAL (version expired)", "INITIAL Pod default/a@100", "INITIAL END @101"]);
}

fn too_large_status() -> &'static str {
    r#"{"kind":"Status","reason":"Timeout","message":"Timeout: Too large resource version: 100, current: 50","code":504}"#
}

#[test]
fn a_version_from_the_future_is_found_by_a_silent_watch() {
    let mut rig = Rig::new(pods().start(Start::From("900".parse().unwrap()))).by_hand();
    rig.open().advance(secs(300)).until_sent();
    assert_eq!(rig.uri(), CHECK, "there is a version check");
    let mut went_back = rig.clone();
    rig.reply(200, page("950", "t", &["a@5"]));
    assert!(rig.has_query("resourceVersion=900"), "the server has the version, so there is no relist");
    // Also when the check isn't answered.
    rig.open().advance(secs(300)).until_sent().reply(403, status(403, "Forbidden", ""));
    assert!(rig.has_query("resourceVersion=900"));

    let rig = &mut went_back;
    for _ in 0..3 {
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, page("450", "t", &["a@5"])).until_sent();
    }
    // It repeats the answer, which is accepted.
    assert!(rig.has_query("sendInitialEvents=true") && !rig.uri().contains("resourceVersion="), "{}", rig.uri());
    rig.reply(422, status(422, "Invalid", "sendInitialEvents"));
    assert_eq!(rig.uri(), SET);
    rig.reply(200, list("451", &["a@5"]));
    assert_eq!(rig.take_events(), ["INITIAL (server rollback)", "INITIAL Pod default/a@5", "INITIAL END @451"]);
    assert!(rig.has_query("resourceVersion=451"));
    assert!(rig.take_notices().last().unwrap().starts_with("relisted (server rollback) from 900 to 451"));
}

/// What a consumer of changes has after this.
fn mirror(events: &[watch_core::Event]) -> Vec<String> {
    let mut diff = watch_core::Diff::new();
    events.iter().for_each(|event| diff.handle(event.clone()));
    let mut objects = std::collections::BTreeMap::new();
    while let Some(change) = diff.poll() {
        match change {
            watch_core::Change::Added(object) | watch_core::Change::Modified(object) => {
                objects.insert(object.name().to_owned(), object.resource_version().to_string());
            }
            watch_core::Change::Deleted(object) => _ = objects.remove(object.name()),
            watch_core::Change::Vanished(gone) => _ = objects.remove(gone.name()),
            watch_core::Change::Synced { .. } => {}
        }
    }
    objects.into_iter().map(|(name, version)| format!("{name}@{version}")).collect()
}

#[test]
fn after_a_restore_the_changes_are_of_the_new_history() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "web@90") + &event("ADDED", "db@91")).body(error(410, "Expired", "old"));
    for _ in 0..3 {
        rig.reply(200, list("50", &["web@40", "db@41"]));
        rig.settle();
    }
    rig.reply(200, list("50", &["web@40", "db@41"]));
    assert_eq!(mirror(&rig.events), ["db@41", "web@40"]);
    rig.open().body(event("MODIFIED", "web@60"));
    assert_eq!(mirror(&rig.events), ["db@41", "web@60"]);
    rig.body(event("DELETED", "web@70"));
    assert_eq!(mirror(&rig.events), ["db@41"]);
}

#[test]
fn an_old_list_that_breaks_off_is_still_old_when_retried() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "web@90") + &event("ADDED", "db@91")).body(error(410, "Expired", "old"));
    for _ in 0..3 {
        rig.reply(200, list("50", &["web@40"]));
        rig.settle();
    }
    rig.open().body(list("50", &["web@40", "db@41"])[..200].to_owned()).fail(TransportErrorKind::Reset).until_sent();
    rig.reply(200, list("50", &["web@40", "db@41"]));
    assert!(rig.events.iter().any(|event| event.to_string() == "INITIAL (retry)"));
    assert_eq!(mirror(&rig.events), ["db@41", "web@40"]);
}

#[test]
fn a_streaming_list_from_the_past_is_not_accepted_either() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(event("ADDED", "a@90") + &initial_end("90")).body(error(410, "Expired", "old"));
    rig.take_events();
    rig.open().body(event("ADDED", "ghost@40") + &initial_end("50"));
    assert!(!rig.take_events().contains(&"INITIAL END @50".to_owned()));
    assert_eq!(rig.watcher.checkpoint(), None);
    rig.until_sent();
    let mut lagging = rig.clone();
    for answer in [list("50", &[]), list("51", &[])] {
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, answer);
        rig.settle();
    }
    assert!(!rig.uri().contains("resourceVersion=") && rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    rig.open().body(event("ADDED", "a@40") + &initial_end("50"));
    assert_eq!(rig.take_events(), ["INITIAL (server rollback)", "INITIAL Pod default/a@40", "INITIAL END @50"]);
    // A lagging replica rejects a streaming list too, after the check was answered by another.
    let rig = &mut lagging;
    rig.reply(200, list("90", &[]));
    for _ in 0..2 {
        assert!(rig.has_query("resourceVersion=90") && rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
        rig.open().body(too_large()).until_sent();
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, list("90", &[]));
    }
    rig.open().body(event("ADDED", "a@90") + &initial_end("91"));
    assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @91");
}

/// A replica may lag for 3 s, so two answers that agree within that time show nothing.
#[test]
fn a_retry_after_only_prolongs_the_time_between_confirmations() {
    for (asked, least, most) in [(1, 2, 3), (2, 2, 3), (60, 60, 60)] {
        let mut rig = Rig::live(pods()).by_hand();
        rig.body(event("ADDED", "a@100")).fail(TransportErrorKind::Reset).settle();
        assert_eq!(rig.uri(), CHECK);
        let details = format!(r#""details":{{"retryAfterSeconds":{asked}}},"code""#);
        rig.reply(504, too_large_status().replace(r#""code""#, &details));
        let waits = rig.wait.unwrap().until.unwrap().since(rig.now);
        assert!(secs(least) <= waits && waits <= secs(most), "asked for {asked} s, it waits {waits:?}");
        rig.settle();
        assert_eq!(rig.uri(), CHECK);
    }
}

/// The waits grow only if the answers keep disagreeing.
#[test]
fn progress_ends_the_growth_of_the_time_between_confirmations() {
    let mut rig = Rig::live(pods()).by_hand();
    for number in 0..12 {
        rig.body(event("ADDED", &format!("a@{}", 100 + number))).fail(TransportErrorKind::Reset).settle();
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, list("50", &[]));
        let waits = rig.wait.unwrap().until.unwrap().since(rig.now);
        assert!(secs(2) <= waits && waits < secs(3), "{number}: {waits:?}");
        rig.settle().reply(200, list("200", &[])).settle().open();
    }
}
