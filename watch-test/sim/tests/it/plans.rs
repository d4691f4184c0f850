//! Runs the plans of all earlier failures again.

use watch_sim::plan::{Action, Layer, UNNAMED_RULE};
use watch_sim::{Comparisons, Plan, plan_of, run_and_compare};

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
        let plan = plan_of(seed);
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan, "seed {seed}");
    }
}

/// Returns the section of the table of faults with this heading, in lower case.
fn section(name: &str) -> String {
    let table = include_str!("../../FAULTS.md");
    let (_, rest) = table.split_once(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("no heading {name}"));
    rest.split("\n## ").next().unwrap().to_lowercase()
}

#[test]
fn every_fault_is_in_the_table_of_the_layer_that_causes_it() {
    let mut faults = std::collections::BTreeSet::new();
    for step in (0..2000).flat_map(|seed| plan_of(seed).steps) {
        if step.action.is_workload() && !matches!(step.action, Action::Mark { .. }) {
            continue;
        }
        assert_ne!(step.action.name(), UNNAMED_RULE, "{:?}", step.action);
        // `"bookmarks"`, or `{"cut": {…}}`. A rule has the name of its fault beside its other fields.
        let action = serde_json::to_value(&step.action).unwrap();
        let fault = action.get("rule").unwrap_or(&action);
        let names = fault.as_object().into_iter().flat_map(|fields| fields.keys().cloned());
        let name =
            names.chain(fault.as_str().map(str::to_owned)).find(|name| !["on", "skip", "times"].contains(&&**name));
        // The mark of an object is the annotation of servers' end markers.
        let layer = if step.action.is_workload() { Layer::Server } else { step.action.layer() };
        faults.insert((layer, action.get("rule").is_some(), name.unwrap()));
    }
    assert!(faults.len() > 35, "{faults:?}");
    for (layer, is_rule, fault) in faults {
        let entry = if is_rule { format!("rule `{fault}`") } else { format!("`{fault}") };
        assert!(section(layer.name()).contains(&entry.to_lowercase()), "{fault} isn't in the table of {layer:?}");
    }
}
