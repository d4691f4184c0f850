//! One member of the metadata.

use core::ops::Range;

use super::Cursor;
use crate::config::JsonCheck;
use crate::wire::scan::{DEEPEST, Scan};

/// Finds the value of a member of `metadata`. Returns its position; `None` if there is none, or it is null. Of a member
/// that is there twice, the first one counts.
///
/// Nothing before that member is decoded, and nothing after it is read.
pub(crate) fn metadata_member(object: &[u8], name: &[u8]) -> Option<Range<usize>> {
    // The object isn't scanned in advance, so there are no marks. Each value that is skipped is scanned for its end.
    let scan = Scan::new(DEEPEST, 0, JsonCheck::Structure);
    let cursor = Cursor::new(object, scan.marks());
    let metadata = find(cursor.clone(), b"metadata")?;
    let value = find(cursor.moved_to(metadata.start), name)?;
    (object.get(value.clone())? != b"null").then_some(value)
}

/// Finds the value of a member of the object that begins at the cursor.
fn find(mut object: Cursor<'_>, name: &[u8]) -> Option<Range<usize>> {
    let mut found = None;
    // The function ends the walk by returning `None`.
    _ = object.members(|cursor, member| {
        if member != name {
            return cursor.skip();
        }
        cursor.peek()?;
        let start = cursor.position();
        cursor.skip()?;
        found = Some(start..cursor.position());
        None
    });
    found
}
