//! What happened in a run: as a number that two runs can be compared by, and as lines for people.

use core::time::Duration;

use serde::Serialize;

/// One line of the timeline.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Line {
    /// When.
    pub at: Duration,
    /// Who.
    pub who: Who,
    /// What.
    pub what: String,
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Who {
    /// The store and the server.
    Server,
    /// The network.
    Net,
    /// What a client is told.
    ToClient(usize),
    /// What a client says.
    Client(usize),
    /// The phases of the run.
    Phase,
}

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

    /// A line, if somebody reads them.
    pub(crate) fn line(&mut self, at: Duration, who: Who, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line { at, who, what: what() });
        }
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines.unwrap_or_default()
    }
}

impl core::fmt::Display for Line {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let who = match self.who {
            Who::Server => "S  ".to_owned(),
            Who::Net => "N  ".to_owned(),
            Who::ToClient(client) => format!("C{client} ←"),
            Who::Client(client) => format!("C{client} →"),
            Who::Phase => "---".to_owned(),
        };
        write!(f, "t={:<10.3} {who} {}", self.at.as_secs_f64(), self.what)
    }
}
