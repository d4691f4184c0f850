//! Recorded traces: what passed the doors of a machine, written down by `watch_core::trace` (or by `watch-hyper`'s
//! `record`), one entry a line. It happens again here, to a fresh machine; where that says something else, it is told.
//!
//! What a trace doesn't say is how the machine was configured. That stands in the first line, `{"watch": {…}}`
//! ([`Described`]); where there is none, it is read off the first request, as far as that goes.

mod described;
mod inferred;

use std::fmt;

use serde::{Deserialize, Serialize};
use watch_core::trace::{Difference, Entry, replay};

pub use self::described::{Beginning, Described};

/// See the module.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recording {
    /// How the machine was configured.
    pub watch: Described,
    /// What passed its doors.
    pub entries: Vec<Entry>,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    watch: Described,
}

/// Why there is nothing to replay.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unreadable {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Recording {
    /// Reads lines.
    ///
    /// # Errors
    /// Says which line can't be read.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
        let header = lines.peek().and_then(|(_, line)| serde_json::from_str::<Header>(line).ok());
        if header.is_some() {
            lines.next();
        }
        let entries = lines
            .map(|(at, line)| {
                serde_json::from_str(line).map_err(|error| Unreadable { line: at + 1, why: error.to_string() })
            })
            .collect::<Result<Vec<Entry>, _>>()?;
        let watch = match header {
            Some(header) => header.watch,
            None => inferred::from(&entries).map_err(|why| Unreadable { line: 1, why })?,
        };
        Ok(Self { watch, entries })
    }

    /// The first line of a file of such a recording.
    pub fn header(watch: &Described) -> String {
        serde_json::to_string(&Header { watch: watch.clone() }).unwrap_or_default()
    }

    /// Has it happen again.
    ///
    /// # Errors
    /// If there can be no such machine; or where it says something else than it did.
    pub fn replay(&self) -> Result<(), Otherwise> {
        let mut watcher = self.watch.watcher().map_err(Otherwise::NoMachine)?;
        replay(&mut watcher, self.entries.iter().cloned()).map_err(Otherwise::Difference)
    }
}

/// See [`Recording::replay`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Otherwise {
    /// The description of it makes no sense.
    NoMachine(String),
    /// The first entry that comes out otherwise.
    Difference(Difference),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl core::error::Error for Unreadable {}

impl fmt::Display for Otherwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMachine(why) => f.write_str(why),
            Self::Difference(difference) => difference.fmt(f),
        }
    }
}

impl core::error::Error for Otherwise {}
