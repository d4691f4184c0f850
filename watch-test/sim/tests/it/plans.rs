//! Runs the plans of all earlier failures again.

use core::time::Duration;

use watch_sim::plan::{Action, Layer, Setup, StartAt, UNNAMED_RULE};
use watch_sim::{Comparisons, Plan, plan_of, run, run_and_compare};
use watch_test::fault::{Fault, Requests};

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

#[test]
fn each_rule_that_applied_is_counted_by_its_name() {
    let (mut refuse, mut drip) =
        (Fault::refuse(500).once(), Fault::Drip { bytes: 100, every: Duration::from_millis(5) }.once());
    (refuse.on, drip.on) = (Requests::verb("list"), Requests::verb("list"));
    let mut plan = plan_of(0);
    plan.setup = Setup::default();
    plan.setup.clients[0].start = StartAt::List;
    plan.steps.truncate(3);
    for (step, action) in
        plan.steps.iter_mut().zip([Action::Rule(refuse), Action::Rule(drip), Action::Relist { client: 0 }])
    {
        (step.after, step.action) = (0, action);
    }
    assert_eq!(plan.steps.len(), 3);
    let outcome = run(&plan);
    assert_eq!(outcome.violation, None);
    let counts = serde_json::to_value(&outcome.counts).unwrap();
    for name in ["rule: refuse", "rule: drip", "rule applied: refuse", "rule applied: drip"] {
        assert_eq!(counts["fault"][name], 1, "{name}: {counts}");
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
