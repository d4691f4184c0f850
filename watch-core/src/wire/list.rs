//! The answer to a LIST, read as it arrives.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;

use bytes::Bytes;

use super::feed::Feed;
use super::list_meta::{ListMeta, META, TypeMeta, parse};
use super::meta::{Text, missing};
use super::object::Object;
use super::version::InvalidResourceVersion;
use super::wire_error::{FrameError, FrameErrorKind, Malformed, WireError};

/// What [`ListParser`] finds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a list has items and an end")]
pub enum ListPart {
    /// The next item.
    Item(Object),
    /// The document is complete.
    End(ListMeta),
}

/// Takes a list apart while it comes in: each item leaves as soon as it is complete, on whichever side of `items`
/// the metadata stands, so that a list of any size needs memory for its largest item only.
///
/// Built-in resources have the metadata first and items without `kind` and `apiVersion`; those are filled in from the
/// list's. Custom resources have the metadata last.
#[derive(Clone, Debug)]
pub struct ListParser {
    feed: Feed,
    place: ListPlace,
    kind: Option<Box<str>>,
    api_version: Option<Box<str>>,
    item_type: Option<TypeMeta>,
    /// Whether it is of any use is judged where the items begin, or at the end: when it is known of what it is.
    metadata: Option<Result<ListMeta, Malformed>>,
    has_items: bool,
    failed: Option<WireError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListPlace {
    Start,
    /// Behind `{`: a name or the end. Behind a comma: a name.
    Name {
        first: bool,
    },
    Colon(Member),
    /// A value; `items` is entered rather than taken.
    Value(Member),
    AfterValue,
    /// Behind `[`: an item or the end. Behind a comma: an item.
    Item {
        first: bool,
    },
    AfterItem,
    End,
    /// The end was reported.
    Reported,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Kind,
    ApiVersion,
    Metadata,
    Items,
    Other,
}

impl ListParser {
    /// `largest`: bytes an item (or the metadata) may have; `deepest`: levels it may be nested (512 at most).
    pub fn new(largest: usize, deepest: usize) -> Self {
        Self {
            feed: Feed::new(largest, deepest),
            place: ListPlace::Start,
            kind: None,
            api_version: None,
            item_type: None,
            metadata: None,
            has_items: false,
            failed: None,
        }
    }

    /// Hands in what came next.
    pub fn push(&mut self, bytes: Bytes) {
        if self.failed.is_none() {
            self.feed.push(bytes);
        }
    }

    /// The next part; `None` when more bytes are needed, and behind [`ListPart::End`].
    ///
    /// # Errors
    /// If it isn't a list, an item is unreadable, or `metadata.resourceVersion` is missing. From then on the answer
    /// stays the same.
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

    /// What the list says of itself, as soon as that was read; until [`ListPart::End`] hands it out.
    pub fn meta(&self) -> Option<&ListMeta> {
        self.metadata.as_ref()?.as_ref().ok()
    }

    /// Whether [`ListPart::End`] was reported.
    pub fn is_complete(&self) -> bool {
        self.place == ListPlace::Reported
    }

    /// Whether a name or value was begun and is not complete.
    pub const fn is_partial(&self) -> bool {
        self.feed.is_partial()
    }

    /// How many bytes of an incomplete item are held.
    pub fn buffered(&self) -> usize {
        self.feed.buffered()
    }

    /// Bytes of the body read so far.
    pub const fn offset(&self) -> u64 {
        self.feed.offset()
    }

