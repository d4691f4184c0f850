//! Runs that must have the same result: the same plan again, with bodies cut in other ways, with clones of the machine.

use crate::violation::{Oracle, Violation};

/// Compares the result of another run with the hash of the first. `what` describes the other run.
pub(crate) fn check(
    oracle: Oracle,
    what: &str,
    hash: u64,
    (other, violation): (u64, Option<Violation>),
) -> Result<(), Violation> {
    // A violation in the other run is more precise than a difference of hashes.
    match violation {
        Some(violation) => Err(violation),
        None if other == hash => Ok(()),
        None => Err(Violation::new(oracle, format!("{what} has another result"))),
    }
}
