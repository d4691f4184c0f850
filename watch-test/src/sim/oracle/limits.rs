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
    /// What was handed in since the last line break of a watch.
    line: Vec<u8>,
}

impl Limits {
    /// Whether an object was begun on a watch, and isn't whole.
    pub(crate) fn is_within_an_object(&self) -> bool {
        !self.is_documents()
    }

    /// Whether the line is made of whole documents, as when the network brings one twice and its line break not yet.
    fn is_documents(&self) -> bool {
        let mut documents = serde_json::Deserializer::from_slice(&self.line).into_iter::<serde::de::IgnoredAny>();
        documents.all(|document| document.is_ok())
    }

    /// A new exchange: what came before is of no consequence.
    pub(crate) fn sent(&mut self) {
        self.line.clear();
    }

    pub(crate) fn handed_in(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let begins = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        if begins.is_some() {
            self.line.clear();
        }
        self.line.extend_from_slice(&bytes[begins.unwrap_or_default()..]);
    }

    /// The machine waits, on an open watch or not; `largest` is how large an object may be.
    pub(crate) fn waits(&mut self, is_watching: bool, largest: usize) -> Result<(), Violation> {
        self.outputs = 0;
        self.bytes = 0;
        // An event's envelope counts as well.
        if is_watching && self.line.len() > largest && !self.is_documents() {
            return broken(
                Oracle::Resources,
                format!("it waits for more of a line of which {} bytes came; {largest} are allowed", self.line.len()),
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
