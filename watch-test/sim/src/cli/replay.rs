//! `simulate replay`: a plan, once more.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::output;
use crate::plan::Plan;
use crate::run::{Comparisons, record, run_and_compare, run_with_timeline};

/// Carries out a plan and prints its timeline
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Replay {
    /// The plan, as a failure left it
    pub file: PathBuf,
    /// Draws the run into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Writes what passes the doors of the first machine into this file: a trace, which `watch-test replay` replays
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Prints the verdict only
    #[arg(long)]
    pub quiet: bool,
}

impl Replay {
    /// Does it. The exit code tells which kind of promise was broken.
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
        let outcome = run_with_timeline(plan);
        if !self.quiet {
            for line in &outcome.lines {
                println!("{line}");
            }
        }
        let svg = self.svg.as_ref().map_or(Ok(()), |file| output::write(file, &outcome.draw(plan)));
        let trace = self.trace.as_ref().map_or(Ok(()), |file| output::write(file, &(record(plan).join("\n") + "\n")));
        if let Err(error) = svg.and(trace) {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
        let violation = outcome.violation.or_else(|| run_and_compare(plan, Comparisons::all()).violation);
        match violation {
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

/// Whether the first line is an entry of a trace, of this format or an older one.
fn is_trace(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let Ok(first) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(first) else { return false };
    ["begin", "watch", "handled", "polled"].iter().any(|key| first.contains_key(*key))
}
