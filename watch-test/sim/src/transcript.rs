//! What happened in a run: as a number that two runs can be compared by, and as lines for people.

use core::time::Duration;

use watch_test::check::{Line, Mark, Who};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    hash: u64,
    lines: Option<Vec<Line>>,
}

impl Transcript {
    pub(crate) fn new(with_lines: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: with_lines.then(Vec::new) }
    }

    /// Counts in the hash (FNV-1a, eight bytes at a time).
    pub(crate) fn count(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.number(u64::from_le_bytes(word));
        }
        self.number(bytes.len() as u64);
    }

    pub(crate) const fn number(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3);
        self.hash ^= self.hash >> 29;
    }

    /// A line, if lines are kept.
    pub(crate) fn line(&mut self, at: Duration, who: Who, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::new(at, who, what()));
        }
    }

    /// A line of a client that is drawn, if lines are kept.
    pub(crate) fn marked(&mut self, at: Duration, client: usize, mark: Mark, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::of_client(at, client, mark, what()));
        }
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines.unwrap_or_default()
    }
}
