//! One document of a watch: `{"type":T,"object":O}`.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::identity::Identity;
use super::meta::{Text, has_end_marker};
use super::object::Object;
use super::read::{Cursor, event, object};
use super::scan::{DEEPEST, Marks, Scan};
use super::status::Status;
use super::version::{InvalidResourceVersion, ResourceVersion};
use super::wire_error::Malformed;
use crate::config::JsonCheck;

const WHAT: &str = "watch event";

/// The level of the members of an object's metadata.
pub(super) const NOTED: u8 = 4;

/// An event of a watch (`meta/v1.WatchEvent`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the five types of the protocol; a sixth would have to be handled")]
pub enum WatchEvent {
    /// An object exists: it was created, began to match the selector, or is part of the initial state.
    Added(Object),
    /// An object changed.
    Modified(Object),
    /// An object was deleted, or no longer matches the selector. Holds its last state, with the version of the
    /// deletion.
    Deleted(Object),
    /// There is no other event up to this version.
    Bookmark(Bookmark),
    /// The server ends this watch with an error. No event follows.
    Error(Status),
}

/// A bookmark: see [`WatchEvent::Bookmark`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bookmark {
    /// The version of the bookmark. Some servers don't send one.
    pub resource_version: Option<ResourceVersion>,
    /// Why the bookmark has no version, if it has an invalid one.
    pub invalid_version: Option<InvalidResourceVersion>,
    /// Whether it ends the initial events of a streaming list: it has the annotation `k8s.io/initial-events-end` with
    /// the value `"true"` (KEP-3157).
    pub initial_events_end: bool,
}

/// The type of a [`WatchEvent`], in the protocol's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the five types of the protocol; a sixth would have to be handled")]
pub enum EventType {
    /// `ADDED`
    Added,
    /// `MODIFIED`
    Modified,
    /// `DELETED`
    Deleted,
    /// `BOOKMARK`
    Bookmark,
    /// `ERROR`
    Error,
}

impl EventType {
    /// Returns the spelling in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
            Self::Bookmark => "BOOKMARK",
            Self::Error => "ERROR",
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        [Self::Added, Self::Modified, Self::Deleted, Self::Bookmark, Self::Error]
            .into_iter()
            .find(|kind| kind.as_str().as_bytes() == text)
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

impl WatchEvent {
    /// Parses a document from [`Frames`](super::Frames).
    ///
    /// A `Status` without an envelope counts as an ERROR, because some servers write that.
    ///
    /// # Errors
    /// Fails if the document isn't JSON in UTF-8, if the envelope doesn't have exactly one known `type` and one
    /// `object`, or if the object lacks required metadata.
    pub fn parse(frame: &Bytes) -> Result<Self, Malformed> {
        let mut scan = Scan::new(DEEPEST, NOTED, JsonCheck::Full);
        match scan.scan(frame) {
            Ok(Some(end)) if end == frame.len() => Self::read(frame, scan.marks()),
            // The bytes aren't exactly one object: there may be white space around it.
            _ => Self::read_fully(frame),
        }
    }

    /// Parses a document that was scanned.
    pub(super) fn read(frame: &Bytes, marks: &Marks) -> Result<Self, Malformed> {
        Self::find(frame, marks).map_or_else(|| Self::read_fully(frame), Ok)
    }

    /// Reads an event with an object, by the positions that the scan noted. `None` if only a complete parser can read
    /// it.
    fn find(frame: &Bytes, marks: &Marks) -> Option<Self> {
        marks.is_sound(frame).then_some(())?;
        let mut cursor = Cursor::new(frame, marks);
        let head = event(&mut cursor)?;
        let event = match EventType::parse(head.kind.bytes())? {
            EventType::Added => Self::Added,
            EventType::Modified => Self::Modified,
            EventType::Deleted => Self::Deleted,
            EventType::Bookmark | EventType::Error => return None,
        };
        let found = object(&mut cursor.moved_to(head.object.start))?;
        let identity = Identity::of(WHAT, frame.get(head.object.clone())?, found).ok()?;
        Some(event(Object { raw: frame.slice(head.object), identity }))
    }

    /// Returns the event with its object replaced by what `f` returns, if it has one.
    pub(super) fn map(self, f: impl FnOnce(Object) -> Object) -> Self {
        match self {
            Self::Added(object) => Self::Added(f(object)),
            Self::Modified(object) => Self::Modified(f(object)),
            Self::Deleted(object) => Self::Deleted(f(object)),
            Self::Bookmark(_) | Self::Error(_) => self,
        }
    }

    /// Parses a document with a complete parser.
    fn read_fully(frame: &Bytes) -> Result<Self, Malformed> {
        let text = core::str::from_utf8(frame).map_err(|error| Malformed::not_utf8(WHAT, &error))?;
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|error| Malformed::json(WHAT, frame, &error))?;
        let (Some(Text(name)), Some(object)) = (&envelope.r#type, envelope.object) else {
            let field = match envelope.r#type {
                None => match Status::parse(frame) {
                    Some(status) => return Ok(Self::Error(status)),
                    None => "type",
                },
                Some(_) => "object",
            };
            return Err(Malformed::new(WHAT, super::meta::missing(field)));
        };
        let Some(kind) = EventType::parse(name.as_bytes()) else {
            let name: Box<str> = name.chars().take(32).collect();
            return Err(Malformed::new(WHAT, alloc::format!("unknown type {name:?}")));
        };
        let event = match kind {
            EventType::Added => Self::of_object(Self::Added, frame, object),
            EventType::Modified => Self::of_object(Self::Modified, frame, object),
            EventType::Deleted => Self::of_object(Self::Deleted, frame, object),
            EventType::Bookmark => Bookmark::parse(object.get()).map(Self::Bookmark),
            EventType::Error => Status::parse(object.get().as_bytes())
                .map(Self::Error)
                .ok_or_else(|| Malformed::new(WHAT, "the object of an ERROR isn't a Status")),
        };
        // The object is a slice of the frame, so the difference of their addresses is an offset.
        event.map_err(|error| error.within(object.get().as_ptr().addr() - frame.as_ptr().addr()))
    }

    fn of_object(event: fn(Object) -> Self, frame: &Bytes, object: &RawValue) -> Result<Self, Malformed> {
        Object::read_fully(WHAT, frame.slice_ref(object.get().as_bytes())).map(event)
    }
}

/// The relevant fields of a bookmark's object.
#[derive(Deserialize)]
struct BookmarkObject<'a> {
    #[serde(borrow)]
    metadata: Option<BookmarkMeta<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookmarkMeta<'a> {
    #[serde(borrow)]
    resource_version: Option<Text<'a>>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
}

impl Bookmark {
    fn parse(object: &str) -> Result<Self, Malformed> {
        let object: BookmarkObject<'_> =
            serde_json::from_str(object).map_err(|error| Malformed::json(WHAT, object.as_bytes(), &error))?;
        let meta = object.metadata.unwrap_or_default();
        let version = meta.resource_version.map(|Text(version)| ResourceVersion::new(&version));
        let (resource_version, invalid_version) = match version {
            None => (None, None),
            Some(Ok(version)) => (Some(version), None),
            Some(Err(error)) => (None, Some(error)),
        };
        let initial_events_end = meta.annotations.is_some_and(has_end_marker);
        Ok(Self { resource_version, invalid_version, initial_events_end })
    }
}

/// Writes one document as kube-apiserver does: on one line, followed by a line break.
///
/// `object` is JSON and is copied unchanged.
pub fn write_event(out: &mut Vec<u8>, kind: EventType, object: &[u8]) {
    out.reserve(object.len() + 32);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_str().as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
