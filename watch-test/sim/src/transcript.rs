//! The transcript of a run: a hash to compare two runs, and lines to read.

use std::time::Duration;

use watch_test::check::{Digest, Line, Who};

/// Records a run: a hash, and lines if they are requested.
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

    /// Adds lines, if lines are kept.
    pub(crate) fn lines<I: IntoIterator<Item = Line>>(&mut self, new: impl FnOnce() -> I) {
        if let Some(lines) = &mut self.lines {
            lines.extend(new());
        }
    }

    /// Adds a line, if lines are kept.
    pub(crate) fn line(&mut self, at: Duration, who: Who, what: impl FnOnce() -> String) {
        self.lines(|| [Line::new(at, who, what())]);
    }

    /// Adds a line without a time, if lines are kept.
    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        self.line(Duration::ZERO, Who::Phase, what);
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.digest.value()
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines.unwrap_or_default()
    }
}
