//! Why a trace can't be replayed, or where it differs.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::FORMAT;
use crate::io::checkpoint::CheckpointError;

/// Why a trace can't be read or replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceError {
    /// There is nothing in it.
    Empty,
    /// It doesn't begin with its format and configuration: it is no trace, or of a release before format 2.
    NoBeginning,
    /// It is of another format.
    Format {
        /// Its format.
        found: u32,
    },
    /// A line can't be read.
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        why: Box<str>,
    },
    /// The watch had begun before the recording.
    BegunLate,
    /// A second recording follows in the same file.
    SecondBeginning {
        /// Its first entry, from 0.
        index: usize,
    },
    /// The watcher can't resume from the checkpoint in it.
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
                "the trace doesn't begin with its format and configuration, so it can't be replayed: it is no trace, or \
                 an older release wrote it; record it again with this release (format {FORMAT})"
            ),
            Self::Format { found } => write!(
                f,
                "the trace has format {found}, and this release reads format {FORMAT} only: replay it with the release \
                 that wrote it, or record it again with this one"
            ),
            Self::Line { line, why } => write!(f, "line {line}: {why}"),
            Self::BegunLate => f.write_str(
                "the recording began when the watch had already begun, so it can't be replayed: begin to record before \
                 the first event is asked for",
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
    /// At which entry, from 0, which is the beginning.
    pub index: usize,
    /// What the trace says.
    pub expected: String,
    /// What happened now.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at entry {} the trace says\n  {}\nbut now it is\n  {}", self.index, self.expected, self.found)
    }
}

impl core::error::Error for Difference {}
