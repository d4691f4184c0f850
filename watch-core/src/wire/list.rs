//! The body of a LIST, read as it arrives.

use bytes::Bytes;

use super::feed::Feed;
use super::item_type::ItemType;
use super::list_head::{ListHead, Member};
use super::list_meta::{ListMeta, META, parse};
use super::meta::Text;
use super::object::{NOTED, Object};
use super::wire_error::{FrameError, FrameErrorKind, WireError};
use crate::config::JsonCheck;

/// What [`ListParser`] finds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a list has items and an end")]
pub enum ListPart {
    /// The next item.
    Item(Object),
    /// The document is complete.
    End(ListMeta),
}

/// Splits a list into items as it arrives. Each item is returned as soon as it is complete, whether the metadata is
/// before or after `items`. So a list of any size needs memory for its largest item only.
///
/// Lists of built-in resources have the metadata first, and items without `kind` and `apiVersion`. The parser adds both
/// from the type of the list. Lists of custom resources have the metadata last.
#[derive(Clone, Debug)]
pub struct ListParser {
    feed: Feed,
    place: ListPlace,
    head: ListHead,
    item_type: Option<ItemType>,
    strips_managed_fields: bool,
    failed: Option<WireError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListPlace {
    Start,
    /// After `{`: a name or the end. After a comma: a name.
    Name {
        first: bool,
    },
    Colon(Member),
    /// A value. The items of `items` are taken one by one.
    Value(Member),
    AfterValue,
    /// After `[`: an item or the end. After a comma: an item.
    Item {
        first: bool,
    },
    AfterItem,
    End,
    /// The end was returned.
    Reported,
}

impl ListParser {
    /// Creates a parser. `largest` is the most bytes per item (or metadata of the list); `deepest` is the most levels
    /// of nesting (512 at most). All of the JSON of each item is checked.
    pub fn new(largest: usize, deepest: usize) -> Self {
        Self::with_check(largest, deepest, JsonCheck::Full)
    }

    /// Creates a parser with a setting for how much of the JSON of each item is checked.
    pub fn with_check(largest: usize, deepest: usize, check: JsonCheck) -> Self {
        Self {
            feed: Feed::new(largest, deepest, NOTED, check),
            place: ListPlace::Start,
            head: ListHead::default(),
            item_type: None,
            strips_managed_fields: false,
            failed: None,
        }
    }

    /// Sets whether to remove `metadata.managedFields` from each item. Default: no.
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

    /// Returns the next part; `None` if it needs more bytes, or after [`ListPart::End`].
    ///
    /// # Errors
    /// Fails if the body isn't a list, if an item is unreadable, or if `metadata.resourceVersion` is missing. Every
    /// later call then returns the same error.
    #[expect(clippy::should_implement_trait, reason = "it isn't the end that `None` stands for")]
    pub fn next(&mut self) -> Result<Option<ListPart>, WireError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.step().inspect_err(|error| {
            self.failed = Some(error.clone());
            self.feed.clear();
        })
    }

    /// Returns the metadata of the list, from when it was read until [`ListPart::End`] returns it.
    pub fn meta(&self) -> Option<&ListMeta> {
        self.head.meta()
    }

    /// Returns whether [`ListPart::End`] was returned.
    pub fn is_complete(&self) -> bool {
        self.place == ListPlace::Reported
    }

    /// Returns whether a name or value has begun and isn't complete.
    pub const fn is_partial(&self) -> bool {
        self.feed.is_partial()
    }

    /// Returns the number of buffered bytes of an incomplete item.
    pub fn buffered(&self) -> usize {
        self.feed.buffered()
    }

    /// Returns the number of bytes of the body that were read.
    pub const fn offset(&self) -> u64 {
        self.feed.offset()
    }

