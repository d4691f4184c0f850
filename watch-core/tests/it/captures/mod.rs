//! Every recorded response of a real kube-apiserver, read by a machine that requested it.

mod begin;
mod damaged;
mod gone;
mod lists;
mod out_of_place;
mod play;
mod recording;
mod refusals;
mod streams;
mod watches;

use self::play::Case;

const TABLES: [&[Case]; 6] =
    [&gone::CASES, &lists::CASES, &out_of_place::CASES, &refusals::CASES, &streams::CASES, &watches::CASES];

fn check(cases: &[Case]) {
    for case in cases {
        case.check();
    }
}

#[test]
fn every_recording_has_an_expectation_and_the_other_way_round() {
    let mut expected: Vec<_> = TABLES.iter().copied().flatten().map(|case| case.name).collect();
    expected.sort_unstable();
    assert_eq!(expected, recording::names());
}

#[test]
fn recorded_lists_are_emitted_object_by_object() {
    check(&lists::CASES);
}

#[test]
fn recorded_watches_are_emitted_event_by_event() {
    check(&watches::CASES);
}

#[test]
fn recorded_watches_with_initial_state_resume_where_they_ended() {
    check(&streams::CASES);
}

#[test]
fn recorded_410s_lead_to_a_relist() {
    check(&gone::CASES);
}

#[test]
fn recorded_refusals_are_parsed() {
    check(&refusals::CASES);
}

#[test]
fn recorded_replies_to_other_requests_do_no_harm() {
    check(&out_of_place::CASES);
}
