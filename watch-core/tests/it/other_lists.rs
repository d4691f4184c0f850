//! Lists of servers other than kube-apiserver: `limit` is ignored, a future version is answered with the present list,
//! or the list doesn't have a version.

use std::time::Duration;

use watch_core::{Event, ListSemantics, Notice, Phase, Start, TransportErrorKind};

use crate::rig::{Rig, error, event, initial_end, list, page, pods};

const CHECK: &str = "/api/v1/namespaces/default/pods?limit=1";

/// A watch after version 9.
fn watching() -> Rig {
    let mut rig = Rig::new(pods()).by_hand();
    rig.reply(200, list("9", &["a@5", "b@9"])).open();
    rig.events.clear();
    rig
}

/// `metadata` after `items`, as servers write it that sort names.
fn sorted(version: &str, pods: &[&str]) -> String {
    let body = list(version, pods);
    let mut value: serde_json::Value = serde_json::from_str(&body).unwrap();
    let metadata = value.as_object_mut().unwrap().remove("metadata").unwrap();
    let rest = value.to_string();
    format!("{},\"metadata\":{metadata}}}", &rest[..rest.len() - 1])
}

/// The version check, answered with all objects: they are skipped, and none is emitted.
#[test]
fn an_entire_list_answers_a_version_check() {
    let objects = ["a@5", "b@9", "c@12", "d@13"];
    for body in [list("13", &objects), sorted("13", &objects)] {
        let mut rig = watching();
        rig.fail(TransportErrorKind::Reset).settle();
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, body);
        assert!(rig.has_query("watch=true") && rig.has_query("resourceVersion=9"), "{}", rig.uri());
        rig.open().body(event("ADDED", "c@12") + &event("ADDED", "d@13"));
        assert_eq!(rig.take_events(), ["ADDED Pod default/c@12", "ADDED Pod default/d@13"]);
    }
    // It also shows a restore from a backup.
    for body in [list("7", &["a@5"]), sorted("7", &["a@5"])] {
        let mut rig = watching();
        rig.fail(TransportErrorKind::Reset).settle().reply(200, body);
        assert!(rig.take_notices().last().unwrap().contains("server rollback: 9 was seen"), "{:?}", rig.log);
    }
}

#[test]
fn a_page_that_is_larger_than_asked_is_taken() {
    let mut rig = Rig::new(pods().page_size(Some(2))).by_hand();
    assert!(rig.uri().ends_with("?limit=2"));
    // The first, with more to come, and the second, which is the rest.
    rig.reply(200, page("9", "t", &["a@1", "b@2", "c@3"])).reply(200, list("9", &["d@4", "e@5", "f@6", "g@7"]));
    let names: Vec<_> = rig.take_events();
    assert_eq!(names.len(), 1 + 7 + 1, "{names:?}");
    assert_eq!(names[8], "INITIAL END @9");
    assert!(rig.has_query("resourceVersion=9"));
    // All of it in the first.
    let mut rig = Rig::new(pods().page_size(Some(1))).by_hand();
    rig.reply(200, list("9", &["a@1", "b@2", "c@3"]));
    assert_eq!(rig.take_events().len(), 5);
    assert!(rig.has_query("watch=true") && rig.has_query("resourceVersion=9"));
}

/// The configuration requests a version that the server doesn't have. kube-apiserver reports that; other servers return
/// the list they have, which means the same.
#[test]
fn an_older_list_for_a_future_version_is_retried_three_times() {
    let asked = || ListSemantics::NotOlderThan("100".parse().unwrap());
    let too_large = error(504, "Timeout", "Too large resource version: 100, current: 9");
    let stream = event("ADDED", "a@5") + &initial_end("9");
    for (config, says) in [
        (pods(), list("9", &["a@5"])),
        (pods(), sorted("9", &["a@5"])),
        (pods().start(Start::default()), stream),
        (pods().start(Start::default()), too_large),
    ] {
        let mut rig = Rig::new(config.list_semantics(asked())).by_hand();
        for _ in 0..3 {
            assert!(rig.has_query("resourceVersion=100"), "{says}: {}", rig.uri());
            assert!(!rig.events.iter().any(|event| matches!(event, Event::InitialEnd { .. })), "{says}");
            rig.reply(200, says.clone()).settle();
        }
        assert!(!rig.has_query("resourceVersion=100"), "{says}: {}", rig.uri());
        rig.reply(200, if rig.has_query("watch=true") { says } else { list("9", &["a@5"]) });
        if rig.events.iter().any(|event| matches!(event, Event::InitialEnd { .. })) {
            assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @9");
        }
    }
    let mut rig = Rig::new(pods().list_semantics(asked())).by_hand();
    rig.reply(200, list("100", &["a@5"]));
    assert_eq!(rig.take_events().last().unwrap(), "INITIAL END @100");
}

/// The version seen is requested, and an older list arrives. It isn't accepted at once, like any other list.
#[test]
fn an_older_list_than_seen_is_withheld_whatever_its_status() {
    let mut rig = watching();
    rig.body(event("MODIFIED", "a@30")).handle(watch_core::Input::Relist);
    rig.take_events();
    rig.reply(200, list("20", &["a@5"]));
    assert_eq!(rig.take_events(), [""; 0]);
    // After two more such answers it is accepted: a restore from a backup looks the same.
    for _ in 0..2 {
        rig.until_sent();
        assert_eq!(rig.uri(), CHECK);
        rig.reply(200, list("20", &["a@5"]));
    }
    rig.until_sent().reply(200, list("20", &["a@5"]));
    assert_eq!(rig.take_events()[0], "INITIAL (server rollback)");
}

/// It is reported once as needing attention, and retried rarely.
#[test]
fn lists_without_a_version_are_reported_once_and_rare() {
    let bare = list("9", &["a@5"]).replace("\"resourceVersion\":\"9\"", "\"x\":\"\"");
    let empty = list("", &["a@5"]);
    for body in [bare, empty] {
        let mut rig = Rig::new(pods()).by_hand();
        let end = rig.now + Duration::from_secs(600);
        while rig.now < end {
            rig.reply(200, body.clone()).until_sent();
        }
        assert!(rig.sent.len() <= 40, "{} lists in ten minutes", rig.sent.len());
        let blocked = rig.notices.iter().filter(|notice| matches!(notice, Notice::NeedsAttention { .. })).count();
        assert_eq!(blocked, 1, "{body}: {:?}", rig.notices);
        // When the list has a version, all is well.
        rig.reply(200, list("9", &["a@5"])).open();
        assert_eq!(rig.watcher.phase(), Phase::Live);
    }
    // It doesn't answer a version check, and the watch continues without it.
    let mut rig = watching();
    rig.fail(TransportErrorKind::Reset).settle();
    rig.reply(200, list("", &["a@5"])).settle();
    assert!(rig.has_query("watch=true") && rig.has_query("resourceVersion=9"), "{}", rig.uri());
}
