//! What comes out of [`poll`](crate::Watcher::poll).

use core::fmt;

use super::event::Event;
use super::notice::Notice;
use super::request::{Request, RequestId};
use super::time::Instant;
use super::trouble::Trouble;
use alloc::boxed::Box;

/// A decision. Do what it says, then `poll` again, until it says [`Wait`](Self::Wait) or [`Done`](Self::Done).
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug)]
#[must_use = "an output that isn't acted upon leaves the watch hanging"]
#[expect(clippy::exhaustive_enums, reason = "a driver must act on every output there is")]
pub enum Output {
    /// Start this request, without waiting for the answer. No other is open.
    Send(Request),
    /// Drop this exchange. Nothing of it matters any more.
    Abort(RequestId),
    /// Hand this to the consumer. From now on the checkpoint covers it.
    Event(Event),
    /// Tell those who run it.
    Notice(Notice),
    /// Nothing to do: wait for something to [`handle`](crate::Watcher::handle), or for the time, whatever comes first.
    Wait(Wait),
    /// It is over, and stays so.
    Done(Done),
}

/// Until when to wait, and what for.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// `poll` again at this time at the latest; `None`: only input can change anything.
    pub until: Option<Instant>,
    /// What it waits for, for those who wonder.
    pub on: Waiting,
}

/// See [`Wait::on`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Waiting {
    /// For the head of a response.
    Head,
    /// For more of a body.
    Data,
    /// For time to pass before the next attempt.
    Backoff,
}

/// How it ended.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Done {
    /// By [`Input::Stop`](crate::Input::Stop).
    Stopped,
    /// The deadline of the configuration came.
    DeadlineReached,
    /// The version to resume from expired and the configuration says to stop then.
    Expired(Box<Trouble>),
    /// The API server says that the request itself is wrong; no retry can mend that.
    Refused(Box<Trouble>),
    /// There was no progress for as long as the configuration allows.
    GaveUp {
        /// How many attempts failed since the last progress.
        attempts: u32,
        /// The last trouble.
        last: Box<Trouble>,
    },
}

impl Done {
    /// Returns the name of the variant as a word for programs, in snake case: `stopped`, `gave_up`. It is the same in every
    /// release, so that it can be a label of a metric.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::DeadlineReached => "deadline_reached",
            Self::Expired(_) => "expired",
            Self::Refused(_) => "refused",
            Self::GaveUp { .. } => "gave_up",
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::DeadlineReached => f.write_str("the deadline was reached"),
            Self::Expired(trouble) => write!(f, "the version to resume from expired: {trouble}"),
            Self::Refused(trouble) => write!(f, "refused for good: {trouble}"),
            Self::GaveUp { attempts, last } => {
                let plural = if *attempts == 1 { "" } else { "s" };
                write!(f, "gave up after {attempts} attempt{plural}, the last: {last}")
            }
        }
    }
}
