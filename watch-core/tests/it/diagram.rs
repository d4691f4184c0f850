//! The table and the drawing in the documentation match the machine: no edge is missing, and none is superfluous.

mod drawing;

use std::collections::BTreeSet;
use std::time::Duration;

use watch_core::{InitialList, OnExpired, ResponseHead, Start, TransportErrorKind};

use crate::request_bounds::{FAILURES, endure};
use crate::rig::{Rig, error, pods};
use crate::stop::everywhere;

/// Servers that send this and no more.
const HANGS: [fn(&mut Rig); 3] = [|_| {}, |rig| _ = rig.open(), |rig| _ = rig.head(ResponseHead::new(500))];

/// The rows of the table: from, to, and when.
fn table() -> Vec<[&'static str; 3]> {
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        Some([cells.next()?, cells.next()?, cells.next()?])
    };
    include_str!("../../STATES.md").lines().filter_map(row).skip(1).collect()
}

/// The edges in the table.
fn drawn() -> BTreeSet<(String, String)> {
    table().into_iter().map(|[from, to, _]| (from.to_owned(), to.to_owned())).collect()
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
    // The server ends the watch when it is due, which is the grace of 15 s before its timeout.
    let timeout = rig.wait.unwrap().until.unwrap().since(rig.now);
    rig.advance(timeout.saturating_sub(Duration::from_secs(15))).end().open().advance(ten_minutes);
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

/// If it fails: `WATCH_WRITE_DRAWING=1 cargo test -p watch-core --all-features --test it diagram` writes the drawing.
#[test]
fn the_drawing_is_generated_from_the_table() {
    let drawing = drawing::of(&table());
    if std::env::var_os("WATCH_WRITE_DRAWING").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/states.svg"), &drawing).unwrap();
    }
    let written = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/states.svg")).unwrap_or_default();
    assert!(drawing == written, "states.svg is outdated: run this test with WATCH_WRITE_DRAWING=1");
    // Markdown ends a block of HTML at an empty line, and the documentation of the crate has the drawing in it.
    assert!(drawing.starts_with("<svg ") && !drawing.contains("\n\n"));
}
