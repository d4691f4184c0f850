//! Lists, complete and in pages.

use watch_core::Phase;

use super::begin::second_page;
use super::play::{Case, Events};
use super::recording::Recording;
use crate::rig::{Rig, pods};

const TOKEN_1: &str = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9";

pub(super) const CASES: [Case; 4] = [
    Case {
        name: "list",
        ask: || Rig::new(pods().page_size(None)),
        asked: "> LIST unpaged",
        differs: None,
        events: Events::These(&[
            "INITIAL (first)",
            "INITIAL Pod default/p0@224",
            "INITIAL Pod default/p1@225",
            "INITIAL Pod default/p2@226",
            "INITIAL Pod default/p3@227",
            "INITIAL Pod default/p4@228",
            "INITIAL END @228",
        ]),
        besides: &["> WATCH 228"],
        phase: Phase::Opening,
        then: &[],
    },
    Case {
        name: "list-page-1",
        ask: || Rig::new(pods().page_size(Some(2))),
        asked: "> LIST",
        differs: None,
        events: Events::These(&["INITIAL (first)", "INITIAL Pod default/p0@224", "INITIAL Pod default/p1@225"]),
        besides: &["> LIST page eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9"],
        phase: Phase::Opening,
        then: &[],
    },
    Case {
        name: "list-page-2",
        ask: || {
            let mut rig = Rig::new(pods().page_size(Some(2)));
            rig.reply(200, Recording::load("list-page-1").body);
            rig
        },
        asked: "> LIST page eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9",
        differs: None,
        events: Events::These(&["INITIAL Pod default/p2@226", "INITIAL Pod default/p3@227"]),
        besides: &["> LIST page eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wM1x1MDAwMCJ9"],
        phase: Phase::Opening,
        then: &[],
    },
    // The page has a later version than the first: a list of both would miss changes of the first page in between. Its
    // metadata comes first, so none of its objects is emitted.
    Case {
        name: "list-inconsistent-continue",
        ask: || second_page("228", TOKEN_1),
        asked: "> LIST page eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjI4LCJzdGFydCI6Ii9wMVx1MDAwMCJ9",
        differs: Some("the machine never uses the token that a 410 offers"),
        events: Events::These(&[]),
        besides: &["abort", "~ relist 1: pages have different resourceVersions (228, 334)", "> LIST unpaged"],
        phase: Phase::Opening,
        then: &[],
    },
];
