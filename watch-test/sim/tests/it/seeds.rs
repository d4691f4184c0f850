//! The same seed is the same run: in debug and release, on every platform.

use watch_sim::{plan_of, run};

/// Seeds and the hashes of their runs. They change with the machine, the model and the generator; the test then prints
/// the new table.
const TABLE: &str = include_str!("seeds.txt");

#[test]
fn the_first_64_seeds_have_the_recorded_results() {
    let mut found = String::new();
    for seed in 0..64 {
        let outcome = run(&plan_of(seed));
        assert_eq!(outcome.violation, None, "seed {seed}");
        found += &format!("{seed} {:016x}\n", outcome.hash);
    }
    assert_eq!(TABLE, found, "if that is meant to be so, tests/it/seeds.txt is now:\n{found}");
}

#[test]
fn other_seeds_are_other_runs() {
    let hashes: std::collections::BTreeSet<u64> = (0..64).map(|seed| run(&plan_of(seed)).hash).collect();
    assert!(hashes.len() > 60, "{}", hashes.len());
}
