//! The results of the seeds: a line, a report, a picture, and the failures.

use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;

use super::simulate::{Failure, Shared, Simulate};
use super::{failure, output};
use crate::counts::Counts;
use crate::generate::plan_of;
use crate::run::run_with_timeline;
use crate::violation::Violation;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    first_seed: u64,
    seeds: u64,
    seconds: f64,
    seeds_per_minute_and_core: f64,
    simulated_hours: f64,
    failed_seeds: Vec<(u64, &'a Violation)>,
    counts: &'a Counts,
}

pub(super) fn conclude(asked: &Simulate, shared: &Shared, took: Duration) -> ExitCode {
    let Ok(found) = shared.result.lock() else { return ExitCode::from(101) };
    let seeds = shared.done.load(Ordering::Relaxed);
    let per_minute = seeds as f64 * 60.0 / took.as_secs_f64();
    let hours = found.simulated.as_secs_f64() / 3600.0;
    let report = Report {
        first_seed: asked.extent.seed,
        seeds,
        seconds: took.as_secs_f64(),
        seeds_per_minute_and_core: per_minute / f64::from(asked.jobs),
        simulated_hours: hours,
        failed_seeds: found.failures.values().map(|failure| (failure.seed, &failure.violation)).collect(),
        counts: &found.counts,
    };
    let is_interrupted = shared.is_interrupted.load(Ordering::Relaxed);
    println!(
        "{}{seeds} seeds in {:.1} s ({:.0} a minute and core), {hours:.0} h simulated, {} faults, {} requests",
        if is_interrupted { "interrupted: " } else { "" },
        took.as_secs_f64(),
        report.seeds_per_minute_and_core,
        found.counts.topic("fault"),
        found.counts.get("requests", "in all"),
    );
    let mut written = Ok(());
    if let Some(file) = &asked.report {
        written = output::write(file, &serde_json::to_string_pretty(&report).unwrap_or_default());
    }
    if let Some(file) = &asked.svg {
        let plan = plan_of(asked.extent.seed);
        let drawn = output::write(file, &run_with_timeline(&plan).draw(&plan));
        written = written.and(drawn);
    }
    for Failure { count, seed, plan, violation } in found.failures.values() {
        if asked.brief {
            println!("seed {seed}: {violation}");
        } else {
            println!("{count} times {:?}, first with seed {seed}", violation.oracle);
            failure::report(plan, violation, &asked.failures);
        }
    }
    let first = found.failures.values().min_by_key(|failure| failure.seed);
    if let Err(error) = &written {
        eprintln!("{error}");
    }
    match first {
        Some(failure) => ExitCode::from(failure.violation.oracle.exit_code()),
        None if written.is_err() => ExitCode::from(2),
        None if is_interrupted => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    }
}