    fn step(&mut self) -> Result<Option<ListPart>, WireError> {
        loop {
            if self.place == ListPlace::End {
                self.place = ListPlace::Reported;
                return self.end().map(Some);
            }
            // A value that was begun goes on with whatever byte comes next.
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
                    self.place = ListPlace::Colon(match name.as_ref() {
                        "kind" => Member::Kind,
                        "apiVersion" => Member::ApiVersion,
                        "metadata" => Member::Metadata,
                        "items" => Member::Items,
                        _ => Member::Other,
                    });
                }
                ListPlace::Colon(member) => self.punctuation(byte, "':'", &[(b':', ListPlace::Value(member))])?,
                ListPlace::Value(Member::Items) if byte == Some(b'[') => {
                    if core::mem::replace(&mut self.has_items, true) {
                        return Err(duplicate("items"));
                    }
                    // What can't be used is known before the first item, if the metadata stands before them.
                    if let Some(Err(error)) = &self.metadata {
                        return Err(error.clone().into());
                    }
                    self.feed.advance(1);
                    self.item_type = self.item_type();
                    self.place = ListPlace::Item { first: true };
                }
                ListPlace::Value(member) => {
                    if self.value(member)?.is_none() {
                        return Ok(None);
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
                    let item = Object::parse_as("list item", item)?;
                    self.place = ListPlace::AfterItem;
                    return Ok(Some(ListPart::Item(match &self.item_type {
                        Some(item_type) => item.filled(item_type),
                        None => item,
                    })));
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

    /// Takes the value of a member of the list itself.
    fn value(&mut self, member: Member) -> Result<Option<()>, WireError> {
        if member == Member::Other {
            return Ok(self.feed.skip_value()?);
        }
        let Some(value) = self.feed.take_value()? else {
            return Ok(None);
        };
        match member {
            Member::Kind => set("kind", &mut self.kind, text("list kind", &value)?)?,
            Member::ApiVersion => set("apiVersion", &mut self.api_version, text("list apiVersion", &value)?)?,
            Member::Metadata => set("metadata", &mut self.metadata, ListMeta::parse(&value))?,
            // Old and aggregated servers write `null` for no items.
            Member::Items if value == "null" && self.has_items => return Err(duplicate("items")),
            Member::Items if value == "null" => self.has_items = true,
            Member::Items => return Err(Malformed::new("list", "items is no array").into()),
            Member::Other => {}
        }
        Ok(Some(()))
    }

    /// That of the list, less `List`.
    fn item_type(&self) -> Option<TypeMeta> {
        let kind = self.kind.as_deref()?.strip_suffix("List").filter(|kind| !kind.is_empty())?;
        let api_version = self.api_version.as_deref().filter(|text| !text.is_empty())?;
        Some(TypeMeta::new(api_version, kind))
    }

    fn end(&mut self) -> Result<ListPart, WireError> {
        // Of an empty set everything would be gone: so where there are no items, something must say that it is a list.
        // (Where there are some, its kind may be anything: `listKind` of a CustomResourceDefinition is free.)
        match self.kind.as_deref().unwrap_or_default() {
            _ if self.has_items => {}
            "" => return Err(Malformed::new("list", "it has neither kind nor items").into()),
            kind if kind.ends_with("List") => {}
            kind => {
                let kind: Box<str> = kind.chars().take(64).collect();
                return Err(Malformed::new("list", alloc::format!("it is a {kind} and has no items")).into());
            }
        }
        match self.metadata.take() {
            Some(meta) => Ok(ListPart::End(meta?)),
            None => {
                let version = Some(InvalidResourceVersion::Empty);
                Err(Malformed { version, ..Malformed::new(META, missing("metadata.resourceVersion")) }.into())
            }
        }
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

/// They are written into every item, so they must not be a way to multiply what comes in. Kubernetes' have at most 63
/// (kind) and 253 + 1 + 63 (group/version) bytes.
const LONGEST_TYPE: usize = 320;

fn text(what: &'static str, json: &Bytes) -> Result<Box<str>, Malformed> {
    let text: Option<Text<'_>> = parse(what, json)?;
    if text.as_ref().is_some_and(|Text(text)| text.len() > LONGEST_TYPE) {
        return Err(Malformed::new(what, alloc::format!("it is longer than {LONGEST_TYPE} bytes")));
    }
    Ok(text.map(|Text(text)| text.into_owned()).unwrap_or_default().into())
}

fn set<T>(name: &'static str, field: &mut Option<T>, value: T) -> Result<(), WireError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(duplicate(name)),
    }
}

fn duplicate(name: &str) -> WireError {
    Malformed::new("list", "duplicate field ".to_owned() + name).into()
}
