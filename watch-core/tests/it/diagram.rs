//! The drawing in the documentation matches the machine: no edge is missing, and none is superfluous.

use std::collections::BTreeSet;
use std::time::Duration;

use watch_core::{InitialList, OnExpired, ResponseHead, Start, TransportErrorKind};

use crate::request_bounds::{FAILURES, endure};
use crate::rig::{Rig, error, pods};
use crate::stop::everywhere;

/// Servers that send this and no more.
const HANGS: [fn(&mut Rig); 3] = [|_| {}, |rig| _ = rig.open(), |rig| _ = rig.head(ResponseHead::new(500))];

/// The edges in the drawing.
fn drawn() -> BTreeSet<(String, String)> {
    let edge = |line: &str| {
        let (from, rest) = line.split_once(" --> ")?;
        let (to, _) = rest.split_once(':')?;
        (from.trim() != "[*]").then(|| (from.trim().to_owned(), to.to_owned()))
    };
    include_str!("../../STATES.md").lines().filter_map(edge).collect()
}

/// The edges that the machine takes under all inputs of the other tests, except `Stop` and `Relist`, which lead from
/// everywhere to one state.
fn gone_along() -> BTreeSet<(String, String)> {
    let mut seen = BTreeSet::new();
    let ten_minutes = Duration::from_secs(600);
    for (_, server) in FAILURES {
        for set in [InitialList::List, InitialList::Auto] {
            let config = || pods().start(Start::InitialList(set));
            seen.extend(endure(*server, config(), ten_minutes).phases);
            seen.extend(endure(*server, config().give_up_after(Duration::from_secs(20)), ten_minutes).phases);
            seen.extend(endure(*server, config().deadline(Duration::from_secs(20)), ten_minutes).phases);
        }
    }
    for (_, _, mut rig) in everywhere() {
        rig.advance(ten_minutes);
        seen.extend(rig.phases);
    }
    let mut rig = Rig::live(pods().on_expired(OnExpired::Stop));
    seen.extend(rig.body(error(410, "Expired", "old")).phases.clone());
    let mut rig = Rig::live(pods().deadline(ten_minutes));
    rig.advance(Duration::from_secs(60)).end().open().advance(ten_minutes);
    seen.extend(rig.phases);
    // Where nothing more arrives.
    for answer in HANGS {
        for config in [pods().start(Start::default()), pods()] {
            for config in [config.clone().deadline(ten_minutes / 60), config.give_up_after(ten_minutes / 60)] {
                let mut rig = Rig::new(config);
                rig.fail(TransportErrorKind::Reset).until_sent();
                answer(&mut rig);
                seen.extend(rig.advance(ten_minutes).phases.clone());
            }
        }
    }
    seen.into_iter().filter(|(from, to)| from != to).collect()
}

#[test]
fn the_drawing_shows_what_the_machine_does() {
    let (drawn, seen) = (drawn(), gone_along());
    let undrawn: Vec<_> = seen.difference(&drawn).collect();
    let unseen: Vec<_> = drawn.difference(&seen).collect();
    assert!(
        undrawn.is_empty() && unseen.is_empty(),
        "not drawn: {undrawn:#?}\ndrawn and never gone along: {unseen:#?}"
    );
}
