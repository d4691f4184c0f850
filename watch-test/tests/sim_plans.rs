//! Every failure that was ever found stays found: the plans run again.

use watch_test::sim::{Comparisons, Plan, run_and_compare};

#[test]
fn no_plan_that_was_found_fails_any_more() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/plans");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let outcome = run_and_compare(&plan, Comparisons::all());
        assert_eq!(outcome.violation, None, "{}", file.display());
    }
}

#[test]
fn a_plan_survives_being_written_and_read() {
    for seed in 0..200 {
        let plan = watch_test::sim::plan_of(seed);
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan, "seed {seed}");
    }
}
