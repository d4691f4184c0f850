//! Finds the managed fields of an object.

use core::ops::Range;

use super::Cursor;

/// Calls a function with the position of each member `managedFields` of the metadata, in ascending order. The position
/// includes a comma, so that the object is still JSON without those bytes. The cursor stands at the object.
pub(crate) fn managed_fields(cursor: &mut Cursor<'_>, mut found: impl FnMut(Range<usize>)) -> Option<()> {
    cursor.find(b"metadata")?;
    cursor.peek()?;
    let mut is_first = true;
    // The position after the bracket, or after the previous member.
    let mut start = cursor.position() + 1;
    cursor.members(|cursor, name| {
        cursor.skip()?;
        let mut end = cursor.position();
        if name != b"managedFields" {
            is_first = false;
        } else {
            // The comma before the member is removed too. If no member stays before it, the comma after it is.
            if is_first && cursor.peek()? == b',' {
                end = cursor.position() + 1;
            }
            found(start..end);
        }
        start = end;
        Some(())
    })
}
