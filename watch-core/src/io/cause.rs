//! Why an operation failed.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::input::{TransportError, TransportErrorKind};
use crate::wire::printable::Printable;
use crate::wire::version::ResourceVersion;
use crate::wire::{FrameErrorKind, Malformed, Status, WireError};

/// Why an operation failed: see [`Trouble::cause`](crate::Trouble::cause).
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The server returned an error: an HTTP status or an ERROR event.
    Status(Box<Status>),
    /// The network or HTTP failed.
    Transport(TransportError),
    /// A timeout.
    Timeout {
        /// What was awaited.
        of: TimedOut,
        /// How long it was awaited.
        lasted: Duration,
    },
    /// The bytes can't be read.
    Unreadable(WireError),
    /// The list has no resourceVersion (an empty one or `"0"` counts as none), so there is no version to watch from.
    /// The lists of some aggregated servers never have one.
    NoVersion,
    /// The list has more objects than [`Limits::objects`](crate::Limits::objects) allows.
    TooManyObjects {
        /// The limit.
        limit: u64,
    },
    /// The body ended inside a document.
    Truncated {
        /// The number of bytes of that document that had arrived.
        bytes: usize,
    },
    /// The response isn't of the requested kind, as from a proxy.
    UnexpectedResponse {
        /// The HTTP status.
        status: u16,
        /// The content type; or the content encoding, if the machine can't read that encoding.
        kind: Box<str>,
        /// The beginning of the body. If Secrets are watched, it is a placeholder, because the body may contain a
        /// Secret.
        excerpt: Box<str>,
        /// The number of bytes that were read, if [`Limits::error_body`](crate::Limits::error_body) allows no more.
        /// A longer `Status` can't be read.
        #[cfg_attr(feature = "trace", serde(skip_serializing_if = "Option::is_none"))]
        cut_at: Option<usize>,
    },
    /// The watch ended without an error, but early and without a new event (client-go's `VeryShortWatchError`).
    ShortWatch {
        /// How long the watch lasted.
        lasted: Duration,
    },
    /// The streaming list ended without its end marker.
    NoInitialEnd,
    /// The server returned an older state than was already seen, or than the configuration requests
    /// ([`ListSemantics::NotOlderThan`](crate::ListSemantics::NotOlderThan)).
    Rollback {
        /// The version that was seen or requested.
        seen: ResourceVersion,
        /// The version that was found.
        found: ResourceVersion,
    },
    /// A watch returned an event older than what was seen. A list will show whether the server was rolled back.
    OldEvent {
        /// The version that was seen.
        seen: ResourceVersion,
        /// The version of the event.
        found: ResourceVersion,
    },
    /// A bookmark is older than an earlier event on the same watch.
    OldBookmark {
        /// The version that was seen.
        seen: ResourceVersion,
        /// The version of the bookmark.
        found: ResourceVersion,
    },
    /// The response to a watch arrived so late that the server may have begun to serve only then. A watch that a
    /// restored server opened may be silent for a long time, so it is closed for a version check.
    SlowOpening {
        /// How long it took.
        lasted: Duration,
    },
    /// Two pages of one list have different resourceVersions.
    MixedPages {
        /// The version of the first page.
        first: ResourceVersion,
        /// The version of the other page.
        then: ResourceVersion,
    },
    /// The list has more pages than allowed, its continue tokens form a cycle, or it has a token although the list was
    /// requested in one page.
    EndlessList {
        /// The number of pages that were received.
        pages: u32,
    },
}

/// What was awaited when the timeout was over.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimedOut {
    /// The head of a response.
    Head,
    /// The next item of a list.
    List,
    /// The end of a list, although items kept arriving.
    ListEnd,
    /// Any event on a watch, or its end.
    Watch,
    /// A bookmark on a watch that had one before.
    Bookmarks,
    /// The rest of an object.
    Object,
    /// The end marker of a streaming list.
    InitialEnd,
    /// The rest of the body of an error.
    ErrorBody,
}

/// The placeholder for text that may contain values of a Secret.
const NOT_SHOWN: &str = "not shown, since Secrets are watched";

