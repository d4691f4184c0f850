//! The timeline of a run.

use core::fmt;
use core::time::Duration;

use watch_core::RequestId;

/// One line of a timeline. As text it is `t=1.500      C0 → WATCH …`.
///
/// [`of_input`](Self::of_input), [`of_output`](Self::of_output) and [`of_request`](Self::of_request) create the lines
/// of a machine of watch-core and of a server's log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Line {
    /// The time since the run began.
    pub at: Duration,
    /// The participant that the line is about.
    pub who: Who,
    /// How [`draw`](super::draw) shows it.
    pub mark: Mark,
    /// The exchange that the line is about.
    pub exchange: Option<RequestId>,
    /// A short text that is drawn, if there is room: a version, a status, a reason.
    pub label: String,
    /// The text.
    pub what: String,
}

/// The participant that the line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Who {
    /// The store and the server.
    Server,
    /// A request as the server sees it; requests are numbered from 0.
    Request(usize),
    /// The network.
    Net,
    /// A client receives something; clients are numbered from 0.
    ToClient(usize),
    /// A client does something.
    Client(usize),
    /// The phases of the run.
    Phase,
}

/// What a line shows in a drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// Any other line, which isn't drawn.
    #[default]
    Note,
    /// A LIST is sent. It lasts until [`Over`](Self::Over), or until the next request or problem.
    List,
    /// A streaming list is sent.
    StreamingList,
    /// A WATCH is sent. The label is the version that it begins after.
    Watch,
    /// The head of a response. The label is its status.
    Answer,
    /// The exchange is over. The label is how it ended: `end`, `reset`.
    Over,
    /// The client delivers a part of a list. If it is the end, the label is the version of the list.
    Initial,
    /// The client delivers a change or a bookmark. The label is its version.
    Event,
    /// The client reports a problem. The label is its cause: `410`, `timeout`.
    Problem {
        /// How long the server asked to wait before the next request.
        retry_after: Option<Duration>,
    },
    /// The client waits before the next request.
    Backoff,
    /// The client's watch is over. The label is the reason.
    Done,
    /// An object is written. The label is its version.
    Write,
    /// A fault. The label is its name.
    Fault,
    /// A phase of the run begins. The label is its name.
    Phase,
    /// An oracle found a violation. The text of the line names it.
    Violation,
}

impl Line {
    /// Creates a line that isn't drawn.
    pub fn new(at: Duration, who: Who, what: impl Into<String>) -> Self {
        Self { at, who, mark: Mark::Note, exchange: None, label: String::new(), what: what.into() }
    }

    /// Creates a line of a client that is drawn.
    pub fn of_client(at: Duration, client: usize, mark: Mark, what: impl Into<String>) -> Self {
        Self::new(at, Who::Client(client), what).drawn(mark, "")
    }

    /// Sets how the line is drawn.
    #[must_use]
    pub fn drawn(mut self, mark: Mark, label: impl Into<String>) -> Self {
        (self.mark, self.label) = (mark, label.into());
        self
    }

    /// Sets the exchange that the line is about, so that a line about another one doesn't end it.
    #[must_use]
    pub const fn of_exchange(mut self, exchange: RequestId) -> Self {
        self.exchange = Some(exchange);
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.who {
            Who::Server => "S  ".to_owned(),
            Who::Request(number) => format!("S#{number}"),
            Who::Net => "N  ".to_owned(),
            Who::ToClient(client) => format!("C{client} ←"),
            Who::Client(client) => format!("C{client} →"),
            Who::Phase => "---".to_owned(),
        };
        write!(f, "t={:<10.3} {who} {}", self.at.as_secs_f64(), self.what)
    }
}
