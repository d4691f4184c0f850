//! `replay`: plans, once more.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::sim::plan::Plan;
use crate::sim::run::{Comparisons, run_and_compare, run_with_timeline};

/// Carries out a plan and prints its timeline.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Replay {
    /// The plan, as a failure left it
    pub file: PathBuf,
    /// Draws the run into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Prints the verdict only
    #[arg(long)]
    pub quiet: bool,
}

impl Replay {
    /// Does it. The exit code tells which kind of promise was broken.
    pub fn execute(&self) -> ExitCode {
        let read = std::fs::read_to_string(&self.file).map_err(|error| error.to_string());
        let plan: Plan = match read.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string())) {
            Ok(plan) => plan,
            Err(error) => {
                eprintln!("{}: {error}", self.file.display());
                return ExitCode::from(2);
            }
        };
        let outcome = run_with_timeline(&plan);
        if !self.quiet {
            for line in &outcome.lines {
                println!("{line}");
            }
        }
        if let Some(file) = &self.svg
            && let Err(error) = std::fs::write(file, crate::sim::svg::draw(&plan, &outcome))
        {
            eprintln!("can't write {}: {error}", file.display());
        }
        let violation = outcome.violation.or_else(|| run_and_compare(&plan, Comparisons::all()).violation);
        match violation {
            Some(violation) => {
                eprintln!("FAIL {violation}");
                ExitCode::from(violation.oracle.exit_code())
            }
            None => {
                eprintln!(
                    "held: {} simulated, hash {:016x}",
                    humantime::format_duration(outcome.simulated),
                    outcome.hash
                );
                ExitCode::SUCCESS
            }
        }
    }
}
