//! Servers that were restored from a backup, or lag: no loop, and no silent time travel.

use std::time::Duration;

use watch_core::{Start, TransportErrorKind};

use crate::recover::{live, too_large};
use crate::rig::{Rig, bookmark, error, event, initial_end, list, page, pods, status};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_list_from_the_past_is_not_believed_until_the_server_insists() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@100")).body(error(410, "Expired", "old"));
    rig.take_events();
    for _ in 0..2 {
        rig.reply(200, list("50", &["ghost@40"])).until_sent();
        assert_eq!(rig.take_events(), [""; 0]);
        assert!(
            rig.has_query("resourceVersion=100") && rig.has_query("resourceVersionMatch=NotOlderThan"),
            "{}",
            rig.uri()
        );
        assert!(!rig.uri().contains("limit="), "with a limit it would bypass the cache");
    }
    rig.reply(504, too_large_status()).until_sent();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500", "the server went back for good");
    rig.reply(200, list("50", &["ghost@40"]));
    assert_eq!(rig.take_events()[0], "INITIAL (server went back)");
    assert!(rig.has_query("resourceVersion=50"));
}

fn too_large_status() -> &'static str {
    r#"{"kind":"Status","reason":"Timeout","message":"Timeout: Too large resource version: 100, current: 50","code":504}"#
}

#[test]
fn a_version_from_the_servers_future_is_found_out_when_a_watch_from_it_brings_nothing() {
    let mut rig = Rig::new(pods().start(Start::From("900".parse().unwrap())));
    rig.open().advance(secs(200)).end();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1", "the server is asked how far it is");
    let mut went_back = rig.clone();
    rig.reply(200, page("950", "t", &["a@5"]));
    assert!(rig.has_query("resourceVersion=900"), "it has it: so nothing happened");
    // Also when the question isn't answered.
    rig.open().advance(secs(200)).end().reply(403, status(403, "Forbidden", "")).until_sent();
    assert!(rig.has_query("resourceVersion=900"));
    // A bookmark would have been proof enough.
    rig.open().body(bookmark("900")).advance(secs(100)).end();
    assert!(rig.has_query("resourceVersion=900"));

    let rig = &mut went_back;
    rig.reply(200, page("450", "t", &["a@5"]));
    assert!(rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    rig.reply(422, status(422, "Invalid", "sendInitialEvents"));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    // It insists, and is believed.
    rig.reply(200, list("450", &["a@5"])).until_sent();
    assert!(rig.has_query("resourceVersion=900"), "{}", rig.uri());
    rig.reply(200, list("450", &["a@5"])).until_sent().reply(200, list("451", &["a@5"]));
    assert_eq!(rig.take_events(), ["INITIAL (server went back)", "INITIAL Pod default/a@5", "INITIAL END @451"]);
    assert!(rig.has_query("resourceVersion=451"));
    assert!(rig.take_notices().last().unwrap().starts_with("restarted (server went back) from 900 to 451"));
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
fn after_a_restore_from_backup_the_changes_are_those_of_the_new_history() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "web@90") + &event("ADDED", "db@91")).body(error(410, "Expired", "old"));
    for _ in 0..3 {
        rig.reply(200, list("50", &["web@40", "db@41"])).until_sent();
    }
    rig.reply(200, list("50", &["web@40", "db@41"]));
    assert_eq!(mirror(&rig.events), ["db@41", "web@40"]);
    rig.open().body(event("MODIFIED", "web@60"));
    assert_eq!(mirror(&rig.events), ["db@41", "web@60"]);
    rig.body(event("DELETED", "web@70"));
    assert_eq!(mirror(&rig.events), ["db@41"]);
}

#[test]
fn a_set_from_before_that_breaks_off_is_still_one_from_before_when_it_comes_again() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "web@90") + &event("ADDED", "db@91")).body(error(410, "Expired", "old"));
    for _ in 0..3 {
        rig.reply(200, list("50", &["web@40"])).until_sent();
    }
    rig.open().body(list("50", &["web@40", "db@41"])[..200].to_owned()).fail(TransportErrorKind::Reset).until_sent();
    rig.reply(200, list("50", &["web@40", "db@41"]));
    assert!(rig.events.iter().any(|event| event.to_string() == "INITIAL (retry)"));
    assert_eq!(mirror(&rig.events), ["db@41", "web@40"]);
}

#[test]
fn a_streaming_list_from_the_past_is_not_believed_either() {
    let mut rig = Rig::new(pods().start(Start::default()));
    rig.open().body(event("ADDED", "a@90") + &initial_end("90")).body(error(410, "Expired", "old"));
    rig.take_events();
    rig.open().body(event("ADDED", "ghost@40") + &initial_end("50"));
    assert!(!rig.take_events().contains(&"INITIAL END @50".to_owned()));
    assert_eq!(rig.watcher.checkpoint(), None);
    rig.until_sent();
    for _ in 0..2 {
        assert!(rig.has_query("resourceVersion=90") && rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
        rig.open().body(too_large()).until_sent();
    }
    assert!(!rig.uri().contains("resourceVersion=") && rig.has_query("sendInitialEvents=true"), "{}", rig.uri());
    rig.open().body(event("ADDED", "a@40") + &initial_end("50"));
    assert_eq!(rig.take_events(), ["INITIAL (server went back)", "INITIAL Pod default/a@40", "INITIAL END @50"]);
}

#[test]
fn a_server_that_was_down_and_comes_back_as_it_was_before_is_found_out_at_once() {
    let mut rig = live();
    rig.fail(TransportErrorKind::Reset).until_sent();
    assert!(rig.has_query("resourceVersion=11"), "a broken connection is no reason to doubt");
    rig.fail(TransportErrorKind::Refused).until_sent();
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1");
    rig.reply(200, page("7", "t", &["a@5"]));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    assert!(rig.take_notices().last().unwrap().contains("the server went back: 11 was seen before, now it is at 7"));
}

/// A server that was restored answers so while it starts. The watch must not go on before the question is answered, or
/// what the new history did meanwhile would never come.
#[test]
fn the_question_how_far_it_is_stands_until_it_is_answered() {
    let unanswered: [fn(&mut Rig) -> &mut Rig; 7] = [
        |rig| rig.reply(503, status(503, "ServiceUnavailable", "starting")),
        |rig| rig.reply(429, "Too many requests, please try again later.\n"),
        |rig| rig.reply(500, status(500, "InternalError", "etcd")),
        |rig| rig.fail(TransportErrorKind::Reset),
        |rig| rig.open().end(),
        |rig| rig.open().body("{\"items\":["),
        |rig| rig,
    ];
    for (which, answer) in unanswered.into_iter().enumerate() {
        let mut rig = live();
        rig.fail(TransportErrorKind::Refused).until_sent();
        for _ in 0..3 {
            assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=1", "{which}");
            answer(&mut rig).until_sent();
        }
        rig.reply(200, page("7", "t", &["a@5"]));
        assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500", "{which}");
        assert!(!rig.has_query("watch=true"), "{which}");
    }
}