impl Cause {
    /// Returns the HTTP status of the response or of the ERROR event. `None` if the cause has none: for example, a
    /// network failure.
    pub const fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::UnexpectedResponse { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns the name of the variant as a word for programs, in snake case: `status`, `transport`, `timeout`. It is
    /// the same in every release, so that it can be a label of a metric.
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

    /// Returns the cause without the values of watched objects. An error may quote what it can't read, and servers
    /// quote invalid values (`field.Invalid` of apimachinery: `Invalid value: "..."`) in the message and in its causes.
    pub(crate) fn without_values(self) -> Self {
        match self {
            Self::Status(mut status) => {
                status.hide_messages(NOT_SHOWN);
                Self::Status(status)
            }
            Self::UnexpectedResponse { status, kind, cut_at, .. } => {
                Self::UnexpectedResponse { status, kind, excerpt: NOT_SHOWN.into(), cut_at }
            }
            Self::Unreadable(WireError::Malformed(Malformed { what, offset, version, .. })) => {
                Self::Unreadable(WireError::Malformed(Malformed { what, offset, version, message: NOT_SHOWN.into() }))
            }
            other => other,
        }
    }

    /// Returns the cause for a body that the driver decompressed. The checksum of the body may not have arrived, so
    /// unreadable bytes may differ from those that the server sent.
    pub(crate) fn of_decompressed(self) -> Self {
        match self {
            Self::Unreadable(error) => {
                let message = alloc::format!("compressed body unreadable, retrying uncompressed: {error}");
                Self::Transport(TransportError::new(TransportErrorKind::Other, message))
            }
            other => other,
        }
    }

    /// Returns the status that the server returned; `None` if the cause is another one.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// Returns the name of the limit that a document exceeds.
const fn limit_of(error: &WireError) -> Option<&'static str> {
    match error {
        WireError::Frame(error) => match error.kind {
            FrameErrorKind::TooLarge { .. } => Some("object"),
            FrameErrorKind::TooDeep => Some("nesting"),
            _ => None,
        },
        WireError::Malformed(_) => None,
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server returned {status}"),
            Self::Transport(error) => error.fmt(f),
            Self::Timeout { of, lasted } => write!(f, "timeout: no {of} for {lasted:.1?}"),
            Self::Unreadable(error) => {
                error.fmt(f)?;
                match limit_of(error) {
                    Some(limit) => write!(f, " (the limit is `limits.{limit}`)"),
                    None => Ok(()),
                }
            }
            Self::NoVersion => f.write_str(
                "the list has no resourceVersion to watch from: \
                 this resource can be listed but not watched",
            ),
            Self::TooManyObjects { limit } => {
                write!(f, "list has more than {limit} objects, the limit in `limits.objects`")
            }
            Self::Truncated { bytes } => write!(f, "body truncated {bytes} bytes into a document"),
            Self::UnexpectedResponse { status, kind, excerpt, cut_at } => {
                write!(f, "HTTP {status}")?;
                // Operators search a log for these words. A `Status` has them as its reason.
                match status {
                    401 => f.write_str(" (unauthorized)")?,
                    403 => f.write_str(" (forbidden)")?,
                    _ => {}
                }
                write!(f, " with {}", Printable(kind))?;
                if **excerpt == *NOT_SHOWN {
                    write!(f, " (body {NOT_SHOWN})")?;
                } else {
                    write!(f, "; body begins with \"{}\"", excerpt.escape_debug())?;
                }
                match cut_at {
                    Some(bytes) => write!(f, "; it was cut at {bytes} bytes, the limit in `limits.error_body`"),
                    None => Ok(()),
                }
            }
            Self::ShortWatch { lasted } => write!(f, "watch ended after {lasted:.1?} without a new event"),
            Self::NoInitialEnd => f.write_str("ended without its end marker"),
            Self::Rollback { seen, found } => {
                write!(f, "server rollback: {seen} was seen before, now it is at {found}")
            }
            Self::OldEvent { seen, found } => write!(f, "event out of order: version {found} after {seen}"),
            Self::OldBookmark { seen, found } => write!(f, "bookmark out of order: version {found} after {seen}"),
            Self::SlowOpening { lasted } => write!(f, "watch opened only after {lasted:.1?}"),
            Self::MixedPages { first, then } => write!(f, "pages have different resourceVersions ({first}, {then})"),
            Self::EndlessList { pages } => write!(f, "list did not end after {pages} pages"),
        }
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "response",
            Self::List => "list item",
            Self::ListEnd => "end of the list",
            Self::Watch => "event or bookmark",
            Self::Bookmarks => "bookmark",
            Self::Object => "end of the object",
            Self::InitialEnd => "end marker",
            Self::ErrorBody => "end of the error body",
        })
    }
}
