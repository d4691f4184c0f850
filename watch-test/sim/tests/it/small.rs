//! Small plans: all bugs have a small witness.
//!
//! The tests run one of N plans, because they are built without optimisation. N is prime to the numbers of
//! alternatives, so that each alternative occurs. `simulate --exhaustive`, which the gate calls, runs all plans.

use watch_sim::plan::StartAt;
use watch_sim::{Tried, cells, cuts, pages, sequences, splits};

fn held(tried: Tried) {
    if let Some((plan, violation)) = tried.failure {
        panic!("{violation}\n{}", serde_json::to_string_pretty(&plan).unwrap());
    }
    assert!(tried.plans > 0);
}

/// Up to five in `.ci/run`, and up to six in `.ci/full`.
#[test]
fn every_sequence_of_three_steps_holds() {
    for start in [StartAt::Auto, StartAt::List] {
        held(sequences(start, 3, false, &mut || {}));
    }
}

#[test]
fn every_sequence_of_two_steps_can_be_resumed_from() {
    for start in [StartAt::Auto, StartAt::List] {
        held(sequences(start, 2, true, &mut || {}));
    }
}

/// With a write and a compaction between its pages.
#[test]
fn one_in_eleven_lists_of_four_holds() {
    held(pages(11));
}

#[test]
fn one_in_seven_cuts_of_three_events_holds() {
    held(cuts(7));
}

#[test]
fn one_in_five_faults_in_a_state_holds() {
    held(cells(5));
}

#[test]
fn bodies_cut_anywhere_have_the_same_result() {
    held(splits(37));
}
