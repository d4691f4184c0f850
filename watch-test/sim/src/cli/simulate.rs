//! `simulate`: runs seeds until the last one, or until one fails.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::conclude::conclude;
use super::exhaust::exhaust;
use super::extent::Extent;
use super::{Mutants, OwnWrites, Probes, Replay, interruption, output, pinned};
use crate::counts::Counts;
use crate::generate::plan_of;
use crate::plan::Plan;
use crate::run::{Comparisons, run, run_and_compare};
use crate::violation::{Oracle, Violation};

/// Runs seeds through the simulator of watch-core
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
#[command(args_conflicts_with_subcommands = true)]
#[command(group = clap::ArgGroup::new("what").args(["seeds", "for_", "exhaustive", "hashes", "pin", "pinned"]))]
#[non_exhaustive]
pub struct Simulate {
    /// Other commands
    #[command(subcommand)]
    pub other: Option<Other>,
    /// The seeds
    #[command(flatten)]
    pub extent: Extent,
    /// The number of threads
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
    /// The folder for the plans of failures
    #[arg(long, value_name = "FOLDER", default_value = "failures")]
    pub failures: PathBuf,
    /// Write the measurements to this file, as JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = OTHERS)]
    pub report: Option<PathBuf>,
    /// Draw the first seed's run as SVG into this file
    #[arg(long, value_name = "FILE", conflicts_with_all = OTHERS)]
    pub svg: Option<PathBuf>,
    /// Continue after a failure, and print the first of each kind
    #[arg(long, conflicts_with_all = OTHERS)]
    pub keep_going: bool,
    /// Run all small plans instead of seeds: sequences of up to LENGTH steps, pages, cuts
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, default_missing_value = "6", conflicts_with = "seed")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=9))]
    pub exhaustive: Option<u8>,
    /// Print the hashes of the first N seeds, and nothing else, to compare them with a table
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub hashes: Option<u64>,
    /// Print a table of what the first N seeds do, for `--pinned`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "seed")]
    pub pin: Option<u64>,
    /// Compare what seeds do with a table of `--pin`
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    pub pinned: Option<PathBuf>,
    /// Print failures on one line, and don't minimise them
    #[arg(long, conflicts_with_all = OTHERS)]
    pub brief: bool,
}

/// Options that replace the run of seeds, or change what it prints.
const OTHERS: [&str; 4] = ["exhaustive", "hashes", "pin", "pinned"];

/// The other commands.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Other {
    /// Puts bugs into a copy of the sources, one at a time, and runs the simulator against each
    Mutants(Mutants),
    /// Runs a controller on a server whose caches lag, with a `PendingWrites` of watch-core and without one
    OwnWrites(OwnWrites),
    /// Runs small experiments, each on one part of watch-core's public API
    Probes(Probes),
    /// Runs a plan and prints its timeline
    Replay(Replay),
}

/// How often a thread adds its counters to the shared ones, which the progress bar shows.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// The state that the threads share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The number of seeds that were started.
    pub(super) next: AtomicU64,
    pub(super) done: AtomicU64,
    pub(super) stop: AtomicBool,
    /// Whether Ctrl-C ended the run.
    pub(super) is_interrupted: Arc<AtomicBool>,
    pub(super) result: Mutex<Found>,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) counts: Counts,
    pub(super) simulated: Duration,
    /// The number of failures of each kind, and the one of the lowest seed.
    pub(super) failures: BTreeMap<Oracle, Failure>,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) count: u64,
    pub(super) seed: u64,
    pub(super) plan: Plan,
    pub(super) violation: Violation,
}

impl Found {
    fn add(&mut self, failure: Failure) {
        match self.failures.get_mut(&failure.violation.oracle) {
            Some(known) => {
                let count = known.count + 1;
                if failure.seed < known.seed {
                    *known = failure;
                }
                known.count = count;
            }
            None => {
                self.failures.insert(failure.violation.oracle, failure);
            }
        }
    }
}

