//! All small plans: all bugs have a small witness.

use watch_sim::{Tried, cells, cuts, pages, sequences, splits};

fn held(tried: Tried) {
    if let Some((plan, violation)) = tried.failure {
        panic!("{violation}\n{}", serde_json::to_string_pretty(&plan).unwrap());
    }
    assert!(tried.plans > 0);
}

/// To six by `simulate --exhaustive`.
#[test]
fn every_sequence_of_three_steps_holds() {
    held(sequences(3, false, &mut |_| {}));
}

#[test]
fn every_sequence_of_two_steps_can_be_resumed_from() {
    held(sequences(2, true, &mut |_| {}));
}

#[test]
fn every_list_of_four_holds_with_a_write_and_a_compaction() {
    held(pages());
}

#[test]
fn every_cut_of_a_stream_of_three_events_holds() {
    held(cuts());
}

#[test]
fn every_fault_in_every_state_holds() {
    held(cells());
}

/// In every three pieces by `simulate --exhaustive`.
#[test]
fn bodies_cut_anywhere_have_the_same_result() {
    held(splits(37));
}
