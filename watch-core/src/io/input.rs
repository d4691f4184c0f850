//! What goes in through [`handle`](crate::Watcher::handle).

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use super::request::RequestId;
use crate::wire::printable::Printable;

/// A fact about an exchange, or a request of the consumer. An exchange has one `Response`, then any number of `Body`,
/// then `End` or `Failed`; or `Failed` alone.
///
/// An input for an exchange that is over, aborted or replaced is ignored, so a driver may hand it in too late. The next
/// `poll` returns the same wait again.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know of every input there is")]
pub enum Input {
    /// The head of the response arrived.
    Response {
        /// The request that this input belongs to.
        id: RequestId,
        /// The status and the headers that matter.
        head: ResponseHead,
    },
    /// Part of the body arrived. It may be cut anywhere.
    Body {
        /// The request that this input belongs to.
        id: RequestId,
        /// The bytes. Objects in events are slices of them.
        #[cfg_attr(feature = "trace", serde(with = "crate::io::text_or_bytes"))]
        bytes: Bytes,
    },
    /// The body is complete by the rules of HTTP: by its length, its last chunk, or END_STREAM.
    End {
        /// The request that this input belongs to.
        id: RequestId,
    },
    /// There was no response, or the body was truncated.
    Failed {
        /// The request that this input belongs to.
        id: RequestId,
        /// The reason.
        error: TransportError,
    },
    /// The consumer requests a relist, as after an expired version. A backoff that is under way isn't cut short.
    ///
    /// client-go's *resync* differs: it repeats what its cache holds, and sends no request.
    #[doc(alias = "resync")]
    Relist,
    /// The consumer stops the watch. The next `poll` returns `Abort` if an exchange was open, then
    /// [`Done::Stopped`](crate::Done::Stopped) on every call.
    Stop,
}

/// The parts of a response's head that matter.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, if it is an integer number of seconds, as Kubernetes always writes it. Of several values, the
    /// longest counts. A number that overflows is the largest value, not `None`:
    /// [`Timing::longest_retry_after`](crate::Timing::longest_retry_after) caps the wait. A date is ignored.
    pub retry_after: Option<Duration>,
    /// `Content-Type`
    pub content_type: Option<Box<str>>,
    /// `Content-Encoding` of the body as the driver hands it in. A driver that decompresses clears it.
    pub content_encoding: Option<Box<str>>,
    /// The driver decompresses the body, and may hand in bytes before their checksum arrived. If the body can't be
    /// read, that counts as a transport error, and the request is retried without compression.
    #[cfg_attr(feature = "trace", serde(default, skip_serializing_if = "core::ops::Not::not"))]
    pub decompressed: bool,
}

impl ResponseHead {
    /// Creates a head without headers.
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

    /// Adds a header as it came over the wire. Headers that don't matter are ignored. Call it once per header line.
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
            // Of several encodings, keep the one that the machine can't read.
            self.content_encoding = Some(value.into());
        }
        self
    }

    /// Returns the `Content-Type`; `None` if it is absent or empty.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.content_type.as_deref().filter(|text| !is_blank(text))
    }

    /// Returns whether the body is JSON, or may be.
    ///
    /// `application/octet-stream` counts as no content type: one may be assumed for the other (RFC 9110, section 8.3).
    /// Some server libraries send it if their user chose no type (aiohttp, and so the watches of kmock). If it counted
    /// as an unexpected response, such a server would never be watched, only relisted.
    pub(crate) fn is_json(&self) -> bool {
        let Some(content_type) = self.media_type() else { return true };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        ["application/json", "application/octet-stream"].iter().any(|known| essence.eq_ignore_ascii_case(known))
    }

    /// Returns the encoding that the machine can't read.
    pub(crate) fn foreign_encoding(&self) -> Option<&str> {
        let is_none = |encoding: &str| is_blank(encoding) || encoding.trim().eq_ignore_ascii_case("identity");
        self.content_encoding.as_deref().filter(|encodings| !encodings.split(',').all(is_none))
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Returns the longest of the numbers in a `Retry-After`. A number that overflows is `u64::MAX`.
fn retry_after(value: &str) -> Option<Duration> {
    let seconds = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    // Proxies join the values of several lines with a comma.
    value.split(',').filter_map(|text| seconds(text.trim())).max().map(Duration::from_secs)
}

#[cfg(feature = "http")]
impl From<&http::response::Parts> for ResponseHead {
    fn from(parts: &http::response::Parts) -> Self {
        parts.headers.iter().fold(Self::new(parts.status.as_u16()), |head, (name, value)| {
            match value.to_str() {
                Ok(value) => head.with_header(name.as_str(), value),
                // Each header that matters is plain ASCII.
                Err(_) => head,
            }
        })
    }
}

/// Why there is no response, or why its body is incomplete.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportError {
    /// The kind of the error, for programs.
    pub kind: TransportErrorKind,
    /// The details, for people.
    pub message: Box<str>,
}

