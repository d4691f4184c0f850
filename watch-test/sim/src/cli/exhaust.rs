//! `simulate --exhaustive`: all small plans.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::failure;
use crate::exhaustive::{self, Tried};
use crate::plan::StartAt;

/// The longest sequences that a new process resumes after. Each length up to this one is run.
const LONGEST_RESUMED: usize = 4;

/// Runs all small plans, in independent parts, `jobs` of them at a time.
pub(super) fn exhaust(longest: usize, jobs: u16, failures: &Path) -> ExitCode {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    let sequences = |start| exhaustive::sequences(start, longest, false, &mut || bar.inc(1));
    let resumed = |start| exhaustive::sequences(start, longest.min(LONGEST_RESUMED), true, &mut || bar.inc(1));
    type Part<'a> = (&'a str, &'a (dyn Fn() -> Tried + Sync));
    let parts: [Part<'_>; 8] = [
        ("sequences by streaming list", &|| sequences(StartAt::Auto)),
        ("sequences by list", &|| sequences(StartAt::List)),
        ("checkpoints by streaming list", &|| resumed(StartAt::Auto)),
        ("checkpoints by list", &|| resumed(StartAt::List)),
        ("pages", &|| exhaustive::pages(1)),
        ("cuts", &|| exhaustive::cuts(1)),
        ("splits", &|| exhaustive::splits(1)),
        ("cells", &|| exhaustive::cells(1)),
    ];
    let (parts, next) = (&parts, &AtomicUsize::new(0));
    let (done, results) = mpsc::channel();
    let mut code = ExitCode::SUCCESS;
    thread::scope(|scope| {
        for _ in 0..jobs {
            let done = done.clone();
            scope.spawn(move || {
                while let Some((name, part)) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let tried = part();
                    if done.send((name, tried, begun.elapsed())).is_err() {
                        break;
                    }
                }
            });
        }
        // The results end with the last thread, which drops the last sender.
        drop(done);
        for (name, tried, took) in results {
            bar.suspend(|| println!("{name}: {} plans in {:.1} s", tried.plans, took.as_secs_f64()));
            if let Some((plan, violation)) = tried.failure {
                failure::report(&plan, &violation, failures);
                code = ExitCode::from(violation.oracle.exit_code());
            }
        }
    });
    bar.finish_and_clear();
    code
}
