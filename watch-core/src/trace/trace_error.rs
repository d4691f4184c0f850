//! The errors of reading and replaying a trace.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::FORMAT;
use crate::io::checkpoint::CheckpointError;

/// Why a trace can't be read or replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceError {
    /// The trace is empty.
    Empty,
    /// It doesn't begin with its format and configuration: it isn't a trace, or was written by a release before format
    /// 2.
    NoBeginning,
    /// It has another format.
    Format {
        /// The format that was found.
        found: u32,
    },
    /// A line can't be read.
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        why: Box<str>,
    },
    /// The watch had already begun when the recording began.
    BegunLate,
    /// A second recording follows in the same file.
    SecondBeginning {
        /// The index of its first entry, from 0.
        index: usize,
    },
    /// The watcher can't resume from its checkpoint.
    Checkpoint(CheckpointError),
    /// An entry differs.
    Difference(Difference),
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the trace is empty"),
            Self::NoBeginning => write!(
                f,
                "the trace doesn't begin with its format and configuration, so it can't be replayed: it isn't a trace, \
                 or an older release wrote it; record it again with this release (format {FORMAT})"
            ),
            Self::Format { found } => write!(
                f,
                "the trace has format {found}, and this release reads format {FORMAT} only: replay it with the release \
                 that wrote it, or record it again with this one"
            ),
            Self::Line { line, why } => write!(f, "line {line}: {why}"),
            Self::BegunLate => f.write_str(
                "the recording began after the watch, so it can't be replayed: begin to record before \
                 the first `poll`",
            ),
            Self::SecondBeginning { index } => {
                write!(f, "a second trace begins at entry {index}: a file holds one; split it there")
            }
            Self::Checkpoint(error) => write!(f, "the checkpoint in the trace: {error}"),
            Self::Difference(difference) => difference.fmt(f),
        }
    }
}

impl core::error::Error for TraceError {}

impl From<Difference> for TraceError {
    fn from(difference: Difference) -> Self {
        Self::Difference(difference)
    }
}

/// Where a replay differs from the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The index of the entry, from 0. Entry 0 is [`Begin`](super::Begin).
    pub index: usize,
    /// The value in the trace.
    pub expected: String,
    /// The value of the replay.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at entry {} the trace has\n  {}\nbut the replay has\n  {}", self.index, self.expected, self.found)
    }
}

impl core::error::Error for Difference {}
