//! What probes do is what they did.

use watch_sim::probe::table::{self, Compared};
use watch_sim::probe::{Probe, seek};

/// Blocks of seeds of each probe and their hashes. They change with watch-core and with the probes; then
/// `simulate probes --pin N` prints the new table.
const TABLE: &str = include_str!("probes.txt");

/// The number of seeds of each probe that are compared. `simulate probes --pinned` compares all of them, faster.
const IN_DEBUG: u64 = 512;

#[test]
fn every_probe_does_what_the_table_says() {
    let table = table::read(TABLE).unwrap();
    for probe in Probe::ALL {
        assert!(table.iter().any(|pinned| pinned.probe.name == probe.name), "{probe:?} is missing");
    }
    let table: Vec<_> = table.into_iter().filter(|pinned| pinned.first < IN_DEBUG).collect();
    let compared = table::compare(&table, 2);
    assert!(matches!(compared, Compared::Same(_)), "{compared:?}");
}

#[test]
fn the_seeds_after_the_table_hold() {
    let sought = seek(&Probe::ALL, 1_000_000, 2, |index| index >= 200);
    assert!(sought.failed.is_none(), "{:?}", sought.failed);
    assert_eq!(sought.seeds, 200);
}

#[test]
fn a_table_that_is_not_one_is_refused_with_its_line() {
    for (text, wrong) in [
        ("", "empty"),
        ("versions 0 1f\nversions 64", "line 2"),
        ("versions 0 1f\nnone 64 1f", "line 2"),
        ("versions 1 1f", "line 1"),
        ("versions 0 xyz", "line 1"),
        ("versions 18446744073709551552 1f", "line 1"),
    ] {
        assert!(table::read(text).unwrap_err().contains(wrong), "{text:?}");
    }
}

#[test]
fn a_block_that_differs_is_named() {
    let table = table::read("versions 64 0000000000000001\n").unwrap();
    let Compared::Different(blocks) = table::compare(&table, 1) else { panic!("it differs") };
    assert_eq!((blocks.len(), blocks[0].first), (1, 64));
}
