//! `replay`: plans and recorded traces, once more.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use watch_core::trace::{self, Entry, TraceError};

use super::output;
use crate::sim::plan::Plan;
use crate::sim::run::{Comparisons, record, run_and_compare, run_with_timeline};
use crate::sim::violation::Oracle;

/// Characters of an entry that are shown; the file has the rest.
const SHOWN: usize = 200;

/// Carries out a plan and prints its timeline; or replays a recorded trace, and shows where it differs.
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
        if is_trace(&text) {
            return self.trace(&text);
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

    fn trace(&self, text: &str) -> ExitCode {
        if self.svg.is_some() || self.trace.is_some() {
            return self.unreadable(&"this is a trace, and --svg and --trace are about plans");
        }
        let entries = match trace::read(text) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(&error),
        };
        let replayed = trace::replay(entries.iter().cloned());
        let shown = match &replayed {
            Err(TraceError::Difference(difference)) => difference.index,
            _ => entries.len(),
        };
        if !self.quiet {
            for (index, entry) in entries.iter().enumerate().take(shown) {
                println!("{index:5} {}", line(entry));
            }
        }
        match replayed {
            Ok(()) => {
                eprintln!("the same: {} entries", entries.len());
                ExitCode::SUCCESS
            }
            Err(TraceError::Difference(difference)) => {
                eprintln!("{difference}");
                if let Some(Entry::Begin(begin)) = entries.first() {
                    eprintln!("the trace is of watch-core {}", begin.release);
                }
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

/// Whether the first line is an entry of a trace: of this format or an older one, which then is refused as that.
fn is_trace(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let Ok(first) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(first) else { return false };
    ["begin", "watch", "handled", "polled"].iter().any(|key| first.contains_key(*key))
}

fn line(entry: &Entry) -> String {
    let text = match entry {
        Entry::Begin(begin) => {
            let (config, late) = (&begin.config, if begin.late { ", recorded too late" } else { "" });
            let from = begin.checkpoint.as_ref().map(|from| format!(" from {}", from.resource_version()));
            format!("watch of {}{}, seed {}{late}", config.target(), from.unwrap_or_default(), config.seed())
        }
        Entry::Handled(input) => format!("→ {input:?}"),
        Entry::Polled { now, output } => format!("← at {now}: {output}"),
    };
    text.chars().take(SHOWN).collect()
}
