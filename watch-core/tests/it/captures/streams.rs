//! Watches that begin with the state.

use watch_core::{Config, Event, Phase, Resource};

use super::begin::{pods_unversioned, unversioned};
use super::play::{Case, Events};
use crate::rig::streaming;

/// Five pods, in no order of their versions, then the end.
const FIVE: Events = Events::These(&[
    "ADDED Pod default/p0@230",
    "ADDED Pod default/p1@232",
    "ADDED Pod default/p3@227",
    "ADDED Pod default/p4@228",
    "ADDED Pod default/p5@229",
]);

/// The end of the state isn't marked; from the first event that isn't ADDED on, there is an order.
const STATE_THEN_CHANGES: Events = Events::These(&[
    "ADDED Pod default/p0@224",
    "ADDED Pod default/p1@225",
    "ADDED Pod default/p2@226",
    "ADDED Pod default/p3@227",
    "ADDED Pod default/p4@228",
    "ADDED Pod default/p5@229",
    "MODIFIED Pod default/p0@230",
    "MODIFIED Pod default/p1@231",
    "MODIFIED Pod default/p1@232",
    "MODIFIED Pod default/p2@233",
    "DELETED Pod default/p2@234",
]);

const RESTARTED: &str = "~ relisted (version expired) from 100 to 230";

pub(super) const CASES: [Case; 8] = [
    Case {
        name: "watch-streaming-list",
        ask: streaming,
        asked: "> STREAMING LIST",
        differs: None,
        events: Events::These(&[
            "INITIAL (first)",
            "INITIAL Pod default/p0@224",
            "INITIAL Pod default/p1@225",
            "INITIAL Pod default/p2@226",
            "INITIAL Pod default/p3@227",
            "INITIAL Pod default/p4@228",
            "INITIAL END @228",
            "ADDED Pod default/p5@229",
            "MODIFIED Pod default/p0@230",
            "MODIFIED Pod default/p1@231",
            "MODIFIED Pod default/p1@232",
            "MODIFIED Pod default/p2@233",
            "DELETED Pod default/p2@234",
            "BOOKMARK @234",
            "BOOKMARK @234",
        ]),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    // No bookmarks were requested, so there was no end marker. The objects are void.
    Case {
        name: "err-send-initial-no-bookmarks",
        ask: streaming,
        asked: "> STREAMING LIST",
        differs: None,
        events: Events::These(&[
            "INITIAL (first)",
            "INITIAL Pod default/p0@230",
            "INITIAL Pod default/p1@232",
            "INITIAL Pod default/p3@227",
            "INITIAL Pod default/p4@228",
            "INITIAL Pod default/p5@229",
        ]),
        besides: &["~ resume 1: ended without its end marker"],
        phase: Phase::BackingOff,
        then: &["> STREAMING LIST"],
    },
    Case {
        name: "watch-rv-unset",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: None,
        events: STATE_THEN_CHANGES,
        besides: &[RESTARTED],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    Case {
        name: "watch-rv0",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: Some("the machine never watches from \"0\": that may be the past"),
        events: STATE_THEN_CHANGES,
        besides: &[RESTARTED],
        phase: Phase::BackingOff,
        then: &["> WATCH 234"],
    },
    // There was no version to resume from, so it begins again without one.
    Case {
        name: "watch-limit-ignored",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: Some("the machine puts no limit on a watch"),
        events: FIVE,
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
    Case {
        name: "watch-gzip",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: None,
        events: FIVE,
        besides: &["~ resume 2: watch ended after 954.0ms without a new event"],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
    Case {
        name: "legacy-watch-path",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: Some("the machine knows only the present path"),
        events: FIVE,
        besides: &["~ resume 2: watch ended after 956.0ms without a new event"],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
    Case {
        name: "watch-big-object",
        ask: || unversioned(Config::builder(Resource::core("v1", "configmaps")).namespace("default")),
        asked: "> WATCH",
        differs: None,
        events: Events::Many {
            count: 1,
            first: "ADDED ConfigMap default/big@287",
            last: "ADDED ConfigMap default/big@287",
            all: |events| {
                let [Event::Added(object)] = events else { panic!("one object") };
                assert_eq!(object.raw().len(), 481_578 - "{\"type\":\"ADDED\",\"object\":}\n".len());
                let json: serde_json::Value = object.decode().unwrap();
                let data = json["data"].as_object().unwrap();
                assert!(data.len() == 60 && data.values().all(|value| value.as_str().unwrap().chars().count() == 4000));
            },
        },
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
];
