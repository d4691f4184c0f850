//! Responses that a machine doesn't get from this server, but might from another one. None may count as an event, and
//! the version to resume from stays.

use watch_core::Phase;

use super::begin::{from, from_228, pods_unversioned};
use super::play::{Case, Events};
use crate::rig::pods;

pub(super) const CASES: [Case; 4] = [
    // A version that the server hasn't reached: it is silent.
    Case {
        name: "err-rv-future-watch",
        ask: || from("99999999", pods()),
        asked: "> WATCH 99999999",
        differs: None,
        events: Events::These(&[]),
        besides: &[],
        phase: Phase::BackingOff,
        then: &["> WATCH 99999999"],
    },
    Case {
        name: "watch-protobuf",
        ask: from_228,
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&[]),
        // It continues, but only what is quoted is read.
        besides: &[
            "abort",
            concat!(
                "~ resume 1: HTTP 200 with application/vnd.kubernetes.protobuf;stream=watch; body begins with \"",
                r"\0\0\u{4}7\n\u{5}ADDED\u{12}�\u{8}\n�\u{8}k8s\0\n\t\n\u{2}v1\u{12}\u{3}Pod\u{12}�\u{8}\n�\u{5}\n\u{2}p5\u{12}\0",
                r#"\u{1a}\u{7}default\"\0*$c3df342e-8207-4bc7-8b2e-89142e4a4e7d2\u{3}2298\u{1}B\u{8}\u{8}����\u{6}\u{10}\0Z\n\n"#,
                "\\u{3}app\\u{12}\\u{3}w\"",
            ),
            "> WATCH 228",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    // A Table has a version but no name.
    Case {
        name: "watch-table",
        ask: from_228,
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&[]),
        besides: &["abort", "~ resume 1: unreadable watch event: metadata.name is missing or empty"],
        phase: Phase::BackingOff,
        then: &["> WATCH 228"],
    },
    // The path of an object isn't a collection, and `watch` has no meaning there: the object itself is returned.
    Case {
        name: "single-object-watch",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: Some("the machine watches one object as a selection of the collection"),
        events: Events::These(&[]),
        besides: &["abort", "~ resume 2: unreadable watch event: type is missing or empty"],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
];
