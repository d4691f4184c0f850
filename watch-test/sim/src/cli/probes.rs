//! `simulate probes`: runs probes, or compares what they do with a table.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::extent::Extent;
use super::{interruption, output};
use crate::probe::table::{self, Compared};
use crate::probe::{Failed, Probe, seek};

/// Runs probes: small experiments, each on one part of watch-core's public API
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("probes").args(["seeds", "for_", "pin", "pinned"]))]
#[non_exhaustive]
pub struct Probes {
    /// Only this probe [default: all]
    #[arg(long, value_name = "NAME", value_parser = named)]
    pub only: Option<Probe>,
    /// The seeds; each probe runs with each seed
    #[command(flatten)]
    pub extent: Extent,
    /// The number of threads
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// Print a table of what every probe does with the first N seeds, for `--pinned`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["seed", "only"])]
    pub pin: Option<u64>,
    /// Compare what the probes do with a table of `--pin`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "only"])]
    pub pinned: Option<PathBuf>,
    /// Write the result to this file, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "pin")]
    pub report: Option<PathBuf>,
}

fn named(name: &str) -> Result<Probe, String> {
    let names = || Probe::ALL.map(|probe| probe.name).join(", ");
    Probe::named(name).ok_or_else(|| format!("unknown probe; the probes are {}", names()))
}

/// The part of a report that `simulate mutants` reads, too.
#[derive(Serialize)]
struct Report<'a> {
    seeds: u64,
    failed: Option<&'a Failed>,
    /// The names of the probes that differ from the table.
    changed: Vec<&'static str>,
}

impl Probes {
    /// Runs the command. The exit code is that of the oracle that failed, 1 if the table differs, or 2.
    pub fn execute(&self) -> ExitCode {
        // A panic is reported as a violation of the probe.
        std::panic::set_hook(Box::new(|_| {}));
        match self.carry_out() {
            Ok(code) => code,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(2)
            }
        }
    }

    fn carry_out(&self) -> Result<ExitCode, String> {
        output::check(self.report.as_deref())?;
        if let Some(seeds) = self.pin {
            return Ok(match table::pin(seeds, self.jobs) {
                Ok(table) => {
                    print!("{table}");
                    ExitCode::SUCCESS
                }
                Err(failed) => report_failure(&failed),
            });
        }
        match &self.pinned {
            Some(file) => self.compare(file),
            None => self.seek(),
        }
    }

    fn seek(&self) -> Result<ExitCode, String> {
        let all = Probe::ALL;
        let probes = self.only.as_ref().map_or(&all[..], std::slice::from_ref);
        let time = self.extent.time();
        let (begun, is_interrupted) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        interruption::sets(is_interrupted.clone()).map_err(|error| error.to_string())?;
        let sought = seek(probes, self.extent.seed, self.jobs, |index| {
            begun.elapsed() >= time || !self.extent.includes(index) || is_interrupted.load(Ordering::Relaxed)
        });
        let is_interrupted = is_interrupted.load(Ordering::Relaxed);
        println!(
            "{}{} seeds of {} probes in {:.1} s",
            if is_interrupted { "interrupted: " } else { "" },
            sought.seeds,
            probes.len(),
            begun.elapsed().as_secs_f64()
        );
        self.report(&Report { seeds: sought.seeds, failed: sought.failed.as_ref(), changed: Vec::new() })?;
        Ok(match &sought.failed {
            Some(failed) => report_failure(failed),
            None if is_interrupted => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
        })
    }

    fn compare(&self, file: &Path) -> Result<ExitCode, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("can't read {}: {error}", file.display()))?;
        let table = table::read(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let seeds = table.len() as u64 * table::BLOCK;
        let compared = table::compare(&table, self.jobs);
        let mut report = Report { seeds, failed: None, changed: Vec::new() };
        let code = match &compared {
            Compared::Same(seeds) => {
                println!("{seeds} seeds of probes equal {}", file.display());
                ExitCode::SUCCESS
            }
            Compared::Failed(failed) => {
                report.failed = Some(failed);
                report_failure(failed)
            }
            Compared::Different(blocks) => {
                report.changed = blocks.iter().map(|block| block.probe.name).collect();
                report.changed.dedup();
                eprintln!(
                    "{} of {} blocks of {} seeds differ from {}: the probes {}. If the change is intended, generate the \
                     table again: simulate probes --pin N > {}",
                    blocks.len(),
                    table.len(),
                    table::BLOCK,
                    file.display(),
                    report.changed.join(", "),
                    file.display()
                );
                ExitCode::FAILURE
            }
        };
        self.report(&report)?;
        Ok(code)
    }

    fn report(&self, report: &Report<'_>) -> Result<(), String> {
        let Some(file) = &self.report else { return Ok(()) };
        output::write(file, &serde_json::to_string_pretty(report).unwrap_or_default())
    }
}

/// Prints a failure, the lines that the probe recorded, and the command that repeats it.
fn report_failure(failed: &Failed) -> ExitCode {
    let Failed { probe, seed, violation } = failed;
    eprintln!("FAIL probe {probe}, seed {seed}: {violation}");
    for line in Probe::named(probe).map(|probe| probe.lines(*seed)).unwrap_or_default() {
        eprintln!("  {}", line.what);
    }
    eprintln!("repeat: cargo run --release -p watch-sim -- probes --only {probe} --seed {seed} --seeds 1");
    ExitCode::from(violation.oracle.exit_code())
}