/// The kind of a transport error: see [`TransportError::kind`]. All kinds are retried from where the watch was.
/// `Resolve`, `Tls` and `Credentials` are reported as [`Notice::NeedsAttention`](crate::Notice::NeedsAttention) when
/// they persist.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The server's name has no address.
    Resolve,
    /// The connection was refused: no process listens on the port.
    Refused,
    /// The connection failed for another reason.
    Connect,
    /// TLS failed: certificate, name or protocol.
    Tls,
    /// The driver couldn't get credentials.
    Credentials,
    /// The connection broke, or the peer returned the request unprocessed (HTTP/2: GOAWAY, REFUSED_STREAM).
    Reset,
    /// The body ended early by the rules of HTTP.
    Truncated,
    /// A timeout of the driver.
    Timeout,
    /// The peer violated HTTP, or reset the stream (RST_STREAM) with a code other than REFUSED_STREAM.
    Protocol,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// Returns whether an error that persists needs an operator: a certificate, a name in DNS or a token file is wrong.
    pub(crate) const fn needs_attention(self) -> bool {
        matches!(self, Self::Resolve | Self::Tls | Self::Credentials)
    }

    /// Returns whether the error happened on an established connection.
    pub(crate) const fn is_after_connecting(self) -> bool {
        matches!(self, Self::Reset | Self::Truncated | Self::Timeout | Self::Protocol | Self::Other)
    }
}

impl TransportError {
    /// Creates an error. `message` holds the details, for people.
    pub fn new(kind: TransportErrorKind, message: impl Into<Box<str>>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            TransportErrorKind::Resolve => "can't resolve the server's name",
            TransportErrorKind::Refused => "connection refused",
            TransportErrorKind::Connect => "can't connect",
            TransportErrorKind::Tls => "TLS failed",
            TransportErrorKind::Credentials => "can't get credentials",
            TransportErrorKind::Reset => "connection reset",
            TransportErrorKind::Truncated => "response truncated",
            TransportErrorKind::Timeout => "timeout",
            TransportErrorKind::Protocol => "HTTP protocol error",
            TransportErrorKind::Other => "transport error",
        };
        f.write_str(kind)?;
        if !self.message.is_empty() {
            write!(f, ": {}", Printable(&self.message))?;
        }
        Ok(())
    }
}

impl core::error::Error for TransportError {}

/// An invalid [`Input`]: a mistake in the driver. Bytes from the wire never cause it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The watcher never sent a request with this id.
    NeverSent(RequestId),
    /// A body or an end before the head of the response.
    BeforeResponse(RequestId),
    /// A second head for the same response.
    SecondResponse(RequestId),
    /// An input after `End` or `Failed`.
    AfterEnd(RequestId),
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, what) = match self {
            Self::NeverSent(id) => (id, "was never sent by this watcher"),
            Self::BeforeResponse(id) => (id, "has no response head yet, so it can't have a body or an end"),
            Self::SecondResponse(id) => (id, "already has a response head"),
            Self::AfterEnd(id) => (id, "has already ended"),
        };
        write!(f, "driver error: request {id} {what}")
    }
}

impl core::error::Error for Misuse {}
