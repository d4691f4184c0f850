//! One member of the metadata.

use core::ops::Range;

use super::Cursor;
use crate::config::JsonCheck;
use crate::wire::scan::{DEEPEST, Scan};

/// Finds the value of a member of `metadata`. Returns its position; `None` if there is none, or it is null. If a member
/// is present twice, the first one counts.
///
/// Nothing before that member is decoded, and nothing after it is read.
pub(crate) fn metadata_member(object: &[u8], name: &[u8]) -> Option<Range<usize>> {
    // The object isn't scanned in advance, so there are no marks. Each value that is skipped is scanned for its end.
    let scan = Scan::new(DEEPEST, 0, JsonCheck::Structure);
    let mut cursor = Cursor::new(object, scan.marks());
    cursor.find(b"metadata")?;
    cursor.peek()?;
    cursor.find(name)?;
    cursor.peek()?;
    let start = cursor.position();
    cursor.skip()?;
    let value = start..cursor.position();
    (object.get(value.clone())? != b"null").then_some(value)
}
