//! The corpus of bad input: framing (B), JSON (J), protocol (P), HTTP (H), exhaustion (X).
//!
//! Every case is tried with its complete body, a byte at a time, and cut at random, and must have the same outcome each
//! time. Outcomes are transcripts: `~` begins a notice with the number of the attempt, `>` a request.
//!
//! The outcomes are the same with and without the full check of JSON, except those in [`unchecked`].

mod body_json;
mod body_list;
mod case;
mod exhaustion;
mod framing;
mod http_heads;
mod http_retries;
mod metadata;
mod of_the_adapter;
mod protocol_errors;
mod protocol_events;
mod protocol_sets;
mod unchecked;

use std::collections::BTreeSet;

use self::case::{Case, Scene};
use crate::rig::with_each_check;

/// The number of cases of each letter.
const IDS: [(char, usize); 5] = [('B', 26), ('J', 35), ('P', 37), ('H', 30), ('X', 15)];

const TABLES: [fn() -> Vec<Case>; 9] = [
    body_json::cases,
    body_list::cases,
    exhaustion::cases,
    framing::cases,
    http_heads::cases,
    http_retries::cases,
    metadata::cases,
    protocol_errors::cases,
    protocol_sets::cases,
];

const SCENES: [&[Scene]; 6] = [
    &exhaustion::SCENES,
    &framing::SCENES,
    &http_retries::SCENES,
    &metadata::SCENES,
    &protocol_events::SCENES,
    &protocol_sets::SCENES,
];

fn check(cases: Vec<Case>) {
    with_each_check(|check| {
        let wrong: Vec<_> = cases.iter().filter_map(|case| case.check().err()).collect();
        assert!(wrong.is_empty(), "{check:?}: {}", wrong.join("\n"));
    });
}

#[test]
fn every_case_of_the_corpus_is_tested() {
    let tested: BTreeSet<_> = TABLES
        .iter()
        .flat_map(|cases| cases())
        .map(|case| case.id)
        .chain(SCENES.iter().copied().flatten().map(|(id, ..)| *id))
        .collect();
    for (id, test) in of_the_adapter::CASES {
        assert!(of_the_adapter::TESTS.contains(&format!("async fn {test}()")), "{id}: {test}");
    }
    let of_the_adapter: BTreeSet<_> = of_the_adapter::CASES.iter().map(|(id, _)| *id).collect();
    assert_eq!(tested.intersection(&of_the_adapter).collect::<Vec<_>>(), Vec::<&&str>::new(), "both");
    let all: BTreeSet<_> =
        IDS.iter().flat_map(|(letter, count)| (1..=*count).map(move |number| format!("{letter}{number}"))).collect();
    let known: BTreeSet<_> = tested.union(&of_the_adapter).map(|id| (*id).to_owned()).collect();
    assert_eq!(known, all);
    assert_eq!((tested.len(), of_the_adapter.len()), (140, 3), "PROOF.md states these numbers");
}

#[test]
fn framing() {
    check(framing::cases());
}

#[test]
fn documents_that_are_not_events() {
    check(body_json::cases());
}

#[test]
fn metadata_that_is_unusual_or_missing() {
    check(metadata::cases());
}

#[test]
fn lists_that_are_unusual_or_invalid() {
    check(body_list::cases());
}

#[test]
fn errors_in_the_stream() {
    check(protocol_errors::cases());
}

#[test]
fn lists_that_are_refused_or_never_end() {
    check(protocol_sets::cases());
}

#[test]
fn unusual_heads() {
    check(http_heads::cases());
}

#[test]
fn refusals_and_how_long_to_wait() {
    check(http_retries::cases());
}

#[test]
fn exhaustion_of_a_resource() {
    check(exhaustion::cases());
}

#[test]
fn scenes() {
    for (id, what, scene) in SCENES.iter().copied().flatten() {
        assert!(!id.is_empty() && !what.is_empty());
        scene();
    }
}
