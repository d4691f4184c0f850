//! What went wrong, apart from where.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::input::{TransportError, TransportErrorKind};
use crate::wire::printable::Printable;
use crate::wire::version::ResourceVersion;
use crate::wire::{Malformed, Status, WireError};

/// See [`Trouble::cause`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The server said so: as HTTP status, or as ERROR event.
    Status(Box<Status>),
    /// The network, or HTTP itself.
    Transport(TransportError),
    /// Nothing came.
    Timeout {
        /// What was waited for.
        of: TimedOut,
        /// For how long.
        lasted: Duration,
    },
    /// Bytes that can't be read.
    Unreadable(WireError),
    /// The list has no resourceVersion (an empty one or `"0"` counts as none), so that there is no place to watch from. Some
    /// aggregated servers' lists never have one.
    NoVersion,
    /// The set has more objects than [`Limits::objects`](crate::Limits::objects) allows.
    TooManyObjects {
        /// How many are allowed.
        limit: u64,
    },
    /// The body ended in the middle of a document.
    Truncated {
        /// How many bytes of that document had come.
        bytes: usize,
    },
    /// A reply of another kind than asked for, as proxies give.
    UnexpectedResponse {
        /// Its HTTP status.
        status: u16,
        /// What it says it is: content type, or encoding if that is what can't be read.
        kind: Box<str>,
        /// How it begins. Where Secrets are watched it may be one, and then this says only that it isn't shown.
        excerpt: Box<str>,
    },
    /// The watch ended in good order, but soon, and brought nothing new (client-go's `VeryShortWatchError`).
    ShortWatch {
        /// How long it lasted.
        lasted: Duration,
    },
    /// The streaming list ended without its end marker.
    NoInitialEnd,
    /// The server answers with an older state than was already seen, or than the configuration asks for
    /// ([`ListSemantics::NotOlderThan`](crate::ListSemantics::NotOlderThan)).
    Rollback {
        /// What was seen, or asked for.
        seen: ResourceVersion,
        /// What came then.
        found: ResourceVersion,
    },
    /// A watch brought an event older than what was seen. Whether the server went back, a list will show.
    OldEvent {
        /// What was seen.
        seen: ResourceVersion,
        /// The version of the event.
        found: ResourceVersion,
    },
    /// A bookmark is older than what came before it on the same watch.
    OldBookmark {
        /// What was seen.
        seen: ResourceVersion,
        /// What the bookmark says.
        found: ResourceVersion,
    },
    /// The head of a watch came, but so late that the server may have begun to serve only then. A watch that was opened
    /// by a restored server may bring nothing for long, so it is given up for a version check.
    SlowOpening {
        /// How late.
        lasted: Duration,
    },
    /// Two pages of one list are of different states.
    MixedPages {
        /// Of which the first page is.
        first: ResourceVersion,
        /// Of which another page is.
        then: ResourceVersion,
    },
    /// The list has more pages than allowed, or its continue tokens go round in a circle, or there is one although the
    /// whole list was asked for.
    EndlessList {
        /// How many pages came.
        pages: u32,
    },
}

/// What didn't come.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimedOut {
    /// The head of a response.
    Head,
    /// More of a list.
    List,
    /// The end of a list, though it kept coming.
    ListEnd,
    /// Anything on a watch, not even its end.
    Watch,
    /// A bookmark on a watch that had them.
    Bookmarks,
    /// The rest of an object.
    Object,
    /// The end marker of a streaming list.
    InitialEnd,
    /// The rest of an error's body.
    ErrorBody,
}

/// In place of what may be a Secret's.
const NOT_SHOWN: &str = "not shown, since Secrets are watched";

