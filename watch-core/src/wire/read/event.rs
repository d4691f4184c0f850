//! The envelope of a watch event.

use core::ops::Range;

use super::Cursor;
use crate::wire::meta::Found;

/// The type of an event, and where its object stands in the document.
#[derive(Clone, Debug)]
pub(crate) struct EventHead<'a> {
    pub(crate) kind: Found<'a>,
    pub(crate) object: Range<usize>,
}

/// Reads an event that has a type and an object.
pub(crate) fn event<'a>(cursor: &mut Cursor<'a>) -> Option<EventHead<'a>> {
    let (mut kind, mut object) = (None, None);
    cursor.members(|cursor, name| match name {
        b"type" if kind.is_none() => {
            kind = Some(cursor.string()?.found()?);
            Some(())
        }
        b"object" if object.is_none() && cursor.peek()? == b'{' => {
            let start = cursor.position();
            cursor.skip()?;
            object = Some(start..cursor.position());
            Some(())
        }
        b"type" | b"object" => None,
        _ => cursor.skip(),
    })?;
    // A document from the scan ends with its closing bracket. A document from another source may have more bytes after
    // it.
    cursor.peek().is_none().then_some(())?;
    Some(EventHead { kind: kind?, object: object? })
}
