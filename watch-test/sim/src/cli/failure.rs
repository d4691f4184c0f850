//! The report of a failure: the shortened plan, and its timeline.

use std::path::{Path, PathBuf};

use crate::minimise::minimise;
use crate::plan::Plan;
use crate::run::run_with_timeline;
use crate::violation::Violation;

/// The most lines of the timeline that are printed; the file has the plan, which reproduces all of it.
const SHOWN: usize = 200;

/// Shortens the plan, writes it to a file in the folder, and prints its timeline. Returns the file.
pub(crate) fn report(plan: &Plan, violation: &Violation, folder: &Path) -> PathBuf {
    eprintln!("\nFAIL {violation}\n  {} ({} steps); shortening it …", plan.about, plan.steps.len());
    let (mut short, runs) = minimise(plan, violation.oracle);
    let outcome = run_with_timeline(&short);
    let found = outcome.violation.as_ref().unwrap_or(violation);
    short.about = format!("{found} (from {})", plan.about);
    let name = plan.about.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let file = folder.join(format!("{:?}-{name}.json", violation.oracle).to_lowercase());
    let json = serde_json::to_string_pretty(&short).unwrap_or_default();
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, json));
    if let Err(error) = written {
        eprintln!("can't write {}: {error}", file.display());
    }
    eprintln!("minimised to {} steps ({runs} runs): {found}", short.steps.len());
    let setup = serde_json::to_string(&short.setup).unwrap_or_default();
    eprintln!("setup: {setup}");
    let skipped = outcome.lines.len().saturating_sub(SHOWN);
    if skipped > 0 {
        eprintln!("… {skipped} lines omitted");
    }
    for line in &outcome.lines[skipped..] {
        eprintln!("{line}");
    }
    eprintln!("replay: cargo run --release -p watch-sim -- replay {}", file.display());
    file
}
