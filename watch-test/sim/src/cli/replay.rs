//! `simulate replay`: runs a plan again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use watch_test::check::Who;

use super::output;
use crate::plan::Plan;
use crate::run::{Comparisons, record, run_and_compare, run_with_timeline};

/// Runs a plan and prints its timeline
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Replay {
    /// The file of the plan, as a failure wrote it
    pub file: PathBuf,
    /// Draw the run as SVG into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Write the inputs and outputs of the first machine to this file: a trace for `watch-test replay`
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Print the verdict only
    #[arg(long)]
    pub quiet: bool,
}

impl Replay {
    /// Runs the command. The exit code depends on the kind of oracle that failed.
    pub fn execute(&self) -> ExitCode {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) => return self.unreadable(&error),
        };
        if is_trace(&text) {
            return self.unreadable(&"this is a trace, not a plan: `watch-test replay FILE` replays traces");
        }
        match serde_json::from_str::<Plan>(&text) {
            Ok(plan) => self.plan(&plan),
            Err(error) => self.unreadable(&Plan::fault(&text).unwrap_or_else(|| error.to_string())),
        }
    }

    fn plan(&self, plan: &Plan) -> ExitCode {
        let mut outcome = run_with_timeline(plan);
        if outcome.violation.is_none() {
            outcome.violation = run_and_compare(plan, Comparisons::all()).violation;
        }
        if !self.quiet {
            // The requests as the server sees them are in the picture only.
            for line in outcome.lines.iter().filter(|line| !matches!(line.who, Who::Request(_))) {
                println!("{line}");
            }
        }
        let svg = self.svg.as_ref().map_or(Ok(()), |file| output::write(file, &outcome.draw(plan)));
        let trace = self.trace.as_ref().map_or(Ok(()), |file| output::write(file, &(record(plan).join("\n") + "\n")));
        if let Err(error) = svg.and(trace) {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
        match outcome.violation {
            Some(violation) => {
                eprintln!("FAIL {violation}");
                ExitCode::from(violation.oracle.exit_code())
            }
            None => {
                let simulated = humantime::format_duration(outcome.simulated);
                eprintln!("held: {simulated} simulated, hash {:016x}", outcome.hash);
                ExitCode::SUCCESS
            }
        }
    }

    fn unreadable(&self, error: &dyn core::fmt::Display) -> ExitCode {
        eprintln!("{}: {error}", self.file.display());
        ExitCode::from(2)
    }
}

/// Returns whether the first line is an entry of a trace, of this format or an older one.
fn is_trace(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let Ok(first) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(first) else { return false };
    ["begin", "watch", "handled", "polled"].iter().any(|key| first.contains_key(*key))
}
