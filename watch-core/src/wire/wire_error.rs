//! The errors of bytes from the wire.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use core::fmt;
use core::str::Utf8Error;

use super::printable::Printable;
use super::version::InvalidResourceVersion;

/// Bytes that can't be split into documents.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameError {
    /// The position in the body, in bytes.
    pub offset: u64,
    /// The kind of the error.
    pub kind: FrameErrorKind,
}

/// The kind of a framing error: see [`FrameError`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// A byte that JSON doesn't allow here: compressed data, HTML, protobuf, a byte order mark.
    Unexpected {
        /// The byte.
        byte: u8,
        /// What JSON allows here.
        wanted: &'static str,
    },
    /// The document is larger than allowed.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The document is nested deeper than allowed.
    TooDeep,
    /// A raw line break inside a string, as after a truncated line.
    LineBreakInString,
    /// A bracket that doesn't match the open one.
    Mismatched,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FrameErrorKind::Unexpected { byte, wanted } => {
                write!(f, "expected {wanted} but found '{}'", byte.escape_ascii())?;
            }
            FrameErrorKind::TooLarge { limit } => {
                write!(f, "a document has more than the allowed {limit} bytes")?;
            }
            FrameErrorKind::TooDeep => f.write_str("document nested too deep")?,
            FrameErrorKind::LineBreakInString => f.write_str("a line ends inside a string")?,
            FrameErrorKind::Mismatched => f.write_str("mismatched bracket")?,
        }
        write!(f, " at byte {} of the body", self.offset)
    }
}

impl core::error::Error for FrameError {}

/// A complete document that isn't what the protocol requires.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The kind of document: "watch event", "list item", "list metadata".
    pub what: &'static str,
    /// What is wrong with it, with the name of the field.
    pub message: Box<str>,
    /// The position in the document, in bytes, if known.
    pub offset: Option<usize>,
    /// Why its resourceVersion is invalid, if that is the error.
    #[cfg_attr(feature = "trace", serde(skip_serializing_if = "Option::is_none"))]
    pub version: Option<InvalidResourceVersion>,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, message: impl Into<Box<str>>) -> Self {
        Self { what, message: message.into(), offset: None, version: None }
    }

    /// It isn't UTF-8.
    pub(crate) fn not_utf8(what: &'static str, error: &Utf8Error) -> Self {
        Self { offset: Some(error.valid_up_to()), ..Self::new(what, "not UTF-8") }
    }

    /// Its `metadata.resourceVersion` is invalid.
    pub(crate) fn version(what: &'static str, error: InvalidResourceVersion) -> Self {
        Self { version: Some(error), ..Self::new(what, format!("metadata.resourceVersion: {error}")) }
    }

    /// Converts the position to one in an outer document. `before` is the number of bytes before this document.
    pub(crate) fn within(mut self, before: usize) -> Self {
        self.offset = self.offset.map(|offset| offset + before);
        self
    }

    /// Finds the offset of the line and column that serde_json reports.
    pub(crate) fn json(what: &'static str, document: &[u8], error: &serde_json::Error) -> Self {
        let before: usize =
            document.split_inclusive(|b| *b == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let message = error.to_string();
        Self {
            what,
            message: message.strip_suffix(&position).unwrap_or(&message).into(),
            offset: (error.line() > 0).then_some(before + error.column().saturating_sub(1)),
            version: None,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unreadable {}: {}", self.what, Printable(&self.message))?;
        match self.offset {
            Some(offset) => write!(f, " at byte {offset} of it"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Malformed {}

/// An unreadable body: it can't be split into documents, or one of them is malformed.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// It isn't a sequence of JSON documents.
    Frame(FrameError),
    /// A document isn't what the protocol requires.
    Malformed(Malformed),
}

impl WireError {
    /// Returns why a resourceVersion is invalid, if that is the error.
    pub const fn version(&self) -> Option<InvalidResourceVersion> {
        match self {
            Self::Frame(_) => None,
            Self::Malformed(error) => error.version,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for WireError {}

impl From<FrameError> for WireError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

impl From<Malformed> for WireError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}
