//! The picture of the README, and of a run with a violation.

use watch_sim::{Plan, run_with_timeline};

const PLAN: &str = include_str!("../../pictures/one-410.json");
/// Renewed by `simulate replay watch-test/sim/pictures/one-410.json --quiet --svg .github/one-410.svg`.
const PICTURE: &str = include_str!("../../../../.github/one-410.svg");

#[test]
fn the_picture_of_the_readme_is_what_its_plan_draws() {
    let plan: Plan = serde_json::from_str(PLAN).unwrap();
    let outcome = run_with_timeline(&plan);
    assert_eq!(outcome.violation, None);
    let drawn = outcome.draw(&plan);
    assert!(drawn == PICTURE, "the picture is out of date: see the command in this test's file\n{drawn}");
    // The 410 is in both views.
    assert_eq!(drawn.matches(">WATCH 204 → 410<").count(), 2, "{drawn}");
}

#[test]
fn the_readme_shows_the_picture_and_what_the_consumer_receives() {
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains("](.github/one-410.svg)"));
    assert!(readme.lines().count() <= 100, "{} lines", readme.lines().count());
    let plan: Plan = serde_json::from_str(PLAN).unwrap();
    let lines = run_with_timeline(&plan).lines;
    let relist: Vec<String> =
        lines.iter().map(|line| line.what.clone()).filter(|what| what.contains("INITIAL")).collect();
    for what in ["INITIAL (version expired)", "INITIAL ConfigMap default/k0@205", "INITIAL END @207"] {
        assert!(relist.iter().any(|line| line == what), "{what} isn't in {relist:#?}");
    }
}