impl Cause {
    /// Returns the HTTP status: of the response, or of the ERROR event, which has one too. `None` if the cause has none,
    /// as trouble with the network.
    pub const fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::UnexpectedResponse { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns the name of the variant as a word for programs, in snake case: `status`, `transport`, `timeout`. It is the
    /// same in every release, so that it can be a label of a metric.
    ///
    /// ```
    /// use watch_core::Cause;
    ///
    /// assert_eq!(Cause::NoVersion.kind(), "no_version");
    /// ```
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Transport(_) => "transport",
            Self::Timeout { .. } => "timeout",
            Self::Unreadable(_) => "unreadable",
            Self::NoVersion => "no_version",
            Self::TooManyObjects { .. } => "too_many_objects",
            Self::Truncated { .. } => "truncated",
            Self::UnexpectedResponse { .. } => "unexpected_response",
            Self::ShortWatch { .. } => "short_watch",
            Self::NoInitialEnd => "no_initial_end",
            Self::Rollback { .. } => "rollback",
            Self::OldEvent { .. } => "old_event",
            Self::OldBookmark { .. } => "old_bookmark",
            Self::SlowOpening { .. } => "slow_opening",
            Self::MixedPages { .. } => "mixed_pages",
            Self::EndlessList { .. } => "endless_list",
        }
    }

    /// The same, without anything that may be a value of what is watched. What can't be read may be quoted, by serde too;
    /// and the server's own words quote values that it finds wrong (`field.Invalid` of apimachinery:
    /// `Invalid value: "..."`), in the message and in those of its causes.
    pub(crate) fn without_values(self) -> Self {
        match self {
            Self::Status(mut status) => {
                status.hide_messages(NOT_SHOWN);
                Self::Status(status)
            }
            Self::UnexpectedResponse { status, kind, .. } => {
                Self::UnexpectedResponse { status, kind, excerpt: NOT_SHOWN.into() }
            }
            Self::Unreadable(WireError::Malformed(Malformed { what, offset, version, .. })) => {
                Self::Unreadable(WireError::Malformed(Malformed { what, offset, version, message: NOT_SHOWN.into() }))
            }
            other => other,
        }
    }

    /// The same, of a body that the driver decompressed: its checksum may not have come yet, so that bytes which can't be read
    /// needn't be the server's.
    pub(crate) fn of_decompressed(self) -> Self {
        match self {
            Self::Unreadable(error) => {
                let message = alloc::format!("a compressed body can't be read, it is asked for uncompressed: {error}");
                Self::Transport(TransportError::new(TransportErrorKind::Other, message))
            }
            other => other,
        }
    }

    /// The server's own words, if it said something.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server says {status}"),
            Self::Transport(error) => error.fmt(f),
            Self::Timeout { of, lasted } => write!(f, "no {of} for {lasted:.1?}"),
            Self::Unreadable(error) => error.fmt(f),
            Self::NoVersion => f.write_str(
                "the list has no resourceVersion, so there is no place to watch from: \
                 this resource can be listed but not watched",
            ),
            Self::TooManyObjects { limit } => {
                write!(f, "it has more than {limit} objects, which is all that `limits.objects` allows")
            }
            Self::Truncated { bytes } => write!(f, "the body ended {bytes} bytes into a document"),
            Self::UnexpectedResponse { status, kind, excerpt } if **excerpt == *NOT_SHOWN => {
                write!(f, "HTTP {status} with {} (what it says is {NOT_SHOWN})", Printable(kind))
            }
            Self::UnexpectedResponse { status, kind, excerpt } => {
                write!(f, "HTTP {status} with {}; it begins with \"{}\"", Printable(kind), excerpt.escape_debug())
            }
            Self::ShortWatch { lasted } => write!(f, "it ended after {lasted:.1?} and brought nothing new"),
            Self::NoInitialEnd => f.write_str("it ended before its end marker"),
            Self::Rollback { seen, found } => {
                write!(f, "the server went back: {seen} was seen before, now it is at {found}")
            }
            Self::OldEvent { seen, found } => write!(f, "an event of version {found} came after {seen}"),
            Self::OldBookmark { seen, found } => write!(f, "a bookmark of {found} came after {seen}"),
            Self::SlowOpening { lasted } => write!(f, "it was opened only after {lasted:.1?}"),
            Self::MixedPages { first, then } => write!(f, "its pages are of different states ({first}, {then})"),
            Self::EndlessList { pages } => write!(f, "it doesn't end: {pages} pages came"),
        }
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "response",
            Self::List => "more of the list",
            Self::ListEnd => "end of the list",
            Self::Watch => "sign of life",
            Self::Bookmarks => "bookmark",
            Self::Object => "rest of an object",
            Self::InitialEnd => "end marker",
            Self::ErrorBody => "rest of an error",
        })
    }
}
