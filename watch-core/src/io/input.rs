//! What goes in through [`handle`](crate::Watcher::handle).

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use super::request::RequestId;
use crate::wire::printable::Printable;

/// A fact. Of one exchange there comes a `Response`, then any number of `Body`, then `End` or `Failed`;
/// or `Failed` alone.
///
/// What is said of an exchange that is over, aborted or replaced is ignored, so an adapter needn't win that race.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know of every input there is")]
pub enum Input {
    /// The head of the response came.
    Response {
        /// Of which request.
        id: RequestId,
        /// What it says.
        head: ResponseHead,
    },
    /// More of the body came; cut anyhow.
    Body {
        /// Of which request.
        id: RequestId,
        /// The bytes. Objects that are handed out are slices of them.
        #[cfg_attr(feature = "trace", serde(with = "crate::io::text_or_bytes"))]
        bytes: Bytes,
    },
    /// The body ended as HTTP says a body ends: by its length, its last chunk, or END_STREAM.
    End {
        /// Of which request.
        id: RequestId,
    },
    /// There was no response, or the body broke off.
    Failed {
        /// Of which request.
        id: RequestId,
        /// Why.
        error: TransportError,
    },
    /// The consumer wants the whole set again: as after an expired version. Before the next attempt it still waits, if
    /// it does.
    ///
    /// client-go's *resync* is something else: it repeats what its cache holds and asks no server.
    #[doc(alias = "resync")]
    Relist,
    /// The consumer wants no more. The next `poll` says `Abort` if something was open, then
    /// [`Done::Stopped`](crate::Done::Stopped) for ever.
    Stop,
}

/// What matters of a response's head.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, if it is an integer number of seconds, as Kubernetes always writes it; the longest, if there are
    /// several. A number too large for its type is the largest, not none: the wait is capped by
    /// [`Timing::longest_retry_after`](crate::Timing::longest_retry_after). A date is not understood.
    pub retry_after: Option<Duration>,
    /// `Content-Type`
    pub content_type: Option<Box<str>>,
    /// `Content-Encoding`, of the body as it is handed in: a driver that decompresses clears it.
    pub content_encoding: Option<Box<str>>,
    /// The driver decompresses the body, and may hand in bytes before their checksum came. What can't be read is then an
    /// error of the transport, and is asked for again uncompressed.
    #[cfg_attr(feature = "trace", serde(default, skip_serializing_if = "core::ops::Not::not"))]
    pub decompressed: bool,
}

impl ResponseHead {
    /// A head without headers.
    pub const fn new(status: u16) -> Self {
        Self { status, retry_after: None, content_type: None, content_encoding: None, decompressed: false }
    }

    /// Adds a `Content-Type`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets [`decompressed`](Self::decompressed).
    #[must_use]
    pub const fn with_decompressed(mut self, decompressed: bool) -> Self {
        self.decompressed = decompressed;
        self
    }

    /// Adds a `Retry-After`.
    #[must_use]
    pub const fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// Adds a header as it came over the wire; one that doesn't matter here is ignored. Call it once for each line.
    ///
    /// An empty `Content-Type` or `Content-Encoding` counts as absent.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let value = value.trim();
        if is("retry-after") {
            self.retry_after = self.retry_after.max(retry_after(value));
        } else if is("content-type") && self.content_type.as_deref().is_none_or(is_blank) {
            self.content_type = Some(value.into());
        } else if is("content-encoding") && self.foreign_encoding().is_none() {
            // Of several, the one that stands in the way.
            self.content_encoding = Some(value.into());
        }
        self
    }

    /// What the head says of the body: nothing, where the header is empty.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.content_type.as_deref().filter(|text| !is_blank(text))
    }

    /// Whether the body is JSON, or at least doesn't say that it is something else.
    ///
    /// `application/octet-stream` says no more than no content type: either may be assumed for the other (RFC 9110,
    /// section 8.3), and a server library writes it where its user chose nothing (aiohttp, and so the watches of kmock).
    /// Taken for something foreign, such a server is never watched, only listed again and again.
    pub(crate) fn is_json(&self) -> bool {
        let Some(content_type) = self.media_type() else { return true };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        ["application/json", "application/octet-stream"].iter().any(|known| essence.eq_ignore_ascii_case(known))
    }

    /// The encoding in which the body can't be read.
    pub(crate) fn foreign_encoding(&self) -> Option<&str> {
        let is_none = |encoding: &str| is_blank(encoding) || encoding.trim().eq_ignore_ascii_case("identity");
        self.content_encoding.as_deref().filter(|encodings| !encodings.split(',').all(is_none))
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The longest of the numbers in a `Retry-After`; one with more digits than fit is as long as can be.
fn retry_after(value: &str) -> Option<Duration> {
    let seconds = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    // Proxies put what came on several lines on one, with a comma in between.
    value.split(',').filter_map(|text| seconds(text.trim())).max().map(Duration::from_secs)
}

#[cfg(feature = "http")]
impl From<&http::response::Parts> for ResponseHead {
    fn from(parts: &http::response::Parts) -> Self {
        parts.headers.iter().fold(Self::new(parts.status.as_u16()), |head, (name, value)| {
            match value.to_str() {
                Ok(value) => head.with_header(name.as_str(), value),
                // No header that matters here has anything but ASCII.
                Err(_) => head,
            }
        })
    }
}

/// Why there is no response, or no more of its body.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportError {
    /// In one word, for programs.
    pub kind: TransportErrorKind,
    /// For people.
    pub message: Box<str>,
}

