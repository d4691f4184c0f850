//! `simulate mutants --built-in`: proves that each oracle can fail.

use std::process::ExitCode;

use crate::generate::plan_of;
use crate::mutant::Mutant;
use crate::run::run_mutant;

/// Seeds for each mutant.
const PATIENCE: u64 = 1000;

/// Runs the mutants that are built into the simulator, one for each way to fail: each must be found by its oracle.
pub(super) fn built_in(first: u64) -> ExitCode {
    // The output of an intended panic is discarded.
    std::panic::set_hook(Box::new(|_| {}));
    let mut code = ExitCode::SUCCESS;
    for mutant in Mutant::ALL {
        let found = (first..first + PATIENCE).find_map(|seed| {
            let violation = run_mutant(&plan_of(seed), mutant).violation?;
            (violation.oracle.exit_code() == mutant.exit_code()).then_some((seed, violation))
        });
        match found {
            Some((seed, violation)) => println!("{mutant:?} is found with seed {seed}: {violation}"),
            None => {
                eprintln!("no oracle finds the mutant {mutant:?}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