    fn step(&mut self) -> Result<Option<ListPart>, WireError> {
        loop {
            if self.place == ListPlace::End {
                self.place = ListPlace::Reported;
                return self.head.end().map(|meta| Some(ListPart::End(meta)));
            }
            // A value that has begun continues with any next byte, also white space.
            let byte = if self.feed.is_partial() {
                None
            } else {
                let Some(byte) = self.feed.peek() else {
                    return Ok(None);
                };
                Some(byte)
            };
            match self.place {
                ListPlace::Start => self.punctuation(byte, "a list", &[(b'{', ListPlace::Name { first: true })])?,
                ListPlace::Name { first } => {
                    if first && byte == Some(b'}') {
                        self.feed.advance(1);
                        self.place = ListPlace::End;
                        continue;
                    }
                    self.require(byte, b'"', "a name")?;
                    let Some(name) = self.feed.take_value()? else {
                        return Ok(None);
                    };
                    let Text(name) = parse(META, &name)?;
                    self.place = ListPlace::Colon(Member::named(&name));
                }
                ListPlace::Colon(member) => self.punctuation(byte, "':'", &[(b':', ListPlace::Value(member))])?,
                ListPlace::Value(Member::Items) if byte == Some(b'[') => {
                    self.item_type = self.head.begin_items()?.as_ref().map(ItemType::new);
                    self.feed.advance(1);
                    self.place = ListPlace::Item { first: true };
                }
                ListPlace::Value(member) => {
                    if member == Member::Other {
                        if self.feed.skip_value()?.is_none() {
                            return Ok(None);
                        }
                    } else {
                        let Some(value) = self.feed.take_value()? else {
                            return Ok(None);
                        };
                        self.head.take(member, &value)?;
                    }
                    self.place = ListPlace::AfterValue;
                }
                ListPlace::AfterValue => {
                    let then = [(b',', ListPlace::Name { first: false }), (b'}', ListPlace::End)];
                    self.punctuation(byte, "',' or '}'", &then)?;
                }
                ListPlace::Item { first } => {
                    if first && byte == Some(b']') {
                        self.feed.advance(1);
                        self.place = ListPlace::AfterValue;
                        continue;
                    }
                    self.require(byte, b'{', "an item")?;
                    let Some(item) = self.feed.take_value()? else {
                        return Ok(None);
                    };
                    let item = self.item(item)?;
                    self.place = ListPlace::AfterItem;
                    return Ok(Some(ListPart::Item(item)));
                }
                ListPlace::AfterItem => self.punctuation(
                    byte,
                    "',' or ']'",
                    &[(b',', ListPlace::Item { first: false }), (b']', ListPlace::AfterValue)],
                )?,
                ListPlace::End | ListPlace::Reported => match byte {
                    Some(byte) => return Err(self.unexpected(byte, "nothing after the list").into()),
                    None => return Ok(None),
                },
            }
        }
    }

    fn item(&self, raw: Bytes) -> Result<Object, WireError> {
        let marks = self.feed.marks();
        let mut item = Object::read("list item", raw.clone(), marks)?;
        if self.strips_managed_fields {
            item = item.without_managed_fields(&raw, marks);
        }
        Ok(match &self.item_type {
            Some(item_type) => item_type.fill(item),
            None => item,
        })
    }

    fn punctuation(
        &mut self,
        byte: Option<u8>,
        wanted: &'static str,
        then: &[(u8, ListPlace)],
    ) -> Result<(), FrameError> {
        let Some(byte) = byte else { return Ok(()) };
        match then.iter().find(|(expected, _)| *expected == byte) {
            Some((_, place)) => {
                self.feed.advance(1);
                self.place = *place;
                Ok(())
            }
            None => Err(self.unexpected(byte, wanted)),
        }
    }

    fn require(&self, byte: Option<u8>, expected: u8, wanted: &'static str) -> Result<(), FrameError> {
        match byte {
            Some(byte) if byte != expected => Err(self.unexpected(byte, wanted)),
            _ => Ok(()),
        }
    }

    const fn unexpected(&self, byte: u8, wanted: &'static str) -> FrameError {
        FrameError { offset: self.feed.offset(), kind: FrameErrorKind::Unexpected { byte, wanted } }
    }
}
