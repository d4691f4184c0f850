//! The version is gone.

use watch_core::Phase;

use super::begin::{from, from_228, second_page};
use super::play::{Case, Events};
use crate::rig::{Rig, pods};

pub(super) const CASES: [Case; 4] = [
    Case {
        name: "gone-watch-old-rv",
        ask: from_228,
        asked: "> WATCH 228",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "abort",
            "~ relist 1: the server returned 410 Expired: too old resource version: 228 (304)",
            "> STREAMING LIST",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    Case {
        name: "gone-watch-rv1",
        ask: || from("1", pods()),
        asked: "> WATCH 1",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "abort",
            "~ relist 1: the server returned 410 Expired: too old resource version: 1 (304)",
            "> STREAMING LIST",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    // The token in it would return the rest of another list.
    Case {
        name: "gone-continue-expired",
        ask: || second_page("310", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MzEwLCJzdGFydCI6Ii9wMVx1MDAwMCJ9"),
        asked: "> LIST page eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MzEwLCJzdGFydCI6Ii9wMVx1MDAwMCJ9",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "~ relist 1: the server returned 410 Expired: The provided continue parameter is too old to display a consistent \
             list result. You can start a new list without the continue parameter, or use the continue token in this \
             response to retrieve the remainder of the results. Continuing with the provided token results in an \
             inconsistent list - objects that were created, modified, or deleted between the time the first chunk was \
             returned and now may show up in the list.",
            "> LIST unpaged",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    Case {
        name: "gone-list-exact-old",
        ask: || Rig::new(pods().page_size(Some(2))),
        asked: "> LIST",
        differs: Some("the machine never asks for the state at exactly one version"),
        events: Events::These(&[]),
        besides: &[
            "~ relist 1: the server returned 410 Expired: The resourceVersion for the provided list is too old.",
            "> LIST",
        ],
        phase: Phase::Opening,
        then: &[],
    },
];
