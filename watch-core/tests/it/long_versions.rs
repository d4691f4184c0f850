//! Versions of the greatest length, in every place. (Longer ones are X12 of the corpus.)

use watch_core::{
    Change, Checkpoint, Diff, DiffSnapshot, LONGEST_RESOURCE_VERSION, ListSemantics, ResourceVersion, Start, Watcher,
};

use crate::rig::{Rig, bookmark, error, event, list, pods};
use crate::transcript::query;

/// The version of a server that aggregates clusters: base64, which must be encoded in a URI.
fn long(letter: char) -> String {
    let version: String = "+/=".chars().chain(core::iter::repeat(letter)).take(LONGEST_RESOURCE_VERSION).collect();
    assert_eq!(version.len(), 4096);
    version
}

fn asked_for(rig: &Rig) -> String {
    query(rig.request(), "resourceVersion").unwrap_or_default()
}

#[test]
fn of_lists_events_and_bookmarks_they_are_resumed_from() {
    let mut rig = Rig::new(pods());
    rig.reply(200, list(&long('l'), &[&format!("a@{}", long('a'))]));
    assert_eq!(asked_for(&rig), long('l'));
    for (body, version) in [
        (event("ADDED", &format!("b@{}", long('b'))), long('b')),
        (event("MODIFIED", &format!("b@{}", long('m'))), long('m')),
        (bookmark(&long('k')), long('k')),
    ] {
        rig.open().body(body).end().until_sent();
        assert_eq!(asked_for(&rig), version);
    }
    assert_eq!(rig.events.len(), 6);
    assert!(rig.notices.is_empty(), "{:?}", rig.notices);
}

#[test]
fn they_outlive_the_process() {
    let mut rig = Rig::new(pods());
    let mut diff = Diff::new();
    rig.reply(200, list(&long('l'), &[&format!("a@{}", long('a'))]));
    rig.events.drain(..).for_each(|event| diff.handle(event));
    while diff.poll().is_some() {}
    let checkpoint = serde_json::to_string(&rig.watcher.checkpoint().unwrap()).unwrap();
    let snapshot = serde_json::to_string(&diff.snapshot(rig.watcher.config())).unwrap();

    let checkpoint: Checkpoint = serde_json::from_str(&checkpoint).unwrap();
    let config = pods().build().unwrap();
    let snapshot: DiffSnapshot = serde_json::from_str(&snapshot).unwrap();
    let mut diff = Diff::restore(snapshot, &config).unwrap();
    let mut rig = Rig::with(Watcher::resume(config, &checkpoint).unwrap());
    // There is no version check, because the versions can't be compared.
    assert_eq!(asked_for(&rig), long('l'));
    rig.open().body(error(410, "Expired", "old")).reply(200, list(&long('n'), &[]));
    rig.events.drain(..).for_each(|event| diff.handle(event));
    let Some(Change::Vanished(gone)) = diff.poll() else { panic!("it is gone") };
    assert_eq!(gone.last().text(), long('a'));
}

#[test]
fn a_watch_can_start_from_one_with_any_other_setting() {
    let version = ResourceVersion::new(&long('s')).unwrap();
    let selector = format!("f={}", "\\=".repeat((12 << 10) / 6 - 50));
    let rig = Rig::new(pods().fields(selector.as_str()).start(Start::From(version.clone())));
    assert_eq!((asked_for(&rig), query(rig.request(), "fieldSelector").unwrap()), (long('s'), selector));
    let rig = Rig::new(pods().list_semantics(ListSemantics::NotOlderThan(version)));
    assert_eq!(asked_for(&rig), long('s'));
}
