//! A text of an object, as a position in the bytes of the object.

use alloc::boxed::Box;
use core::ops::Range;

use super::meta::Found;

/// The farthest text whose position is kept. It can move a little ([`Field::moved`]).
const FARTHEST: u32 = u32::MAX / 2;

/// The position of a text in the raw bytes of an object. A text with escapes, or one beyond 2 GiB, is stored separately.
#[derive(Clone, Debug)]
pub(super) enum Field {
    Absent,
    Span { start: u32, len: u32 },
    Escaped(Box<str>),
}

impl Field {
    /// Creates a field from a text. A plain text must be a part of the raw bytes. An empty one counts as absent.
    pub(super) fn of(text: Option<Found<'_>>, raw: &[u8]) -> Self {
        match text {
            None => Self::Absent,
            Some(text) if text.bytes().is_empty() => Self::Absent,
            // The difference of the addresses is the offset.
            Some(Found::Plain(bytes)) => {
                let start = bytes.as_ptr().addr() - raw.as_ptr().addr();
                match (u32::try_from(start), u32::try_from(bytes.len())) {
                    (Ok(start), Ok(len)) if start <= FARTHEST => Self::Span { start, len },
                    _ => core::str::from_utf8(bytes).map_or(Self::Absent, |text| Self::Escaped(text.into())),
                }
            }
            Some(Found::Unescaped(text)) => Self::Escaped(text),
        }
    }

    pub(super) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(super) fn get<'a>(&'a self, raw: &'a [u8]) -> Option<&'a str> {
        match self {
            Self::Escaped(text) => Some(text),
            Self::Absent | Self::Span { .. } => core::str::from_utf8(self.bytes(raw)?).ok(),
        }
    }

    /// Returns the bytes of the text. That is faster, because they aren't checked again for UTF-8.
    pub(super) fn bytes<'a>(&'a self, raw: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Absent => None,
            Self::Span { start, len } => raw.get(*start as usize..*start as usize + *len as usize),
            Self::Escaped(text) => Some(text.as_bytes()),
        }
    }

    /// Updates the position of a text, after a range of bytes was removed.
    pub(super) const fn cut(&mut self, removed: &Range<usize>) {
        if let Self::Span { start, .. } = self
            && *start as usize >= removed.end
        {
            *start -= (removed.end - removed.start) as u32;
        }
    }

    /// Updates the position of a text that moved, because bytes before it were added and removed.
    pub(super) const fn moved(&mut self, added: usize, removed: usize) {
        if let Self::Span { start, .. } = self {
            *start = *start + added as u32 - removed as u32;
        }
    }
}
