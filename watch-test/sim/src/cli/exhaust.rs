//! `simulate --exhaustive`: all small plans.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::failure;
use crate::exhaustive::{self, Tried};

/// Runs all small plans, in independent parts.
pub(super) fn exhaust(longest: usize, failures: &Path) -> ExitCode {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    let mut code = ExitCode::SUCCESS;
    type Part<'a> = (&'a str, &'a (dyn Fn() -> Tried + Sync));
    let parts: [Part<'_>; 6] = [
        ("sequences", &|| exhaustive::sequences(longest, false, &mut |plans| bar.set_position(plans))),
        ("checkpoints", &|| exhaustive::sequences(longest.min(4), true, &mut |_| {})),
        ("pages", &exhaustive::pages),
        ("cuts", &exhaustive::cuts),
        ("splits", &|| exhaustive::splits(1)),
        ("cells", &exhaustive::cells),
    ];
    for (name, part) in parts {
        let begun = Instant::now();
        let tried = part();
        println!("{name}: {} plans in {:.1} s", tried.plans, begun.elapsed().as_secs_f64());
        if let Some((plan, violation)) = tried.failure {
            failure::report(&plan, &violation, failures);
            code = ExitCode::from(violation.oracle.exit_code());
        }
    }
    bar.finish_and_clear();
    code
}
