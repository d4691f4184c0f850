//! Splits the body of a watch into one JSON document per event.

use bytes::Bytes;

use super::feed::Feed;
use super::wire_error::FrameError;
use crate::config::JsonCheck;

/// Splits a body into JSON objects.
///
/// kube-apiserver writes one document per line, but client-go reads a *stream of JSON values* (`streaming.NewDecoder`
/// over `json.Framer.NewFrameReader`). This type reads such a stream too: line breaks are white space, documents may be
/// pretty-printed, and nothing has to separate them. How the body is cut into pieces makes no difference.
///
/// ```
/// # // The module is public with this feature only.
/// # #[cfg(feature = "wire")] {
/// # use watch_core::wire::Frames;
/// let mut frames = Frames::new(1024, 64);
/// frames.push("{\"a\":1}{\"b\"".into());
/// assert_eq!(frames.next()?.unwrap(), "{\"a\":1}");
/// assert_eq!(frames.next()?, None);           // needs more
/// frames.push(":2}".into());
/// assert_eq!(frames.next()?.unwrap(), "{\"b\":2}"); // no line break needed
/// # }
/// # Ok::<(), watch_core::FrameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Frames {
    feed: Feed,
    failed: Option<FrameError>,
}

impl Frames {
    /// Creates a splitter. `largest` is the most bytes per document; `deepest` is the most levels of nesting (512 at
    /// most).
    pub fn new(largest: usize, deepest: usize) -> Self {
        Self { feed: Feed::new(largest, deepest, 0, JsonCheck::Structure), failed: None }
    }

    /// Adds the next piece of the body.
    pub fn push(&mut self, bytes: Bytes) {
        if self.failed.is_none() {
            self.feed.push(bytes);
        }
    }

    /// Returns the next complete document; `None` if it needs more bytes. The splitter buffers at most the largest
    /// document plus the pieces that weren't taken yet.
    ///
    /// # Errors
    /// Fails if the bytes can't be a document: too large, too deep, or not beginning with `{`. Every later call then
    /// returns the same error, because no boundary after it can be trusted.
    #[expect(clippy::should_implement_trait, reason = "`None` doesn't mean the end")]
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.feed.take_object().inspect_err(|error| {
            self.failed = Some(*error);
            self.feed.clear();
        })
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
