//! Watches that resume from a version.

use watch_core::{Event, Phase, Representation};

use super::begin::{from, from_228};
use super::play::{Case, Events};
use crate::rig::pods;

const CRUD: [&str; 9] = [
    "ADDED Pod default/p5@229",
    "MODIFIED Pod default/p0@230",
    "MODIFIED Pod default/p1@231",
    "MODIFIED Pod default/p1@232",
    "MODIFIED Pod default/p2@233",
    "DELETED Pod default/p2@234",
    "BOOKMARK @240",
    "BOOKMARK @240",
    "BOOKMARK @240",
];

pub(super) const CASES: [Case; 6] = [
    Case {
        name: "watch-crud",
        ask: from_228,
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&CRUD),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 240"],
    },
    // It ended after a second, at its `timeoutSeconds`. Watches aren't opened more often than that.
    Case {
        name: "watch-timeout-1s",
        ask: from_228,
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(CRUD.first_chunk::<6>().unwrap()),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    // An object that leaves the selection is DELETED, one that enters it ADDED.
    Case {
        name: "watch-selector",
        ask: || from("228", pods().labels("app=web")),
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&[
            "ADDED Pod default/p5@229",
            "MODIFIED Pod default/p0@230",
            "DELETED Pod default/p1@231",
            "ADDED Pod default/p1@232",
            "MODIFIED Pod default/p2@233",
            "DELETED Pod default/p2@234",
        ]),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    Case {
        name: "watch-one-name",
        ask: || from("228", pods().name("p0")),
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&["MODIFIED Pod default/p0@230"]),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 230"],
    },
    Case {
        name: "watch-metadata",
        ask: || from("228", pods().representation(Representation::Metadata)),
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&[
            "ADDED PartialObjectMetadata default/p5@229",
            "MODIFIED PartialObjectMetadata default/p0@230",
            "MODIFIED PartialObjectMetadata default/p1@231",
            "MODIFIED PartialObjectMetadata default/p1@232",
            "MODIFIED PartialObjectMetadata default/p2@233",
            "DELETED PartialObjectMetadata default/p2@234",
        ]),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    Case {
        name: "pods-churn",
        ask: || from("416", pods()),
        asked: "> WATCH 416",
        differs: None,
        events: Events::Many {
            count: 241,
            first: "MODIFIED Pod default/web-7c9d8b5f6-00000@417",
            last: "BOOKMARK @660",
            all: churn,
        },
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 660"],
    },
];

/// 240 changes in order, each of a complete pod, then one bookmark.
fn churn(events: &[Event]) {
    let objects: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Added(object) | Event::Modified(object) | Event::Deleted(object) => Some(object),
            _ => None,
        })
        .collect();
    assert_eq!(objects.len(), 240);
    assert!(objects.is_sorted_by(|a, b| a.resource_version().is_before(b.resource_version())));
    for object in objects {
        assert_eq!((object.kind(), object.namespace()), (Some("Pod"), Some("default")));
        assert_eq!(object.uid().map(str::len), Some(36));
        let json: serde_json::Value = object.decode().unwrap();
        assert_eq!(json["metadata"]["name"], object.name());
        assert_eq!(json["metadata"]["uid"], object.uid().unwrap());
        assert_eq!(json["metadata"]["resourceVersion"], *object.resource_version().text());
        assert_eq!(json["status"]["phase"].as_str().map(str::is_empty), Some(false));
    }
}
