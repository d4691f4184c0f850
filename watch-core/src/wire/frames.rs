//! A watch's body, cut into one JSON document an event.

use bytes::Bytes;

use super::feed::Feed;
use super::wire_error::{FrameError, FrameErrorKind};

/// Cuts a body into JSON objects.
///
/// kube-apiserver writes one document a line, but what client-go reads is a *stream of JSON values*
/// (`streaming.NewDecoder` over `json.Framer.NewFrameReader`), so this reads that: line breaks are white space,
/// and documents may be pretty-printed or stand side by side. How the body is cut into pieces makes no difference.
///
/// ```
/// # use watch_core::wire::Frames;
/// let mut frames = Frames::new(1024, 64);
/// frames.push("{\"a\":1}{\"b\"".into());
/// assert_eq!(frames.next()?.unwrap(), "{\"a\":1}");
/// assert_eq!(frames.next()?, None);           // needs more
/// frames.push(":2}".into());
/// assert_eq!(frames.next()?.unwrap(), "{\"b\":2}"); // no line break needed
/// # Ok::<(), watch_core::wire::FrameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Frames {
    feed: Feed,
    failed: Option<FrameError>,
}

impl Frames {
    /// `largest`: bytes a document may have; `deepest`: levels it may be nested (512 at most).
    pub fn new(largest: usize, deepest: usize) -> Self {
        Self { feed: Feed::new(largest, deepest), failed: None }
    }

    /// Hands in what came next.
    pub fn push(&mut self, bytes: Bytes) {
        if self.failed.is_none() {
            self.feed.push(bytes);
        }
    }

    /// The next complete document; `None` when more bytes are needed. Never more than the largest document plus what
    /// was pushed and not yet taken is held.
    ///
    /// # Errors
    /// What can't be a document: too large, too deep, not beginning with `{`. From then on the answer stays the same,
    /// since behind such an error no boundary can be trusted.
    #[expect(clippy::should_implement_trait, reason = "it isn't the end that `None` stands for")]
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.cut().inspect_err(|error| {
            self.failed = Some(*error);
            self.feed.clear();
        })
    }

    fn cut(&mut self) -> Result<Option<Bytes>, FrameError> {
        if !self.feed.is_partial() {
            match self.feed.peek() {
                None => return Ok(None),
                Some(b'{') => {}
                Some(byte) => {
                    return Err(FrameError {
                        offset: self.feed.offset(),
                        kind: FrameErrorKind::Unexpected { byte, wanted: "a JSON object" },
                    });
                }
            }
        }
        self.feed.take_value()
    }

    /// Whether a document was begun and is not complete.
    pub const fn is_partial(&self) -> bool {
        self.feed.is_partial()
    }

    /// How many bytes of an incomplete document are held.
    pub fn buffered(&self) -> usize {
        self.feed.buffered()
    }

    /// Bytes of the body read so far.
    pub const fn offset(&self) -> u64 {
        self.feed.offset()
    }
}
