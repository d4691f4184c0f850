//! What comes out of [`poll`](crate::Watcher::poll).

use core::fmt;

use super::event::Event;
use super::notice::Notice;
use super::request::{Request, RequestId};
use super::time::Instant;
use super::trouble::Trouble;
use crate::config::ConfigError;
use alloc::boxed::Box;

/// A decision. Act on it, then call `poll` again, until it returns [`Wait`](Self::Wait) or [`Done`](Self::Done).
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug)]
#[must_use = "the watch hangs if an output is ignored"]
#[expect(clippy::exhaustive_enums, reason = "a driver must act on every output there is")]
pub enum Output {
    /// Send this request without waiting for the response. No other exchange is open.
    Send(Request),
    /// Drop this exchange. Inputs for it are ignored from now on.
    Abort(RequestId),
    /// Pass this event to the consumer. The checkpoint covers it from now on.
    Event(Event),
    /// Log this notice.
    Notice(Notice),
    /// There is nothing to do. Wait for an input to [`handle`](crate::Watcher::handle), or for the time, whichever is
    /// first.
    Wait(Wait),
    /// The watch is over. Every later `poll` returns the same.
    Done(Done),
}

/// How long to wait, and for what.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The latest time of the next `poll`. With `None`, only an input can change anything. The time may have
    /// passed already if the last inputs were ignored. Then hand in what is ready, or call `poll` again.
    pub until: Option<Instant>,
    /// What the machine waits for, for logs and metrics.
    pub on: Waiting,
}

/// What a machine waits for: see [`Wait::on`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Waiting {
    /// The head of a response.
    Head,
    /// More of a body.
    Data,
    /// The time of the next attempt.
    Backoff,
}

/// How the watch ended.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Done {
    /// [`Input::Stop`](crate::Input::Stop) stopped it.
    Stopped,
    /// The configured deadline was reached.
    DeadlineReached,
    /// The version to resume from expired, and the configuration ends the watch in this case.
    Expired(Box<Trouble>),
    /// The API server rejected the request itself. A retry can't fix that.
    Refused(Box<Trouble>),
    /// There was no progress for the configured time.
    GaveUp {
        /// The number of failed attempts since the last progress.
        attempts: u32,
        /// The last failure.
        last: Box<Trouble>,
    },
    /// The type of the objects isn't that of the configured resource. A machine doesn't return it: a driver that knows
    /// the type ends the watch before the first request.
    WrongType(#[cfg_attr(feature = "trace", serde(serialize_with = "as_text"))] ConfigError),
}

/// The error is for people only.
#[cfg(feature = "trace")]
fn as_text<S: serde::Serializer>(error: &ConfigError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

impl Done {
    /// Returns the name of the variant as a word for programs, in snake case: `stopped`, `gave_up`. It is the same in
    /// every release, so that it can be a label of a metric.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::DeadlineReached => "deadline_reached",
            Self::Expired(_) => "expired",
            Self::Refused(_) => "refused",
            Self::GaveUp { .. } => "gave_up",
            Self::WrongType(_) => "wrong_type",
        }
    }

    /// Returns the failure that ended the watch, if one did.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Stopped | Self::DeadlineReached | Self::WrongType(_) => None,
            Self::Expired(trouble) | Self::Refused(trouble) | Self::GaveUp { last: trouble, .. } => Some(trouble),
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::DeadlineReached => f.write_str("deadline reached"),
            Self::WrongType(error) => error.fmt(f),
            Self::Expired(trouble) => write!(f, "the version to resume from expired: {trouble}"),
            Self::Refused(trouble) => write!(f, "refused, not retried: {trouble}"),
            Self::GaveUp { attempts, last } => {
                let plural = if *attempts == 1 { "" } else { "s" };
                write!(f, "gave up after {attempts} attempt{plural}, the last: {last}")
            }
        }
    }
}
