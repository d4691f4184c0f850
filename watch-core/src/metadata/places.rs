//! Where the fields of the metadata are in the bytes of an object.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use bytes::Bytes;

use crate::wire::read::Cursor;

/// The position of the value of a member; `None` if it is absent or null. No value is at 0, where the object begins.
pub(super) type Place = Option<NonZeroU32>;

/// The fields of the metadata, by the positions of their values.
///
/// The values were checked when the positions were noted, so reading them again can't fail.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) generation: Option<i64>,
    pub(super) creation_timestamp: Place,
    pub(super) deletion_timestamp: Place,
    pub(super) labels: Place,
    pub(super) annotations: Place,
    pub(super) owner_references: Place,
    pub(super) finalizers: Place,
    /// The texts that are written with escapes, by their positions, in ascending order.
    escaped: Vec<(u32, Bytes)>,
}

impl Places {
    /// Stores a text with escapes. It must begin after all texts that are stored already.
    pub(super) fn store(&mut self, start: u32, text: Bytes) {
        self.escaped.push((start, text));
    }

    /// Returns a cursor at a value.
    pub(super) fn cursor(raw: &[u8], place: Place) -> Option<Cursor<'_>> {
        Some(Cursor::without_marks(raw).moved_to(place?.get() as usize))
    }

    /// Returns the string at a position.
    pub(super) fn text<'a>(&'a self, raw: &'a [u8], place: Place) -> Option<&'a str> {
        self.take(&mut Self::cursor(raw, place)?)
    }

    /// Takes the string at which a cursor stands.
    pub(super) fn take<'a>(&'a self, cursor: &mut Cursor<'a>) -> Option<&'a str> {
        let string = cursor.string()?;
        let bytes = if string.has_escapes {
            let index = self.escaped.binary_search_by_key(&string.start, |(start, _)| *start as usize).ok()?;
            &self.escaped.get(index)?.1
        } else {
            string.bytes
        };
        core::str::from_utf8(bytes).ok()
    }

    pub(super) fn share(&self, raw: &Bytes, text: &str) -> Bytes {
        let texts = self.escaped.iter().map(|(_, text)| text);
        let shared = core::iter::once(raw).chain(texts).find_map(|bytes| {
            let start = text.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
            let end = start.checked_add(text.len())?;
            (end <= bytes.len()).then(|| bytes.slice(start..end))
        });
        shared.unwrap_or_else(|| Bytes::copy_from_slice(text.as_bytes()))
    }
}
