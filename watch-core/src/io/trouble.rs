//! The failures of a server or a network.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::input::{TransportError, TransportErrorKind};
use crate::config::Config;
use crate::config::resource::Resource;
use crate::wire::printable::Printable;
use crate::wire::version::ResourceVersion;
use crate::wire::{Malformed, Status, WireError};

/// A failure: what failed, on what, and why. It formats as a sentence for the log.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// A description of what is watched: `pods in default`.
    pub target: Arc<str>,
    /// The resource that is watched.
    #[cfg_attr(feature = "trace", serde(serialize_with = "as_text"))]
    pub resource: Resource,
    /// The namespace; `None` if all are watched, or the resource is cluster-scoped.
    pub namespace: Option<Box<str>>,
    /// The name, if a single object is watched.
    pub name: Option<Box<str>>,
    /// The operation that failed.
    pub during: During,
    /// Why it failed.
    pub cause: Cause,
    /// How long the server asks to wait before the next request.
    pub retry_after: Option<Duration>,
}

#[cfg(feature = "trace")]
fn as_text<S: serde::Serializer>(resource: &Resource, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(resource)
}

impl Trouble {
    /// Creates a failure. `header` is the `Retry-After` of the response.
    pub(crate) fn new(config: &Config, during: During, cause: Cause, header: Option<Duration>) -> Box<Self> {
        let cause = if config.watches_secrets() { cause.without_values() } else { cause };
        let said = cause.status().and_then(|status| status.retry_after());
        let parts = config.parts();
        let longest = parts.timing.longest_retry_after;
        Box::new(Self {
            target: parts.target.clone(),
            resource: parts.resource.clone(),
            namespace: parts.namespace.clone(),
            name: parts.name.clone(),
            during,
            retry_after: header.max(said).map(|wait| wait.min(longest)),
            cause,
        })
    }
}

/// The operation that failed.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum During {
    /// A LIST. `page` is greater than 1 if it had a continue token.
    List {
        /// The number of the page, from 1.
        page: u32,
    },
    /// A streaming list.
    StreamingList,
    /// The version check, before a watch is opened again.
    VersionCheck,
    /// A watch.
    Watch {
        /// The last version before the failure; `None` if the watch began without a version.
        after: Option<ResourceVersion>,
    },
}

/// Why an operation failed: see [`Trouble::cause`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The server returned an error, as HTTP status or as ERROR event.
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
    /// The list has no resourceVersion (an empty one or `"0"` counts as none), so that there is no place to watch from. Some
    /// aggregated servers' lists never have one.
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
        /// The content type, or the encoding if that can't be read.
        kind: Box<str>,
        /// The beginning of the body. If Secrets are watched it may contain one, so a placeholder takes its place.
        excerpt: Box<str>,
    },
    /// The watch ended in good order, but soon, and brought nothing new (client-go's `VeryShortWatchError`).
    ShortWatch {
        /// How long the watch lasted.
        lasted: Duration,
    },
    /// The streaming list ended without its end marker.
    NoInitialEnd,
    /// The server answers with an older state than was already seen, or than the configuration asks for
    /// ([`ListSemantics::NotOlderThan`](crate::ListSemantics::NotOlderThan)).
    Rollback {
        /// The version that was seen or requested.
        seen: ResourceVersion,
        /// The version that was found.
        found: ResourceVersion,
    },
    /// A watch brought an event older than what was seen. Whether the server went back, a list will show.
    OldEvent {
        /// The version that was seen.
        seen: ResourceVersion,
        /// The version of the event.
        found: ResourceVersion,
    },
    /// A bookmark is older than what came before it on the same watch.
    OldBookmark {
        /// The version that was seen.
        seen: ResourceVersion,
        /// The version of the bookmark.
        found: ResourceVersion,
    },
    /// The head of a watch came, but so late that the server may have begun to serve only then. A watch that was opened
    /// by a restored server may bring nothing for long, so it is given up for a version check.
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
    /// The list has more pages than allowed, or its continue tokens go round in a circle, or there is one although the
    /// complete list was requested.
    EndlessList {
        /// The number of pages that were received.
        pages: u32,
    },
}

/// What was awaited in vain.
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

/// A placeholder for what may be a Secret's.
const NOT_SHOWN: &str = "not shown, since Secrets are watched";

impl Cause {
    /// The HTTP status that it amounts to.
    pub(crate) const fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::UnexpectedResponse { status, .. } => Some(*status),
            _ => None,
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
                let message = alloc::format!("compressed body unreadable, retrying uncompressed: {error}");
                Self::Transport(TransportError::new(TransportErrorKind::Other, message))
            }
            other => other,
        }
    }

    /// Returns the status that the server returned, if it did.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.during {
            During::List { page: 1 } => write!(f, "LIST of {}", self.target)?,
            During::List { page } => write!(f, "LIST of {} (page {page})", self.target)?,
            During::VersionCheck => write!(f, "LIST of one of {}", self.target)?,
            During::StreamingList => write!(f, "streaming list of {}", self.target)?,
            During::Watch { after: Some(version) } => write!(f, "WATCH of {} after {version}", self.target)?,
            During::Watch { after: None } => write!(f, "WATCH of {}", self.target)?,
        }
        write!(f, ": {}", self.cause)
    }
}

impl core::error::Error for Trouble {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server returned {status}"),
            Self::Transport(error) => error.fmt(f),
            Self::Timeout { of, lasted } => write!(f, "timeout: no {of} for {lasted:.1?}"),
            Self::Unreadable(error) => error.fmt(f),
            Self::NoVersion => f.write_str(
                "the list has no resourceVersion to watch from: \
                 this resource can be listed but not watched",
            ),
            Self::TooManyObjects { limit } => {
                write!(f, "list has more than {limit} objects, the limit in `limits.objects`")
            }
            Self::Truncated { bytes } => write!(f, "body truncated {bytes} bytes into a document"),
            Self::UnexpectedResponse { status, kind, excerpt } if **excerpt == *NOT_SHOWN => {
                write!(f, "HTTP {status} with {} (body {NOT_SHOWN})", Printable(kind))
            }
            Self::UnexpectedResponse { status, kind, excerpt } => {
                write!(f, "HTTP {status} with {}; body begins with \"{}\"", Printable(kind), excerpt.escape_debug())
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
