//! The body of a watch, read as it arrives.

use alloc::boxed::Box;

use bytes::Bytes;

use super::feed::Feed;
use super::watch_event::{NOTED, WatchEvent};
use super::wire_error::WireError;
use crate::config::JsonCheck;

/// Reads the events of a watch as they arrive, and scans each byte once.
///
/// It does what [`Frames`](super::Frames) and [`WatchEvent::parse`] do together, but in one pass. The pass finds the
/// end of a document, its envelope, and the metadata of its object. How the body is cut into pieces makes no
/// difference.
///
/// ```
/// # // The module is public with this feature only.
/// # #[cfg(feature = "wire")] {
/// # use watch_core::wire::{EventParser, WatchEvent};
/// let mut events = EventParser::new(1024, 64);
/// events.push(r#"{"type":"ADDED","object":{"metadata":{"name":"web","#.into());
/// assert_eq!(events.next()?, None); // needs more
/// events.push("\"resourceVersion\":\"5\"}}}\n".into());
/// let Some(WatchEvent::Added(object)) = events.next()? else { panic!("complete") };
/// assert_eq!(object.name(), "web");
/// # }
/// # Ok::<(), watch_core::WireError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventParser {
    feed: Feed,
    strips_managed_fields: bool,
    /// Boxed, because it is rare.
    failed: Option<Box<WireError>>,
}

impl EventParser {
    /// Creates a parser. `largest` is the most bytes per document; `deepest` is the most levels of nesting (512 at
    /// most). All of the JSON is checked.
    pub fn new(largest: usize, deepest: usize) -> Self {
        Self::with_check(largest, deepest, JsonCheck::Full)
    }

    /// Creates a parser with a setting for how much of the JSON is checked.
    pub fn with_check(largest: usize, deepest: usize, check: JsonCheck) -> Self {
        Self { feed: Feed::new(largest, deepest, NOTED, check), strips_managed_fields: false, failed: None }
    }

    /// Sets whether to remove `metadata.managedFields` from each object. Default: no.
    #[must_use]
    pub const fn strip_managed_fields(mut self, strip: bool) -> Self {
        self.strips_managed_fields = strip;
        self
    }

    /// Adds the next piece of the body.
    pub fn push(&mut self, bytes: Bytes) {
        if self.failed.is_none() {
            self.feed.push(bytes);
        }
    }

    /// Returns the next event; `None` if its document needs more bytes. The parser buffers at most the largest document
    /// plus the pieces that weren't taken yet.
    ///
    /// # Errors
    /// Fails if the bytes can't be a document (see [`Frames::next`](super::Frames::next)), or if the document isn't an
    /// event (see [`WatchEvent::parse`]). Every later call then returns the same error.
    #[expect(clippy::should_implement_trait, reason = "`None` doesn't mean the end")]
    pub fn next(&mut self) -> Result<Option<WatchEvent>, WireError> {
        if let Some(error) = &self.failed {
            return Err(WireError::clone(error));
        }
        self.read().inspect_err(|error| {
            self.failed = Some(Box::new(error.clone()));
            self.feed.clear();
        })
    }

    fn read(&mut self) -> Result<Option<WatchEvent>, WireError> {
        let Some(document) = self.feed.take_object()? else { return Ok(None) };
        let marks = self.feed.marks();
        let event = WatchEvent::read(&document, marks)?;
        Ok(Some(match self.strips_managed_fields {
            true => event.map(|object| object.without_managed_fields(&document, marks)),
            false => event,
        }))
    }

    /// Returns the memory that is kept for documents that span pieces, unless one has begun. The next one allocates it
    /// again.
    pub fn release(&mut self) {
        self.feed.release();
    }

    /// Returns whether a document has begun and isn't complete.
    pub const fn is_partial(&self) -> bool {
        self.feed.is_partial()
    }

    /// Returns the number of buffered bytes of an incomplete document.
    pub fn buffered(&self) -> usize {
        self.feed.buffered()
    }

    /// Returns the number of bytes of the body that were read.
    pub const fn offset(&self) -> u64 {
        self.feed.offset()
    }
}
