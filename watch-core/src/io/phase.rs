//! What a watcher is doing, for logs and metrics.

use core::fmt;

/// What a watcher is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It is about to send a request.
    Starting,
    /// It waits for the head of a response.
    Opening,
    /// It reads the body of an error.
    Refused,
    /// It reads a list from a LIST.
    Listing,
    /// It reads a list from a streaming list.
    StreamingList,
    /// It watches: the list is complete, and changes are returned as they happen.
    Live,
    /// It waits before the next attempt.
    BackingOff,
    /// It is over.
    Done,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Opening => "opening",
            Self::Refused => "refused",
            Self::Listing => "listing",
            Self::StreamingList => "streaming list",
            Self::Live => "live",
            Self::BackingOff => "backing off",
            Self::Done => "done",
        })
    }
}
