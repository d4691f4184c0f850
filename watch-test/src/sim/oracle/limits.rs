//! No work without end, and nothing kept beyond the limits, as far as can be seen from outside.

use super::sequence::broken;
use crate::sim::violation::{Oracle, Violation};

/// Outputs that need no input: a request, its end, notices, the beginning of a set.
const FREE: u64 = 64;

/// The least that an event takes on the wire.
const SHORTEST_EVENT: u64 = 16;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// Outputs since the machine last waited.
    outputs: u64,
    /// Bytes handed in since then.
    bytes: u64,
    /// Bytes handed in since the last line break of a watch.
    line: u64,
}

impl Limits {
    /// Whether something was begun on a watch that isn't whole.
    pub(crate) const fn is_within_a_line(&self) -> bool {
        self.line > 0
    }

    /// A new exchange: what came before is of no consequence.
    pub(crate) const fn sent(&mut self) {
        self.line = 0;
    }

    pub(crate) fn handed_in(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => self.line = (bytes.len() - at - 1) as u64,
            None => self.line += bytes.len() as u64,
        }
    }

    /// The machine waits, on an open watch or not; `largest` is how large an object may be.
    pub(crate) fn waits(&mut self, is_watching: bool, largest: usize) -> Result<(), Violation> {
        self.outputs = 0;
        self.bytes = 0;
        // An event's envelope counts as well.
        if is_watching && self.line > largest as u64 {
            return broken(
                Oracle::Resources,
                format!("it waits for more of a line of which {} bytes came; {largest} are allowed", self.line),
            );
        }
        Ok(())
    }

    pub(crate) fn output(&mut self) -> Result<(), Violation> {
        self.outputs += 1;
        if self.outputs > FREE + 4 * self.bytes / SHORTEST_EVENT {
            return broken(Oracle::Spin, format!("{} outputs without waiting for anything", self.outputs));
        }
        Ok(())
    }
}
