//! The transcript of a run: a hash to compare two runs, and lines to read.

use core::time::Duration;

use watch_test::check::{Digest, Line, Mark, Who};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    digest: Digest,
    lines: Option<Vec<Line>>,
}

impl Transcript {
    pub(crate) fn new(with_lines: bool) -> Self {
        Self { digest: Digest::default(), lines: with_lines.then(Vec::new) }
    }

    /// Adds bytes to the hash.
    pub(crate) fn count(&mut self, bytes: &[u8]) {
        self.digest.bytes(bytes);
    }

    pub(crate) const fn number(&mut self, number: u64) {
        self.digest.number(number);
    }

    /// Adds a line, if lines are kept.
    pub(crate) fn line(&mut self, at: Duration, who: Who, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::new(at, who, what()));
        }
    }

    /// Adds a line without a time, if lines are kept.
    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        self.line(Duration::ZERO, Who::Phase, what);
    }

    /// Adds a line of a client that is drawn, if lines are kept.
    pub(crate) fn marked(&mut self, at: Duration, client: usize, mark: Mark, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line::of_client(at, client, mark, what()));
        }
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.digest.value()
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines.unwrap_or_default()
    }
}
