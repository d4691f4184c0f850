//! `simulate own-writes`: runs a controller that reads its own writes, with a `PendingWrites` and without one.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;

use super::extent::Extent;
use super::interruption;
use crate::own_writes::{OwnWrites as Run, own_writes};

/// The exit code of a lack of safety, as for the oracles of seeds.
const UNSAFE: u8 = 129;

/// Runs a controller on servers whose caches lag, with a `PendingWrites` of watch-core and without one
///
/// The oracle counts how often the controller acts on a state that is older than its last write to the object. With a
/// `PendingWrites`, this must never happen. Without one, it must happen in each run; otherwise, the oracle shows nothing.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("runs").args(["seeds", "for_"]))]
#[non_exhaustive]
pub struct OwnWrites {
    /// The seeds; each is a run with a `PendingWrites`, and one without
    #[command(flatten)]
    pub extent: Extent,
}

/// The sums of all runs of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    acted: u64,
    stale: u64,
    waited: u64,
    pending: u64,
}

impl Sums {
    fn add(&mut self, run: &Run) {
        self.acted += u64::from(run.acted);
        self.stale += u64::from(run.stale);
        self.waited += u64::from(run.waited);
        self.pending += run.pending as u64;
    }
}

impl OwnWrites {
    /// Runs the command. The exit code is 0, 1 after Ctrl-C, 2 if Ctrl-C can't be received, or that of a lack of safety.
    pub fn execute(&self) -> ExitCode {
        let is_interrupted = Arc::new(AtomicBool::new(false));
        if let Err(error) = interruption::sets(is_interrupted.clone()) {
            eprintln!("can't listen for Ctrl-C: {error}");
            return ExitCode::from(2);
        }
        let time = self.extent.time();
        let begun = Instant::now();
        let (mut done, mut with, mut without, mut failed) = (0_u64, Sums::default(), Sums::default(), None);
        while failed.is_none() && begun.elapsed() < time && !is_interrupted.load(Ordering::Relaxed) {
            let Some(seed) = self.extent.seed.checked_add(done).filter(|_| self.extent.includes(done)) else { break };
            let (one, other) = (own_writes(seed, true), own_writes(seed, false));
            with.add(&one);
            without.add(&other);
            failed = judge(&one, &other).map(|wrong| (seed, wrong));
            done += 1;
        }
        let is_interrupted = is_interrupted.load(Ordering::Relaxed);
        let interrupted = if is_interrupted { "interrupted: " } else { "" };
        println!("{interrupted}{done} seeds in {:.1} s", begun.elapsed().as_secs_f64());
        println!("{}", table(&with, &without));
        match failed {
            Some((seed, wrong)) => {
                eprintln!("FAIL own-writes, seed {seed}: {wrong}");
                eprintln!("repeat: cargo run --release -p watch-sim -- own-writes --seed {seed} --seeds 1");
                ExitCode::from(UNSAFE)
            }
            None if is_interrupted => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
        }
    }
}

/// Returns what is wrong with the two runs of a seed.
fn judge(with: &Run, without: &Run) -> Option<String> {
    if with.stale > 0 {
        return Some(format!(
            "with a PendingWrites, the controller acted {} of {} times on a state older than its last write",
            with.stale, with.acted
        ));
    }
    if with.pending > 0 {
        return Some(format!("{} writes are still pending, although the watch has shown them", with.pending));
    }
    if without.stale == 0 {
        return Some("without a PendingWrites, the controller never acted on an older state".to_owned());
    }
    None
}

fn table(with: &Sums, without: &Sums) -> String {
    let mut table = format!(
        "{:<24} {:>10} {:>20} {:>10} {:>18}",
        "", "actions", "on an older state", "waits", "pending at the end"
    );
    for (name, sums) in [("with PendingWrites", with), ("without", without)] {
        let Sums { acted, stale, waited, pending } = sums;
        table += &format!("\n{name:<24} {acted:>10} {stale:>20} {waited:>10} {pending:>18}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Run, judge};

    #[test]
    fn a_run_fails_by_its_reason() {
        let good = Run { acted: 9, waited: 3, ..Run::default() };
        let stale = Run { stale: 2, ..good };
        let cases = [
            (good, stale, None),
            (stale, stale, Some("acted 2 of 9 times")),
            (Run { pending: 4, ..good }, stale, Some("4 writes are still pending")),
            (good, good, Some("never acted on an older state")),
        ];
        for (with, without, expected) in cases {
            let found = judge(&with, &without);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{expected:?}");
        }
    }
}
