//! The version check: when it precedes a watch, and what follows from its answer.

mod answers;
mod between_events;
mod by_watch;
mod due;
mod periodic;
mod slow_heads;

use crate::recover::live;
use crate::rig::{Rig, bookmark, secs};

const CHECK: &str = "/api/v1/namespaces/default/pods?limit=1";

const SET: &str = "/api/v1/namespaces/default/pods?limit=500";

/// A watch after version 11, with the checks left to the test.
fn watching() -> Rig {
    live().by_hand()
}

/// The `timeoutSeconds` of the watch.
fn asked(rig: &Rig) -> u64 {
    rig.uri().split("timeoutSeconds=").nth(1).unwrap().parse().unwrap()
}

/// The watch ended as announced, and is requested again.
fn reopening(rig: &mut Rig) -> &mut Rig {
    let asked = asked(rig);
    rig.body(bookmark("11"))
        .advance(secs(asked / 2))
        .body(bookmark("11"))
        .advance(secs(asked - asked / 2))
        .end()
        .settle()
}

fn is_watch(rig: &Rig) -> bool {
    rig.has_query("watch=true") && rig.has_query("resourceVersion=11")
}
