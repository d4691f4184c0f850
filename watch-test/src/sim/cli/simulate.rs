//! `simulate`: seeds, until there are no more or one fails.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure;
use crate::sim::counts::Counts;
use crate::sim::generate::plan_of;
use crate::sim::plan::Plan;
use crate::sim::run::{Comparisons, run_and_compare, run_with_timeline};
use crate::sim::violation::Violation;

/// Runs seeds through the simulator.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct Simulate {
    /// How many seeds
    #[arg(long, value_name = "N", conflicts_with = "for_")]
    pub seeds: Option<u64>,
    /// For how long (60s, 1h); 10 s if nothing is said
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub for_: Option<Duration>,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How many at a time
    #[arg(long, default_value_t = 2)]
    pub jobs: usize,
    /// Where plans of failures go
    #[arg(long, value_name = "FOLDER", default_value = "failures")]
    pub failures: PathBuf,
    /// Writes what was measured into this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Draws the first seed's run into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Failures are counted, not minimised
    #[arg(long)]
    pub brief: bool,
}

/// What the threads share.
#[derive(Debug, Default)]
struct Shared {
    next: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
    result: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    counts: Counts,
    simulated: Duration,
    /// The failure of the lowest seed.
    failure: Option<(u64, Plan, Violation)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    first_seed: u64,
    seeds: u64,
    seconds: f64,
    seeds_per_minute_and_core: f64,
    simulated_hours: f64,
    failed_seed: Option<u64>,
    violation: Option<&'a Violation>,
    counts: &'a Counts,
}

impl Simulate {
    /// Does it. The exit code tells which kind of promise was broken.
    pub fn execute(&self) -> ExitCode {
        let time = self.for_.unwrap_or(Duration::from_secs(if self.seeds.is_some() { u64::MAX / 4 } else { 10 }));
        if self.brief {
            // What a mutant's panic prints is of no interest.
            std::panic::set_hook(Box::new(|_| {}));
        }
        let bar = self.bar(time);
        let (begun, shared) = (Instant::now(), Shared::default());
        shared.next.store(self.seed, Ordering::Relaxed);
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| self.work(&shared));
            }
            while !shared.stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
                let done = shared.done.load(Ordering::Relaxed);
                let is_over = begun.elapsed() >= time || self.seeds.is_some_and(|seeds| done >= seeds);
                if is_over {
                    shared.stop.store(true, Ordering::Relaxed);
                }
                self.show(&bar, &shared, begun);
            }
        });
        bar.finish_and_clear();
        self.conclude(&shared, begun.elapsed())
    }

    fn bar(&self, time: Duration) -> ProgressBar {
        let length = self.seeds.unwrap_or(time.as_millis() as u64);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(5));
        let style = ProgressStyle::with_template("{bar:24} {percent:>3} % {elapsed} {wide_msg}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    fn show(&self, bar: &ProgressBar, shared: &Shared, begun: Instant) {
        let done = shared.done.load(Ordering::Relaxed);
        bar.set_position(if self.seeds.is_some() { done } else { begun.elapsed().as_millis() as u64 });
        if let Ok(found) = shared.result.lock() {
            let rate = done as f64 / begun.elapsed().as_secs_f64();
            let hours = found.simulated.as_secs() / 3600;
            let faults = found.counts.topic("fault");
            bar.set_message(format!(
                "{done} seeds, {rate:.0}/s, {hours} h simulated, {faults} faults, {} kinds of things met",
                found.counts.iter().count()
            ));
        }
    }

    fn work(&self, shared: &Shared) {
        let (mut counts, mut simulated, mut runs) = (Counts::default(), Duration::ZERO, 0);
        while !shared.stop.load(Ordering::Relaxed) {
            let seed = shared.next.fetch_add(1, Ordering::Relaxed);
            if self.seeds.is_some_and(|seeds| seed >= self.seed + seeds) {
                break;
            }
            let plan = plan_of(seed);
            let outcome = run_and_compare(&plan, Comparisons::by_turns(seed));
            counts.merge(&outcome.counts);
            simulated += outcome.simulated;
            runs += 1;
            let failed = outcome.violation.is_some();
            if (runs % 64 == 0 || failed)
                && let Ok(mut found) = shared.result.lock()
            {
                found.counts.merge(&core::mem::take(&mut counts));
                found.simulated += core::mem::take(&mut simulated);
                if let Some(violation) = outcome.violation
                    && found.failure.as_ref().is_none_or(|(lowest, ..)| seed < *lowest)
                {
                    found.failure = Some((seed, plan, violation));
                }
            }
            shared.done.fetch_add(1, Ordering::Relaxed);
            if failed {
                shared.stop.store(true, Ordering::Relaxed);
            }
        }
        if let Ok(mut found) = shared.result.lock() {
            found.counts.merge(&counts);
            found.simulated += simulated;
        }
    }

    fn conclude(&self, shared: &Shared, took: Duration) -> ExitCode {
        let Ok(found) = shared.result.lock() else { return ExitCode::from(101) };
        let seeds = shared.done.load(Ordering::Relaxed);
        let per_minute = seeds as f64 * 60.0 / took.as_secs_f64();
        let hours = found.simulated.as_secs_f64() / 3600.0;
        let report = Report {
            first_seed: self.seed,
            seeds,
            seconds: took.as_secs_f64(),
            seeds_per_minute_and_core: per_minute / self.jobs.max(1) as f64,
            simulated_hours: hours,
            failed_seed: found.failure.as_ref().map(|(seed, ..)| *seed),
            violation: found.failure.as_ref().map(|(_, _, violation)| violation),
            counts: &found.counts,
        };
        println!(
            "{seeds} seeds in {:.1} s ({:.0} a minute and core), {hours:.0} h simulated, {} faults, {} requests",
            took.as_secs_f64(),
            report.seeds_per_minute_and_core,
            found.counts.topic("fault"),
            found.counts.get("requests in all"),
        );
        if let Some(file) = &self.report {
            write(file, &serde_json::to_string_pretty(&report).unwrap_or_default());
        }
        if let Some(file) = &self.svg {
            let plan = plan_of(self.seed);
            write(file, &crate::sim::svg::draw(&plan, &run_with_timeline(&plan)));
        }
        match &found.failure {
            None => ExitCode::SUCCESS,
            Some((seed, plan, violation)) => {
                if self.brief {
                    println!("seed {seed}: {violation}");
                } else {
                    failure::tell(plan, violation, &self.failures);
                }
                ExitCode::from(violation.oracle.exit_code())
            }
        }
    }
}

fn write(file: &std::path::Path, text: &str) {
    if let Err(error) = std::fs::write(file, text) {
        eprintln!("can't write {}: {error}", file.display());
    }
}
