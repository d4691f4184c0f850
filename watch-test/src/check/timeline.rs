//! What happened in a run, line by line.

use core::fmt;
use core::time::Duration;

/// One line of a timeline. As text it is `t=1.500      C0 → WATCH …`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// When it happened, since the run began.
    pub at: Duration,
    /// Whose line it is.
    pub who: Who,
    /// What [`draw`](super::draw) makes of it.
    pub mark: Mark,
    /// What happened.
    pub what: String,
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Who {
    /// The store and the server.
    Server,
    /// The network.
    Net,
    /// Something arrives at a client; clients are numbered from 0.
    ToClient(usize),
    /// A client does something.
    Client(usize),
    /// The phases of the run.
    Phase,
}

/// What a line of a client is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// None of the below: it is not drawn.
    #[default]
    Note,
    /// It sends a LIST, which lasts until its next request or problem.
    List,
    /// It sends a streaming list.
    StreamingList,
    /// It sends a WATCH.
    Watch,
    /// It delivers a part of a list.
    Initial,
    /// It delivers a change or a bookmark.
    Event,
    /// It reports a problem.
    Problem,
}

impl Line {
    /// A line that nothing is drawn for if it is a client's.
    pub fn new(at: Duration, who: Who, what: impl Into<String>) -> Self {
        Self { at, who, mark: Mark::Note, what: what.into() }
    }

    /// A line of a client that is drawn.
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
