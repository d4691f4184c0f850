//! `simulate --canary`: a simulator that can't fail proves nothing.

use std::process::ExitCode;

use crate::generate::plan_of;
use crate::mistake::Mistake;
use crate::run::run_with_mistake;

/// Seeds for each mistake.
const PATIENCE: u64 = 1000;

/// Puts in mistakes, one for each way to fail: each must be found for what it is.
pub(super) fn canary(first: u64) -> ExitCode {
    // What a panic put in prints is of no interest.
    std::panic::set_hook(Box::new(|_| {}));
    let mut code = ExitCode::SUCCESS;
    for mistake in Mistake::ALL {
        let found = (first..first + PATIENCE).find_map(|seed| {
            let violation = run_with_mistake(&plan_of(seed), mistake).violation?;
            (violation.oracle.exit_code() == mistake.exit_code()).then_some((seed, violation))
        });
        match found {
            Some((seed, violation)) => println!("{mistake:?} is found with seed {seed}: {violation}"),
            None => {
                eprintln!("the simulator doesn't see what is wrong with a machine that {mistake:?}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