/// See [`TransportError::kind`]. What to do is the same for all of them: try again, from where it was; only that `Resolve`,
/// `Tls` and `Credentials`, when they persist, are reported as needing attention
/// ([`Notice::NeedsAttention`](crate::Notice::NeedsAttention)).
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No address for the server's name.
    Resolve,
    /// Nobody listens.
    Refused,
    /// No connection for another reason.
    Connect,
    /// TLS failed: certificate, name, protocol.
    Tls,
    /// No credentials could be had.
    Credentials,
    /// The connection broke, or the peer gave the request back unprocessed (HTTP/2: GOAWAY, REFUSED_STREAM).
    Reset,
    /// The body ended before HTTP says it does.
    Truncated,
    /// The driver's own patience ended.
    Timeout,
    /// The peer broke the rules of HTTP, or ended the request below it (RST_STREAM) for another reason than
    /// REFUSED_STREAM.
    Protocol,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// It doesn't go away by itself, if it comes again and again: a certificate, a name in DNS or a token file is not as it
    /// should be.
    pub(crate) const fn needs_attention(self) -> bool {
        matches!(self, Self::Resolve | Self::Tls | Self::Credentials)
    }

    /// There was a connection, on which something went wrong.
    pub(crate) const fn is_behind_connecting(self) -> bool {
        matches!(self, Self::Reset | Self::Truncated | Self::Timeout | Self::Protocol | Self::Other)
    }
}

impl TransportError {
    /// Both together.
    pub fn new(kind: TransportErrorKind, message: impl Into<Box<str>>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            TransportErrorKind::Resolve => "the server's name can't be resolved",
            TransportErrorKind::Refused => "connection refused",
            TransportErrorKind::Connect => "can't connect",
            TransportErrorKind::Tls => "TLS failed",
            TransportErrorKind::Credentials => "no credentials",
            TransportErrorKind::Reset => "connection reset",
            TransportErrorKind::Truncated => "the response broke off",
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Protocol => "HTTP was violated",
            TransportErrorKind::Other => "transport failed",
        };
        f.write_str(kind)?;
        if !self.message.is_empty() {
            write!(f, ": {}", Printable(&self.message))?;
        }
        Ok(())
    }
}

impl core::error::Error for TransportError {}

/// An [`Input`] that can't be: a mistake in the driver, never caused by bytes off the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The watcher never sent a request with this id.
    NeverSent(RequestId),
    /// Before the head of the response.
    BeforeResponse(RequestId),
    /// A second head of the same response.
    SecondResponse(RequestId),
    /// After `End` or `Failed`.
    AfterEnd(RequestId),
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, what) = match self {
            Self::NeverSent(id) => (id, "was never sent"),
            Self::BeforeResponse(id) => (id, "has no response yet, so it can have no body and no end"),
            Self::SecondResponse(id) => (id, "has its response already"),
            Self::AfterEnd(id) => (id, "has ended already"),
        };
        write!(f, "mistake in the driver: request {id} {what}")
    }
}

impl core::error::Error for Misuse {}