impl Simulate {
    /// Runs the command. The exit code depends on the kind of oracle that failed.
    pub fn execute(&self) -> ExitCode {
        match &self.other {
            Some(Other::Mutants(mutants)) => return mutants.execute(),
            Some(Other::OwnWrites(own_writes)) => return own_writes.execute(),
            Some(Other::Probes(probes)) => return probes.execute(),
            Some(Other::Replay(replay)) => return replay.execute(),
            None => {}
        }
        if let Some(seeds) = self.hashes {
            for seed in self.extent.seed..=self.last(seeds) {
                println!("{seed} {:016x}", run(&plan_of(seed)).hash);
            }
            return ExitCode::SUCCESS;
        }
        if let Some(seeds) = self.pin {
            return pinned::pin(seeds, self.jobs);
        }
        if let Some(table) = &self.pinned {
            return pinned::compare(table, self.jobs);
        }
        if let Some(longest) = self.exhaustive {
            return exhaust(usize::from(longest), self.jobs, &self.failures);
        }
        let time = self.extent.time();
        if self.brief {
            // The output of a mutant's panic is discarded.
            std::panic::set_hook(Box::new(|_| {}));
        }
        let shared = Shared::default();
        let ready = output::check(self.report.as_deref())
            .and_then(|()| output::check(self.svg.as_deref()))
            .and_then(|()| interruption::sets(shared.is_interrupted.clone()).map_err(|error| error.to_string()));
        if let Err(error) = ready {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
        eprintln!("seeds from {} on, {} at a time", self.extent.seed, self.jobs);
        let (begun, bar) = (Instant::now(), self.bar(time));
        std::thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| self.work(&shared));
            }
            while !shared.stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
                let done = shared.done.load(Ordering::Relaxed);
                let is_over =
                    begun.elapsed() >= time || done >= self.most() || shared.is_interrupted.load(Ordering::Relaxed);
                if is_over {
                    shared.stop.store(true, Ordering::Relaxed);
                }
                self.show(&bar, &shared, begun);
            }
        });
        bar.finish_and_clear();
        conclude(self, &shared, begun.elapsed())
    }

    /// Returns the number of seeds, limited by the largest 64-bit number.
    fn most(&self) -> u64 {
        self.last(self.extent.seeds.unwrap_or(u64::MAX)) - self.extent.seed + 1
    }

    /// Returns the last of this many seeds.
    const fn last(&self, seeds: u64) -> u64 {
        self.extent.seed.saturating_add(seeds.saturating_sub(1))
    }

    fn bar(&self, time: Duration) -> ProgressBar {
        let length = self.extent.seeds.unwrap_or(time.as_millis() as u64);
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(5));
        let style = ProgressStyle::with_template("{bar:24} {percent:>3} % {elapsed} {wide_msg}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    fn show(&self, bar: &ProgressBar, shared: &Shared, begun: Instant) {
        let done = shared.done.load(Ordering::Relaxed);
        bar.set_position(if self.extent.seeds.is_some() { done } else { begun.elapsed().as_millis() as u64 });
        if let Ok(found) = shared.result.lock() {
            let rate = done as f64 / begun.elapsed().as_secs_f64();
            let hours = found.simulated.as_secs() / 3600;
            let faults = found.counts.topic("fault");
            bar.set_message(format!(
                "{done} seeds, {rate:.0}/s, {hours} h simulated, {faults} faults, {} kinds of situations",
                found.counts.kinds()
            ));
        }
    }

    fn work(&self, shared: &Shared) {
        let (mut counts, mut simulated, mut reported) = (Counts::default(), Duration::ZERO, Instant::now());
        while !shared.stop.load(Ordering::Relaxed) {
            let index = shared.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.most() {
                break;
            }
            let seed = self.extent.seed + index;
            let plan = plan_of(seed);
            let outcome = run_and_compare(&plan, Comparisons::by_turns(seed));
            counts.merge(&outcome.counts);
            simulated += outcome.simulated;
            let failed = outcome.violation.is_some();
            // The counters are added by time, not by seeds: on a slow machine, a seed takes long, and the bar would
            // stay at zero.
            if (reported.elapsed() >= REPORT_EVERY || failed)
                && let Ok(mut found) = shared.result.lock()
            {
                found.counts.merge(&core::mem::take(&mut counts));
                found.simulated += core::mem::take(&mut simulated);
                reported = Instant::now();
                if let Some(violation) = outcome.violation {
                    found.add(Failure { count: 1, seed, plan, violation });
                }
            }
            shared.done.fetch_add(1, Ordering::Relaxed);
            if failed && !self.keep_going {
                shared.stop.store(true, Ordering::Relaxed);
            }
        }
        if let Ok(mut found) = shared.result.lock() {
            found.counts.merge(&counts);
            found.simulated += simulated;
        }
    }
}
