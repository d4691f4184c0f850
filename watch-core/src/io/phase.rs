//! What a watcher is doing, for those who look from outside.

use core::fmt;

/// What a watcher is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// About to send a request.
    Starting,
    /// Waiting for the response to one.
    Opening,
    /// Reading the refusal that it got.
    Refused,
    /// Reading the set from a LIST.
    Listing,
    /// Reading the set from a streaming list.
    StreamingList,
    /// Watching: the set is known, changes come as they happen.
    Live,
    /// Waiting before the next attempt.
    BackingOff,
    /// Over.
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
