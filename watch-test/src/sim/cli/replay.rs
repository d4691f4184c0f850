//! `replay`: plans and recorded traces, once more.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use watch_core::trace::Entry;

use super::output;
use crate::sim::plan::Plan;
use crate::sim::recording::{Otherwise, Recording};
use crate::sim::run::{Comparisons, record, run_and_compare, run_with_timeline};
use crate::sim::violation::Oracle;

/// Characters of an entry that are shown; the file has the rest.
const SHOWN: usize = 200;

/// Carries out a plan and prints its timeline; or has a recorded trace happen again, and says where it comes out otherwise.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Replay {
    /// The plan, as a failure left it; or a trace, an entry a line
    pub file: PathBuf,
    /// Draws the run of a plan into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Writes what passes the doors of the first machine of a plan into this file: a trace
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
        match serde_json::from_str::<Plan>(&text) {
            Ok(plan) => self.plan(&plan),
            // What is no plan in one piece may be lines.
            Err(no_plan) => match Recording::read(&text) {
                Ok(recording) => self.recording(&recording),
                Err(no_trace) if text.lines().nth(1).is_some_and(|line| line.starts_with('{')) => {
                    self.unreadable(&no_trace)
                }
                Err(_) => self.unreadable(&Plan::fault(&text).unwrap_or_else(|| no_plan.to_string())),
            },
        }
    }

    fn plan(&self, plan: &Plan) -> ExitCode {
        let outcome = run_with_timeline(plan);
        if !self.quiet {
            for line in &outcome.lines {
                println!("{line}");
            }
        }
        let svg = self.svg.as_ref().map_or(Ok(()), |file| output::write(file, &crate::sim::svg::draw(plan, &outcome)));
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

    fn recording(&self, recording: &Recording) -> ExitCode {
        if self.svg.is_some() || self.trace.is_some() {
            return self.unreadable(&"a trace; only of a plan there is a picture, or a trace to be written");
        }
        let replayed = recording.replay();
        let last = match &replayed {
            Err(Otherwise::Difference(difference)) => difference.index,
            _ => recording.entries.len(),
        };
        if !self.quiet {
            println!("{}", Recording::header(&recording.watch));
            for (index, entry) in recording.entries.iter().enumerate().take(last) {
                println!("{index:5} {}", line(entry));
            }
        }
        match replayed {
            Ok(()) => {
                eprintln!("the same: {} entries", recording.entries.len());
                ExitCode::SUCCESS
            }
            Err(Otherwise::Difference(difference)) => {
                eprintln!("{difference}");
                ExitCode::from(Oracle::Determinism.exit_code())
            }
            Err(error) => self.unreadable(&error),
        }
    }

    fn unreadable(&self, error: &dyn core::fmt::Display) -> ExitCode {
        eprintln!("{}: {error}", self.file.display());
        ExitCode::from(2)
    }
}

fn line(entry: &Entry) -> String {
    let text = match entry {
        Entry::Handled(input) => format!("→ {input:?}"),
        Entry::Polled { now, output } => format!("← at {now}: {output}"),
    };
    text.chars().take(SHOWN).collect()
}
