//! The timeline of a run.

use core::fmt;
use core::time::Duration;

/// One line of a timeline. As text it is `t=1.500      C0 → WATCH …`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// The time since the run began.
    pub at: Duration,
    /// The participant that the line is about.
    pub who: Who,
    /// How [`draw`](super::draw) shows it.
    pub mark: Mark,
    /// The text.
    pub what: String,
}

/// The participant that the line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Who {
    /// The store and the server.
    Server,
    /// The network.
    Net,
    /// A client receives something; clients are numbered from 0.
    ToClient(usize),
    /// A client does something.
    Client(usize),
    /// The phases of the run.
    Phase,
}

/// The kind of a client's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// Any other line, which isn't drawn.
    #[default]
    Note,
    /// The client sends a LIST, which lasts until its next request or problem.
    List,
    /// The client sends a streaming list.
    StreamingList,
    /// The client sends a WATCH.
    Watch,
    /// The client delivers a part of a list.
    Initial,
    /// The client delivers a change or a bookmark.
    Event,
    /// The client reports a problem.
    Problem,
}

impl Line {
    /// Creates a line. The line of a client isn't drawn.
    pub fn new(at: Duration, who: Who, what: impl Into<String>) -> Self {
        Self { at, who, mark: Mark::Note, what: what.into() }
    }

    /// Creates a line of a client that is drawn.
    pub fn of_client(at: Duration, client: usize, mark: Mark, what: impl Into<String>) -> Self {
        Self { at, who: Who::Client(client), mark, what: what.into() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
