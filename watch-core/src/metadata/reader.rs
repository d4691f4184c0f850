//! Reads the fields of the metadata strictly, in one pass, and notes where they are.

use alloc::string::String;
use core::num::NonZeroU32;

use bytes::Bytes;

use super::places::{Place, Places};
use crate::wire::read::{Cursor, Quoted};

/// Metadata that can't be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong {
    field: &'static str,
    problem: Problem,
    /// The position in the object, in bytes.
    pub(super) at: usize,
}

/// What is wrong. It holds no value of the object, because the object may be a Secret.
#[derive(Clone, Copy, Debug)]
enum Problem {
    Expected(&'static str),
    Duplicate,
    /// The position doesn't fit into 32 bits.
    TooFar,
}

impl Wrong {
    pub(super) fn message(&self) -> String {
        let Self { field, problem, .. } = self;
        match problem {
            Problem::Expected(what) => alloc::format!("metadata.{field}: expected {what}"),
            Problem::Duplicate => alloc::format!("duplicate field metadata.{field}"),
            Problem::TooFar => alloc::format!("metadata.{field}: after the first 4 GiB of the object"),
        }
    }
}

/// Reads the metadata of an object that was parsed.
pub(super) fn read(raw: &[u8]) -> Result<Places, Wrong> {
    let mut cursor = Cursor::without_marks(raw);
    let mut reader = Reader::default();
    match cursor.find(b"metadata").and_then(|()| reader.metadata(&mut cursor)) {
        Some(()) => Ok(reader.places),
        // If no other problem was noted, a separator is missing, or a value isn't JSON.
        None => Err(reader.wrong.unwrap_or_else(|| Wrong {
            field: reader.field,
            problem: Problem::Expected("JSON"),
            at: cursor.position(),
        })),
    }
}

/// The state of a pass. Its methods return `None` where the metadata can't be read.
#[derive(Default)]
struct Reader {
    places: Places,
    /// The field that is being read.
    field: &'static str,
    wrong: Option<Wrong>,
}

/// What the value of a field must be.
struct Shape {
    first: u8,
    what: &'static str,
    take: fn(&mut Reader, &mut Cursor<'_>) -> Option<()>,
}

const TEXT: Shape = Shape { first: b'"', what: "a string", take: Reader::text };
const MAP: Shape = Shape { first: b'{', what: "an object of strings", take: Reader::map };
const TEXTS: Shape = Shape { first: b'[', what: "an array of strings", take: Reader::texts };
const OWNERS: Shape = Shape { first: b'[', what: "an array of objects", take: Reader::owners };

impl Reader {
    fn metadata(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.members(|cursor, name| match name {
            b"generation" => self.generation(cursor),
            b"creationTimestamp" => {
                self.field(cursor, "creationTimestamp", &TEXT, |places| &mut places.creation_timestamp)
            }
            b"deletionTimestamp" => {
                self.field(cursor, "deletionTimestamp", &TEXT, |places| &mut places.deletion_timestamp)
            }
            b"labels" => self.field(cursor, "labels", &MAP, |places| &mut places.labels),
            b"annotations" => self.field(cursor, "annotations", &MAP, |places| &mut places.annotations),
            b"ownerReferences" => self.field(cursor, "ownerReferences", &OWNERS, |places| &mut places.owner_references),
            b"finalizers" => self.field(cursor, "finalizers", &TEXTS, |places| &mut places.finalizers),
            _ => cursor.skip(),
        })
    }

    /// Takes the value of a field, or null, and notes the position of the value.
    fn field(
        &mut self,
        cursor: &mut Cursor<'_>,
        name: &'static str,
        shape: &Shape,
        place: impl FnOnce(&mut Places) -> &mut Place,
    ) -> Option<()> {
        self.field = name;
        if cursor.peek()? != shape.first {
            return self.null(cursor, shape.what);
        }
        let start = self.place(cursor.position())?;
        let place = place(&mut self.places);
        if place.is_some() {
            return self.fail(start as usize, Problem::Duplicate);
        }
        *place = NonZeroU32::new(start);
        (shape.take)(self, cursor)
    }

    fn generation(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        const WHAT: &str = "an integer of 64 bits";
        self.field = "generation";
        let is_number = matches!(cursor.peek()?, b'-' | b'0'..=b'9');
        if !is_number {
            return self.null(cursor, WHAT);
        }
        let start = cursor.position();
        if self.places.generation.is_some() {
            return self.fail(start, Problem::Duplicate);
        }
        match serde_json::from_slice(cursor.scalar()?) {
            Ok(number) => self.places.generation = Some(number),
            Err(_) => return self.fail(start, Problem::Expected(WHAT)),
        }
        Some(())
    }

    fn map(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.entries(|cursor, name| {
            self.unescape(name)?;
            self.text(cursor)
        })
    }

    fn texts(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.elements(|cursor| self.text(cursor))
    }

    fn owners(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.elements(|cursor| {
            if cursor.peek()? != b'{' {
                return self.fail(cursor.position(), Problem::Expected("an object"));
            }
            cursor.members(|cursor, name| match name {
                b"apiVersion" | b"kind" | b"name" | b"uid" => match cursor.peek()? {
                    b'"' => self.text(cursor),
                    _ => self.null(cursor, "a string"),
                },
                b"controller" | b"blockOwnerDeletion" => match cursor.peek()? {
                    b't' | b'f' => cursor.skip(),
                    _ => self.null(cursor, "a boolean"),
                },
                _ => cursor.skip(),
            })
        })
    }

    /// Takes a string.
    fn text(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        if cursor.peek()? != b'"' {
            return self.fail(cursor.position(), Problem::Expected("a string"));
        }
        self.unescape(cursor.string()?)
    }

    /// Stores the text of a string that has escapes.
    fn unescape(&mut self, string: Quoted<'_>) -> Option<()> {
        if !string.has_escapes {
            return Some(());
        }
        let Some(text) = string.text() else { return self.fail(string.start, Problem::Expected("valid escapes")) };
        let start = self.place(string.start)?;
        self.places.store(start, Bytes::from(text.into_owned()));
        Some(())
    }

    /// Takes null. Fails for any other value.
    fn null(&mut self, cursor: &mut Cursor<'_>, what: &'static str) -> Option<()> {
        match cursor.peek()? {
            b'n' => cursor.skip(),
            _ => self.fail(cursor.position(), Problem::Expected(what)),
        }
    }

    /// Returns a position as it is stored.
    fn place(&mut self, at: usize) -> Option<u32> {
        u32::try_from(at).ok().or_else(|| self.fail(at, Problem::TooFar))
    }

    fn fail<T>(&mut self, at: usize, problem: Problem) -> Option<T> {
        self.wrong = Some(Wrong { field: self.field, problem, at });
        None
    }
}
