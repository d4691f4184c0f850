//! No endless work: the outputs between two waits are bounded by what was handed in.

use crate::violation::{Oracle, Violation, broken};

/// Outputs that need no input: a request, its end, notices, the beginning of a list.
const FREE: u64 = 64;

/// The fewest bytes of an event on the wire, and the most outputs that it causes.
const SHORTEST_EVENT: u64 = 16;
const MOST_OUTPUTS: u64 = 4;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    /// Outputs since the machine last waited.
    outputs: u64,
    /// Bytes handed in since then, in any number of pieces.
    bytes: u64,
}

impl Work {
    pub(crate) const fn handed_in(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
    }

    /// The machine waits.
    pub(crate) fn waits(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn output(&mut self) -> Result<(), Violation> {
        self.outputs += 1;
        if self.outputs > FREE + MOST_OUTPUTS * self.bytes / SHORTEST_EVENT {
            return broken(Oracle::Spin, format!("{} outputs without waiting for anything", self.outputs));
        }
        Ok(())
    }
}
