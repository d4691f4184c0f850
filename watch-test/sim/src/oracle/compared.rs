//! Two runs that must come to the same: the same plan again, with bodies cut in other ways, with clones of the machine.

use crate::violation::{Oracle, Violation};

/// Judges what another run came to, beside the hash of the first; `what` is how it was carried out.
pub(crate) fn judge(
    oracle: Oracle,
    what: &str,
    hash: u64,
    (other, violation): (u64, Option<Violation>),
) -> Result<(), Violation> {
    // If the other broke another promise, that says more.
    match violation {
        Some(violation) => Err(violation),
        None if other == hash => Ok(()),
        None => Err(Violation::new(oracle, format!("{what} comes to something else"))),
    }
}
